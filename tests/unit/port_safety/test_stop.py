"""One stop, a hand, a verdict and a meter on their own: what each says at its edges."""

import math

import pytest

from port_safety.commands.twist import ZERO
from port_safety.gate.hold_to_run import ALIVE_NS, HoldToRun
from port_safety.gate.stop import CLEAR_AFTER_NS, MAX_CAUSES, Stop
from port_safety.model.readings import FUTURE_TOLERANCE_NS
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.stop_start import StopStart
from tests.gate_bench import ROBOT
from tests.unit.port_safety.running_gates import NOW


def stop() -> Stop:
    return Stop("e-1", ROBOT, StopStart(NOW, ZERO, 0.0), 0.0)


def cause(
    source: str, severity: Severity = Severity.PROTECTIVE_STOP, clears: bool = False, stamp_ns: int = 0
) -> Verdict:
    return Verdict(severity, "rule", source, "why", self_clearing=clears, stamp_ns=stamp_ns)


def emergency(source: str) -> Verdict:
    return cause(source, Severity.EMERGENCY_STOP)


def test_a_cause_is_new_once_and_again_when_it_is_worse() -> None:
    one = stop()
    assert one.take([cause("a")], NOW) == [cause("a")]
    assert one.take([cause("a")], NOW) == []
    assert one.take([emergency("a")], NOW) == [emergency("a")]
    assert one.severity is Severity.EMERGENCY_STOP
    assert one.take([cause("a")], NOW) == [], "what eases off stays what it was"
    assert one.causes["rule", "a"] == emergency("a") and one.severity is Severity.EMERGENCY_STOP


def test_a_stop_that_just_began_has_cost_nothing_yet() -> None:
    one = stop()
    assert (one.causes, one.objecting, one.stages, one.stood, one.self_clearing) == ({}, frozenset(), [], False, True)
    assert (one.severity, one.healthy_since_ns, one.received_ns, one.published_ns) == (2, None, None, None)
    assert math.isnan(one.latency_ms) and math.isnan(one.path_at_zero_m) and one.braking.start is one.start


def names(of: Stop) -> list[str]:
    return [source for _, source in of.causes]


def test_a_full_stop_keeps_its_first_causes_and_makes_room_for_emergencies_alone() -> None:
    one = stop()
    first = [f"c{number}" for number in range(MAX_CAUSES)]
    one.take([cause(name) for name in first], NOW)
    assert one.take([cause("late"), emergency("e0"), cause("c0")], NOW) == [emergency("e0")]
    assert names(one) == [*first[:-1], "e0"], "it took the place of the latest"
    one.take([emergency(f"e{number}") for number in range(1, MAX_CAUSES - 1)], NOW)
    assert names(one) == ["c0", *(f"e{number}" for number in range(MAX_CAUSES - 1))]
    assert one.take([emergency("one more")], NOW) == [] and len(one.causes) == MAX_CAUSES, "the first stays"
    one.causes["rule", "beyond"] = cause("beyond")
    assert one.take([cause("still late")], NOW) == []


def test_what_finds_no_room_still_objects_and_still_forbids_that_the_stop_ends_by_itself() -> None:
    one = stop()
    one.take([cause(f"c{number}", clears=True) for number in range(MAX_CAUSES)], NOW)
    assert one.self_clearing
    one.take([cause("late")], NOW)
    assert one.objecting == {("rule", "late")} and not one.self_clearing


def test_how_long_nothing_has_objected() -> None:
    one = stop()
    assert one.healthy_for_ns(NOW) == 0
    one.take([cause("a", clears=True)], NOW)
    assert one.healthy_for_ns(NOW + 1) == 0
    one.take([], NOW + 10)
    one.take([], NOW + 20)
    assert one.healthy_for_ns(NOW + 30) == 20
    one.take([cause("a", clears=True)], NOW + 40)
    assert one.healthy_since_ns is None and one.healthy_for_ns(NOW + 50) == 0
    one.take([], 10)
    assert one.healthy_for_ns(35) == 25, "early in the machine's life too"


@pytest.mark.parametrize(("after_ns", "clears"), [(-1, False), (0, True), (1, True)])
def test_a_stop_ends_by_itself_from_a_second_on(after_ns: int, clears: bool) -> None:
    one = stop()
    one.take([cause("a", clears=True)], NOW)
    one.take([], NOW)
    assert one.clears(NOW + CLEAR_AFTER_NS + after_ns) is clears
    one.take([cause("b")], NOW)
    one.take([], NOW)
    assert not one.clears(NOW + CLEAR_AFTER_NS + after_ns)


def test_the_latency_counts_from_the_reading_of_the_first_cause_once() -> None:
    one = stop()
    one.take([cause("a", stamp_ns=NOW - 2_500_000), cause("b", stamp_ns=NOW - 9_000_000)], NOW)
    one.note_published(NOW)
    assert (one.latency_ms, one.published_ns) == (2.5, NOW)
    late = stop()
    late.take([cause("a", stamp_ns=1_000_000)], NOW)
    late.note_published(5_500_000)
    assert late.latency_ms == 4.5
    one.note_published(NOW + 1_000_000)
    assert (one.latency_ms, one.published_ns) == (2.5, NOW)


def test_a_cause_without_a_reading_has_no_latency() -> None:
    one = stop()
    one.take([cause("a")], NOW)
    one.note_published(NOW)
    assert math.isnan(one.latency_ms) and one.published_ns == NOW


def test_a_stage_is_noted_when_it_is_entered() -> None:
    one = stop()
    for at_ns, name in enumerate(["ramp", "".join(["ra", "mp"]), "cut", "cut", "a", "ramp"]):
        one.note_stage(name, at_ns)
    assert one.stages == [("ramp", 0), ("cut", 2), ("a", 4), ("ramp", 5)]


def test_what_is_travelled_after_zero_counts_from_the_first_zero() -> None:
    one = stop()
    one.note_zero(2.0)
    one.note_zero(3.0)
    assert one.path_at_zero_m == 2.0


def test_one_cause_that_cuts_is_enough() -> None:
    one = stop()
    one.take([cause("a")], NOW)
    assert not one.removes_power
    one.take([Verdict(Severity.EMERGENCY_STOP, "rule", "b", "why", removes_power=True)], NOW)
    one.take([], NOW)
    assert one.removes_power


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
