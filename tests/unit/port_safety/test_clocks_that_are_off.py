"""An input that arrives by a clock that is late is told as that, not as silence; so is one that is early."""

import pytest

from port_safety.model.readings import NEVER_SET_NS, Alive, Freshness, Reading, age_in_words, freshness, untrusted
from tests.gate_bench import Bench

S = 1_000_000_000
NOW = 100 * S
LATE = "stamps are 3.20 s behind this machine's clock"


def late(by_ns: int, arrived_ns: int = 0) -> Reading:
    """Arrived `arrived_ns` ago with a stamp `by_ns` older than that."""
    return Reading(Alive(), NOW - arrived_ns - by_ns, NOW - arrived_ns)


@pytest.mark.parametrize("name", ["odometry", "ground_pose", "force_plate left", "estop station_1"])
def test_an_input_whose_clock_is_late_is_named_so_by_the_gate(name: str) -> None:
    bench = Bench()
    bench.stamped_late_ns[name] = 3_200_000_000
    bench.turn(0.5)
    assert bench.gate.reason == f"{name}: {LATE}"


def test_an_occupancy_whose_clock_is_late_is_named_so() -> None:
    bench = Bench()
    bench.stamped_late_ns["occupancy"] = 3_200_000_000
    bench.turn(0.5)
    assert bench.gate.reason == f"separation: nobody knows who is there: {LATE}"


def test_of_several_lookouts_the_one_that_is_old_is_named() -> None:
    bench = Bench()
    bench.occupancy = None
    for name, reading in (("occupancy north", 3.2), ("occupancy south", 0.01), ("occupancy", 3.2)):
        bench.gate.update(name, Bench().occupancy, bench.now_ns - round(reading * S), bench.now_ns)  # type: ignore[arg-type]
    bench.turn(0.01)
    assert f"occupancy north: {LATE}" in bench.gate.reason


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
