"""Several sources look for people: none clears what another sees, a missed frame clears nobody, silence is unknown."""

import math
from typing import Any

import pytest

from port_safety.gate.gate import Gate
from port_safety.model.readings import FUTURE_TOLERANCE_NS, Occupancy, Reading
from port_safety.monitoring.people_tracking import HELD_NS, LOST_NS, MAX_SOURCES, PeopleTracking
from port_safety.rules.envelope import Envelope
from tests.gate_bench import ROBOT

MS = 1_000_000
START = 100_000 * MS
Spot = tuple[float, float]


class Ground:
    """A gate whose merged occupancy the test reads."""

    def __init__(self, *expected: str) -> None:
        self.gate = Gate("t", ROBOT, Envelope({}, "hash"))
        self.lookouts = PeopleTracking(expected)

    def says(self, source: str, *spots: tuple[float, float], at_ms: int = 0, age_ms: int = 0, **more: Any) -> None:
        now_ns = START + at_ms * MS
        said = Occupancy(more.pop("occupied", frozenset()), positions_m=spots, **more)
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
def test_a_source_that_cannot_say_makes_the_whole_unknown(said: dict[str, Any], why: str) -> None:
    ground = Ground("north", "south")
    ground.says("north")
    assert "south has said nothing yet" in ground.known.reason and not ground.known.valid
    ground.says("south", **said)
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
    full = ground.known
    assert full.valid and len(full.positions_m) == MAX_SOURCES
    ground.says("one more", at_ms=20)
    assert not ground.known.valid and "more than 16 sources" in ground.known.reason
    ground.says("s0", at_ms=30)
    assert not ground.known.valid, "until a new session"


def test_an_unexpected_source_is_forgotten_after_two_seconds() -> None:
    """One word of an unknown sender stops the robot for a moment, not for the rest of the session."""
    ground = Ground("north")
    ground.says("north")
    ground.says("stranger", (3.0, 0.0), at_ms=10)
    met = ground.known
    assert met.positions_m == ((3.0, 0.0),)
    for at_ms in range(20, 2100, 20):
        ground.says("north", at_ms=at_ms)
    assert ground.known.valid and ground.known.positions_m == ()


def test_a_missed_frame_clears_nobody() -> None:
    """A missed frame clears nobody and a person out of sight is told as lost then forgotten."""
    ground = Ground("north")
    ground.says("north", (1.0, 2.0))
    held_ms, lost_ms = HELD_NS // MS, (HELD_NS + LOST_NS) // MS
    for at_ms in range(50, 2000, 50):
        ground.says("north", at_ms=at_ms)
        assert ground.known.positions_m == (((1.0, 2.0),) if at_ms <= held_ms else ())
        assert ground.known.lost_m == (((1.0, 2.0),) if held_ms < at_ms <= lost_ms else ())


def test_occupancy_is_as_old_as_the_sighting_of_one_held() -> None:
    """What is known is as old as the sighting of one who is held."""
    ground = Ground("north")
    ground.says("north", (1.0, 2.0), age_ms=100)
    ground.says("north", at_ms=65, age_ms=100)
    assert ground.reading.age_ns(START + 65 * MS) == 165 * MS
    for at_ms in range(130, 500, 65):
        ground.says("north", at_ms=at_ms, age_ms=100)
    assert ground.reading.age_ns(START + 455 * MS) == 100 * MS


def test_a_person_who_walks_on_is_not_lost() -> None:
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


def seen(ground: Ground, at_ns: int, *spots: Spot, source: str = "north", stamp_ns: int | None = None) -> None:
    stamp_ns = at_ns if stamp_ns is None else stamp_ns
    said = Occupancy(frozenset(), positions_m=spots)
    ground.lookouts.take(ground.gate, source, said, START + stamp_ns, START + at_ns)


@pytest.mark.parametrize(
    ("after_ns", "held", "lost"),
    [
        (1, True, False),
        (HELD_NS, True, False),
        (HELD_NS + 1, False, True),
        (HELD_NS + LOST_NS, False, True),
        (HELD_NS + LOST_NS + 1, False, False),
    ],
)
def test_a_person_out_of_sight_is_held_and_then_lost(after_ns: int, held: bool, lost: bool) -> None:
    ground = Ground("north")
    seen(ground, 0, (1.0, 2.0))
    seen(ground, after_ns)
    assert ground.known.positions_m == (((1.0, 2.0),) if held else ())
    assert ground.known.lost_m == (((1.0, 2.0),) if lost else ())


def test_one_who_is_seen_in_this_very_moment_is_told_once() -> None:
    ground = Ground("north")
    seen(ground, 0, (1.0, 2.0))
    assert ground.known.positions_m == ((1.0, 2.0),)


@pytest.mark.parametrize(
    ("at_ns", "reach_m"), [(0, 0.3), (50 * MS, 0.4), (100 * MS, 0.5), (250 * MS, 0.8), (1000 * MS, 2.3)]
)
def test_one_within_walking_distance_is_the_same_person(at_ns: int, reach_m: float) -> None:
    """One who could have walked there is the same and a hair further is another."""
    for away_m, people in ((reach_m, 1), (math.nextafter(reach_m, 9.0), 2)):
        ground = Ground("north")
        seen(ground, 0, (0.0, 0.0))
        seen(ground, at_ns, (0.0, away_m))
        seen(ground, at_ns + 1, (0.0, away_m))
        assert len(ground.known.positions_m + ground.known.lost_m) == people


@pytest.mark.parametrize(
    ("before", "now", "missed"),
    [
        (((0.0, 0.0), (0.4, 0.0)), ((0.3, 0.0),), ((0.0, 0.0),)),
        (((0.0, 0.0), (0.4, 0.0)), ((0.1, 0.0),), ((0.4, 0.0),)),
        (((0.0, 0.0),), ((0.1, 0.0), (0.2, 0.0)), ()),
        (((0.0, 0.0), (0.2, 0.0)), ((0.1, 0.0), (0.3, 0.0)), ()),
        (((0.0, 0.0), (0.3, 0.0), (9.0, 0.0)), ((0.29, 0.0), (0.32, 0.0)), ((9.0, 0.0),)),
        (((0.0, 0.0), (0.1, 0.0), (0.2, 0.0)), ((0.1, 0.0),), ((0.0, 0.0), (0.2, 0.0))),
    ],
)
def test_each_who_is_seen_explains_one_who_was_the_nearest_first(
    before: tuple[Spot, ...], now: tuple[Spot, ...], missed: tuple[Spot, ...]
) -> None:
    ground = Ground("north")
    seen(ground, 0, *before)
    seen(ground, 20 * MS, *now)
    assert ground.known.positions_m == now + missed


def test_a_source_that_places_somebody_nowhere_forgets_nobody() -> None:
    for nowhere in ((math.nan, 0.0), (0.0, math.inf)):
        ground = Ground("north")
        seen(ground, 0, (1.0, 2.0))
        seen(ground, 10 * MS, (1.0, 2.0), nowhere)
        assert ground.reading.fault == "a position is not a number"
        seen(ground, 20 * MS)
        assert ground.known.positions_m == ((1.0, 2.0),) and ground.reading.stamp_ns == START


def test_occupancy_is_as_old_as_the_oldest_stamp_or_sighting() -> None:
    """What is known is as old as the oldest stamp arrival or sighting."""
    ground = Ground("north", "south")
    seen(ground, 100, stamp_ns=70)
    seen(ground, 110, stamp_ns=150, source="south")
    assert ground.reading.stamp_ns == START + 70
    seen(ground, 200, (1.0, 2.0), stamp_ns=190)
    assert ground.reading.stamp_ns == START + 110, "a stamp ahead of its arrival makes nothing younger"
    seen(ground, 300, stamp_ns=280, source="south")
    assert ground.reading.stamp_ns == START + 190
    seen(ground, 400, stamp_ns=390)
    assert ground.reading.stamp_ns == START + 190, "somebody held was seen then"
    seen(ground, 201 + HELD_NS, stamp_ns=201 + HELD_NS)
    assert ground.reading.stamp_ns == START + 280, "one who is lost is told as lost, not as old"


def test_a_stamp_may_run_ahead_by_as_much_as_clocks_differ() -> None:
    for ahead_ns, why in (
        (FUTURE_TOLERANCE_NS, ""),
        (FUTURE_TOLERANCE_NS + 1, "north: stamped 0.10 s in the future"),
        (2_000_000_000, "north: stamped 2.00 s in the future"),
    ):
        ground = Ground("north")
        seen(ground, 0, stamp_ns=ahead_ns)
        assert (ground.known.valid, ground.known.reason) == (not why, why)
    early = Ground("north")
    early.lookouts.take(early.gate, "north", Occupancy(frozenset()), 3_500 * MS, 1_000 * MS)
    assert early.known.reason == "north: stamped 2.50 s in the future"


def test_a_silent_source_makes_occupancy_as_old_as_the_machine() -> None:
    """What is known while a source is silent is as old as the machine."""
    ground = Ground("north", "south")
    seen(ground, 0)
    assert (ground.reading.stamp_ns, ground.reading.received_ns) == (0, START)


def test_people_are_held_and_forgotten_in_the_first_seconds() -> None:
    """People are held lost and forgotten early in the life of the machine too."""
    ground = Ground("north")
    told = []
    for at_ms, spots in ((100, ((0.0, 0.0),)), (300, ((0.6, 0.0),)), (620, ()), (1900, ())):
        said = Occupancy(frozenset(), positions_m=spots)
        ground.lookouts.take(ground.gate, "north", said, at_ms * MS, at_ms * MS)
        told.append((ground.known.positions_m, ground.known.lost_m))
    assert told == [(((0.0, 0.0),), ()), (((0.6, 0.0),), ()), ((), ((0.6, 0.0),)), ((), ())]


def test_all_sources_that_cannot_say_are_named() -> None:
    ground = Ground("north", "south")
    ground.says("west", valid=False, reason="dark")
    assert ground.known == Occupancy(
        frozenset(), False, "north has said nothing yet; south has said nothing yet; west: dark"
    )


def test_no_source_is_taken_beyond_too_many_expected() -> None:
    """Where more sources are expected than anybody has no further one is taken."""
    ground = Ground(*(f"s{number}" for number in range(MAX_SOURCES + 1)))
    seen(ground, 0, source="one more")
    assert sorted(ground.gate.observed.readings) == ["occupancy"] and not ground.known.valid
