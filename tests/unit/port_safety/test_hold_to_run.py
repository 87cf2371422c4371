"""A hand that holds: from when on it counts, whose it is, and when it is gone."""

import pytest

from port_safety.gate.hold_to_run import ALIVE_NS, HoldToRun
from port_safety.model.readings import FUTURE_TOLERANCE_NS
from tests.unit.port_safety.running_gates import NOW


def test_a_hand_counts_from_its_second_assertion() -> None:
    """A hand counts from its second assertion and is gone within a fifth of a second."""
    hand = HoldToRun()
    assert hand.refresh("anna", 0, 0) == "" and not hand.is_active(0)
    assert hand.refresh("anna", 100_000_000, 100_000_000) == "" and hand.is_active(100_000_000)
    assert not hand.is_active(100_000_000 + ALIVE_NS)


def test_ten_hertz_holds_and_five_do_not() -> None:
    for period_ns, expected in ((100_000_000, True), (190_000_000, False)):
        hand = HoldToRun()
        for index in range(10):
            hand.refresh("anna", index * period_ns, index * period_ns)
        assert hand.is_active(9 * period_ns + 50_000_000) is expected


@pytest.mark.parametrize(
    ("stamp_ns", "why"),
    [(-300_000_000, "asserted 0.31 s ago, too long"), (500_000_000, "stamped 0.49 s in the future")],
)
def test_an_old_or_early_assertion_counts_for_nothing(stamp_ns: int, why: str) -> None:
    """An assertion that is old or from the future counts for nothing."""
    hand = HoldToRun()
    assert hand.refresh("anna", 0, 0) == ""
    assert hand.refresh("anna", stamp_ns, 10_000_000) == why
    assert not hand.is_active(10_000_000)


def test_assertions_out_of_order_or_told_twice_count_for_nothing() -> None:
    hand = HoldToRun()
    hand.refresh("anna", 50_000_000, 50_000_000)
    assert hand.refresh("anna", 50_000_000, 60_000_000) == "asserted out of order"
    assert hand.refresh("anna", 40_000_000, 70_000_000) == "asserted out of order"
    assert not hand.is_active(70_000_000)


def test_a_hand_has_a_name_and_nobody_takes_it_over() -> None:
    hand = HoldToRun()
    assert hand.refresh(" ", 0, 0) == "a person's name is needed"
    hand.refresh("anna", 0, 0)
    assert hand.refresh("bert", 50_000_000, 50_000_000) == "anna holds it"
    assert hand.refresh("bert", 300_000_000, 300_000_000) == ""


def test_a_revoked_hand_counts_again_only_after_letting_go() -> None:
    """What the gate has ended begins again only after letting go."""
    hand = HoldToRun()
    for at_ns in (0, 100_000_000):
        hand.refresh("anna", at_ns, at_ns)
    hand.revoke()
    for at_ns in range(200_000_000, 900_000_000, 100_000_000):
        assert hand.refresh("anna", at_ns, at_ns) == "let go first" and not hand.is_active(at_ns)
    for at_ns in (1_200_000_000, 1_300_000_000):
        assert hand.refresh("anna", at_ns, at_ns) == ""
    assert hand.is_active(1_300_000_000)


def test_an_assertion_counts_for_a_fifth_of_a_second() -> None:
    """An assertion counts until it is a fifth of a second old and not longer."""
    for age_ns, counts in ((0, True), (ALIVE_NS, True), (ALIVE_NS + 1, False)):
        assert (HoldToRun().refresh("anna", 0, age_ns) == "") is counts
    for ahead_ns, counts in ((100_000_000, True), (100_000_001, False)):
        assert (HoldToRun().refresh("anna", ahead_ns, 0) == "") is counts


def test_a_hand_holds_while_its_last_but_one_assertion_is_young() -> None:
    """A hand holds for as long as the one before the last assertion is young."""
    hand = HoldToRun()
    for at_ns in (0, 50_000_000):
        hand.refresh("anna", at_ns, at_ns)
    assert hand.is_active(ALIVE_NS) and not hand.is_active(ALIVE_NS + 1)


def test_a_hand_is_free_a_fifth_of_a_second_after_its_last_word() -> None:
    """A hand stays somebodys until it has not been asserted for a fifth of a second."""
    for later_ns, taken in ((ALIVE_NS, False), (ALIVE_NS + 1, True)):
        hand = HoldToRun()
        hand.refresh("anna", 0, 0)
        assert (hand.refresh("bert", later_ns, later_ns) == "") is taken


def test_a_hand_tells_how_old_or_how_early_it_was_felt() -> None:
    assert HoldToRun().refresh("anna", NOW + 2_000_000_000, NOW) == "stamped 2.00 s in the future"
    assert HoldToRun().refresh("anna", NOW - 3_000_000_000, NOW) == "asserted 3.00 s ago, too long"
    assert HoldToRun().refresh("anna", NOW + FUTURE_TOLERANCE_NS, NOW) == ""
    assert HoldToRun().refresh("anna", NOW - ALIVE_NS, NOW) == ""
    assert "too long" in HoldToRun().refresh("anna", NOW - ALIVE_NS - 1, NOW)


def test_a_hand_that_nobody_has_revoked_counts() -> None:
    assert not HoldToRun()._revoked


@pytest.mark.parametrize("other", ["aaron", "zoe"])
def test_nobody_takes_over_whatever_their_name(other: str) -> None:
    hand = HoldToRun()
    assert hand.refresh("mia", NOW, NOW) == ""
    assert hand.refresh(other, NOW + 1, NOW + 1) == "mia holds it"
    assert hand.refresh("".join(["m", "ia"]), NOW + 2, NOW + 2) == "", "the same name is the same person"


def test_a_hand_does_not_hold_before_it_was_felt() -> None:
    hand = HoldToRun()
    for at_ns in (NOW, NOW + 1):
        hand.refresh("anna", at_ns, at_ns)
    assert hand.is_active(NOW) and hand.is_active(NOW + ALIVE_NS)
    assert not hand.is_active(NOW - 1) and not hand.is_active(NOW + ALIVE_NS + 1)
