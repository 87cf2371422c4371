"""Several sources look for people: none clears what another sees, a missed frame clears nobody, silence is unknown."""

import math

import pytest

from port_safety.gate.gate import Gate
from port_safety.model.readings import Occupancy, Reading
from port_safety.monitoring.people_tracking import HELD_NS, LOST_NS, MAX_SOURCES, PeopleTracking
from tests.gate_bench import ROBOT

MS = 1_000_000
START = 100_000 * MS


class Ground:
    """A gate whose merged occupancy the test reads."""

    def __init__(self, *expected: str) -> None:
        self.gate = Gate("t", ROBOT, None)  # type: ignore[arg-type]
        self.lookouts = PeopleTracking(expected)

    def says(self, source: str, *spots: tuple[float, float], at_ms: int = 0, age_ms: int = 0, **more: object) -> None:
        now_ns = START + at_ms * MS
        said = Occupancy(more.pop("occupied", frozenset()), positions_m=spots, **more)  # type: ignore[arg-type]
        self.lookouts.take(self.gate, source, said, now_ns - age_ms * MS, now_ns)

    @property
    def reading(self) -> Reading:
        return self.gate.observed.readings["occupancy"]

    @property
    def known(self) -> Occupancy:
        value = self.reading.value
        assert isinstance(value, Occupancy)
        return value


def test_a_second_camera_that_sees_nobody_clears_nothing() -> None:
    ground = Ground("north", "south")
    ground.says("north", (1.0, 2.0), occupied=frozenset({"crossing"}))
    ground.says("south", at_ms=10)
    assert ground.known == Occupancy(frozenset({"crossing"}), positions_m=((1.0, 2.0),))


def test_what_is_known_is_as_old_as_the_oldest_source() -> None:
    ground = Ground("north", "south")
    ground.says("north")
    for at_ms in range(0, 700, 50):
        ground.says("south", at_ms=at_ms)
    assert ground.reading.age_ns(START + 650 * MS) == 650 * MS
    assert ground.gate.observed.readings["occupancy south"].age_ns(START + 650 * MS) == 0


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"valid": False, "reason": "covered"}, "south: covered"),
        ({"valid": False}, "south: it cannot say"),
        ({"age_ms": -300}, "south: stamped 0.30 s in the future"),
    ],
)
def test_a_source_that_cannot_say_makes_the_whole_unknown(said: dict[str, object], why: str) -> None:
    ground = Ground("north", "south")
    ground.says("north")
    assert "south has said nothing yet" in ground.known.reason and not ground.known.valid
    ground.says("south", **said)  # type: ignore[arg-type]
    assert not ground.known.valid and ground.known.reason == why


def test_a_position_that_is_no_number_faults_the_whole() -> None:
    ground = Ground("north")
    ground.says("north", (math.nan, 0.0))
    assert ground.reading.fault == "a position is not a number"


def test_a_source_that_nobody_expected_adds_and_must_go_on() -> None:
    ground = Ground("north")
    ground.says("north")
    ground.says("scanner", (3.0, 0.0), at_ms=10)
    for at_ms in range(20, 900, 20):
        ground.says("north", at_ms=at_ms)
    assert ground.known.positions_m == ((3.0, 0.0),)
    assert ground.reading.age_ns(START + 880 * MS) == 870 * MS


def test_a_17th_source_makes_the_whole_unknown() -> None:
    """It could see somebody whom nobody else sees; in the place of another it would clear what that one saw."""
    ground = Ground()
    for number in range(MAX_SOURCES):
        ground.says(f"s{number}", (float(number), 0.0), at_ms=number)
    assert ground.known.valid and len(ground.known.positions_m) == MAX_SOURCES
    ground.says("one more", at_ms=20)
    assert not ground.known.valid and "more than 16 sources" in ground.known.reason
    ground.says("s0", at_ms=30)
    assert not ground.known.valid, "until a new session"


def test_a_source_that_nobody_expects_is_forgotten_two_seconds_after_its_last_word() -> None:
    """One word of an unknown sender stops the robot for a moment, not for the rest of the session."""
    ground = Ground("north")
    ground.says("north")
    ground.says("stranger", (3.0, 0.0), at_ms=10)
    assert ground.known.positions_m == ((3.0, 0.0),)
    for at_ms in range(20, 2100, 20):
        ground.says("north", at_ms=at_ms)
    assert ground.known.valid and ground.known.positions_m == ()


def test_a_missed_frame_clears_nobody_and_a_person_out_of_sight_is_told_as_lost_then_forgotten() -> None:
    ground = Ground("north")
    ground.says("north", (1.0, 2.0))
    held_ms, lost_ms = HELD_NS // MS, (HELD_NS + LOST_NS) // MS
    for at_ms in range(50, 2000, 50):
        ground.says("north", at_ms=at_ms)
        assert ground.known.positions_m == (((1.0, 2.0),) if at_ms <= held_ms else ())
        assert ground.known.lost_m == (((1.0, 2.0),) if held_ms < at_ms <= lost_ms else ())


def test_what_is_known_is_as_old_as_the_sighting_of_one_who_is_held() -> None:
    ground = Ground("north")
    ground.says("north", (1.0, 2.0), age_ms=100)
    ground.says("north", at_ms=65, age_ms=100)
    assert ground.reading.age_ns(START + 65 * MS) == 165 * MS
    for at_ms in range(130, 500, 65):
        ground.says("north", at_ms=at_ms, age_ms=100)
    assert ground.reading.age_ns(START + 455 * MS) == 100 * MS


def test_one_who_walks_on_is_nobody_lost() -> None:
    ground = Ground("north")
    for at_ms in range(0, 3000, 65):
        ground.says("north", (1.6 * at_ms / 1000, 0.0), at_ms=at_ms)
        assert len(ground.known.positions_m) == 1 and not ground.known.lost_m


def test_of_two_who_stand_close_the_one_who_vanishes_is_missed() -> None:
    ground = Ground("north")
    ground.says("north", (1.0, 0.0), (1.3, 0.0))
    ground.says("north", (1.3, 0.0), at_ms=65)
    assert sorted(ground.known.positions_m) == [(1.0, 0.0), (1.3, 0.0)]


def test_a_camera_that_goes_blind_forgets_nobody() -> None:
    ground = Ground("north")
    ground.says("north", (1.0, 0.0))
    ground.says("north", at_ms=65, valid=False)
    ground.says("north", at_ms=130)
    assert ground.known.positions_m == ((1.0, 0.0),)
