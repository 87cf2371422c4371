"""An input that arrives by a clock that is late is told as that, not as silence; so is one that is early."""

import pytest

from port_safety.model.readings import NEVER_SET_NS, Alive, Freshness, Reading, age_in_words, freshness, untrusted
from tests.unit.port_safety.rule_bench import NOW, S

LATE = "stamps are 3.20 s behind this machine's clock"


def late(by_ns: int, arrived_ns: int = 0) -> Reading:
    """Arrived `arrived_ns` ago with a stamp `by_ns` older than that."""
    return Reading(Alive(), NOW - arrived_ns - by_ns, NOW - arrived_ns)


@pytest.mark.parametrize(
    ("reading", "says", "word"),
    [
        (None, "no data", Freshness.NEVER),
        (late(0), "", Freshness.OK),
        (late(300_000_000), "", Freshness.OK),
        (late(3_200_000_000), LATE, Freshness.LATE),
        (late(3_200_000_000, arrived_ns=3_200_000_000 - 1), LATE, Freshness.LATE),
        (late(3_200_000_000, arrived_ns=3_200_000_000), "no data for 6.40 s", Freshness.STALE),
        (late(0, arrived_ns=400_000_000), "no data for 0.40 s", Freshness.STALE),
        (late(NOW), "stamps are 100.00 s behind this machine's clock", Freshness.LATE),
        (late(3600 * S), "stamps are 3600.00 s behind this machine's clock", Freshness.LATE),
        (late(-2 * S), "stamped 2.00 s in the future", Freshness.EARLY),
        (Reading(Alive("broken"), NOW, NOW), "broken", Freshness.INVALID),
        (
            Reading(Alive(), NEVER_SET_NS - 1, NOW),
            "no data: not stamped yet, or by a clock that was never set",
            Freshness.NEVER,
        ),
    ],
)
def test_reason_and_word_on_an_input_agree(reading: Reading | None, says: str, word: Freshness) -> None:
    assert untrusted(reading, 0.3, NOW)[0] == says
    assert freshness(reading, 0.3, NOW) is word


def test_what_makes_it_old_is_told_in_words() -> None:
    assert age_in_words(late(3_200_000_000), NOW) == LATE
    assert age_in_words(late(0, arrived_ns=3 * S), NOW) == "no data for 3.00 s"
