"""What the core counts and keeps, number by number: buckets, histories, offsets of clocks, what passed."""

import math

import pytest

from port_safety.model.history import KEPT, History
from port_safety.model.readings import (
    NEVER_SET_NS,
    UNIT_OFF,
    Alive,
    Attitude,
    Body,
    ClockStep,
    Estop,
    Force,
    JointStates,
    Occupancy,
    Odometry,
    PlateForce,
    Pose,
    Publishers,
    Reading,
    ToolPoint,
    Value,
    fault_of,
)
from port_safety.monitoring.histogram import Histogram, upper_edge_ns
from port_safety.monitoring.publisher_watch import BEGAN_NS, LEASE_NS, PublisherWatch
from port_safety.monitoring.system_clock import SEEN_FOR_NS, SystemClockWatch

S = 1_000_000_000


@pytest.mark.parametrize(
    ("value_ns", "edge_ns"),
    [
        (-1, 0), (0, 0), (1, 1), (15, 15), (16, 16), (31, 31), (32, 33), (33, 33), (34, 35), (62, 63), (63, 63),
        (64, 67), (67, 67), (68, 71), (127, 127), (128, 135), (1000, 1023), (1023, 1023), (1024, 1087),
        (1_000_000, 1_015_807), (2**40 - 1, 2**40 - 1), (2**40, 2**40 - 1), (2**45, 2**40 - 1),
    ],
)  # fmt: skip
def test_a_value_counts_in_the_bucket_with_this_upper_edge(value_ns: int, edge_ns: int) -> None:
    histogram = Histogram()
    histogram.add(value_ns)
    assert histogram.buckets() == [[edge_ns / 1e6, 1]]
    assert (histogram.count, histogram.max_ns) == (1, max(0, value_ns))


def test_the_edges_of_buckets() -> None:
    assert [upper_edge_ns(index) for index in (0, 1, 31, 32, 33, 47, 48, 63, 64)] == [
        0,
        1,
        31,
        33,
        35,
        63,
        67,
        127,
        135,
    ]
    assert len(Histogram()._counts) == 592 and upper_edge_ns(591) == 2**40 - 1


def test_percentiles_are_the_edges_of_their_buckets() -> None:
    histogram = Histogram()
    for value_ns in (100, 200, 300, 400):
        histogram.add(value_ns)
    assert histogram.percentiles_ns([0.0, 0.25, 0.26, 0.5, 0.75, 1.0]) == [103, 103, 207, 207, 303, 400]
    assert histogram.figures() == {"count": 4, "p50_ms": 0.0002, "p99_ms": 0.0004, "p999_ms": 0.0004, "max_ms": 0.0004}
    many = Histogram()
    for value_ns in [1023] * 1980 + [2047] * 18 + [4095] * 2:
        many.add(value_ns)
    assert list(many.figures().values()) == [2000, 0.001, 0.001, 0.002, 0.0041]
    slow = Histogram()
    slow.add(1_234_567)
    assert slow.figures()["max_ms"] == 1.2346 and slow.figures()["p50_ms"] == 1.2346
    slow.add(500_000_000_000)
    assert slow.figures()["max_ms"] == slow.figures()["p99_ms"] == 500_000.0


def note(history: History, value: Value, stamp_ns: int, lag_ns: int = 0) -> None:
    history.note(Reading(value, stamp_ns, stamp_ns + lag_ns))


def test_a_history_counts_what_stays_the_same() -> None:
    history = History()
    assert (history.same, history.same_since_ns) == (0, 0)
    for stamp_ns, x in ((10, 1.0), (20, 1.0), (20, 1.0), (30, 1.0), (40, 2.0)):
        note(history, Pose(x, 0.0, 0.0), stamp_ns, 5)
        if stamp_ns == 30:
            assert (history.same, history.same_since_ns) == (3, 10), "told twice is told once"
    assert (history.same, history.same_since_ns) == (1, 40)
    assert list(history.lags_ns) == [5] * 4 and [each.stamp_ns for each in history.recent] == [10, 20, 30, 40]


def test_a_history_counts_every_new_stamp_also_one_that_goes_back() -> None:
    history = History()
    for stamp_ns in (int("3000"), int("3000"), 2000, 4000):
        note(history, Alive(), stamp_ns)
    assert [each.stamp_ns for each in history.recent] == [3000, 2000, 4000] and history.same == 3


def test_a_history_forgets_and_knows_no_stamp_that_nobody_set() -> None:
    history = History()
    note(history, Alive(), NEVER_SET_NS - 1)
    assert not history.recent
    note(history, Alive(), 0)
    for stamp_ns in range(1, KEPT + 5):
        note(history, Alive(), stamp_ns)
    assert len(history.recent) == len(history.lags_ns) == KEPT


def test_a_track_has_places_that_are_numbers_alone() -> None:
    history = History()
    note(history, Pose(math.nan, 0.0, 0.0), S)
    note(history, Alive(), 2 * S)
    note(history, Odometry(1.0, 2.0, 3.0, 0.0, 0.0, 0.0), 3 * S)
    assert history.track.places == [(1.0, 2.0, 3.0)] and history.track.stamps_ns == [3 * S]


def test_a_step_of_the_clock_is_seen_for_two_seconds_with_its_sign() -> None:
    watch = SystemClockWatch()
    assert watch.look(50 * S, 10 * S) == ClockStep(0.0)
    assert watch.look(51 * S + S // 2, 11 * S) == ClockStep(0.5)
    assert watch.look(50 * S, 12 * S) == ClockStep(-2.5)
    assert watch.look(50 * S + 1, 12 * S + 1) == ClockStep(-2.5)
    assert watch.look(51 * S, 11 * S + SEEN_FOR_NS) == ClockStep(-2.5)
    assert watch.look(51 * S + 1, 11 * S + SEEN_FOR_NS + 1) == ClockStep(0.0)


def test_who_publishes_beside_the_gate() -> None:
    watch = PublisherWatch("/gate")
    own, before, later = ("/gate", b"own"), ("/gate", b"old"), ("/gate", b"new")
    assert watch.look([own], S) == Publishers()
    assert watch.look([own, ("/other", b"x")], S) == Publishers(("/other",), 0)
    assert watch.look([own, before], S + BEGAN_NS) == Publishers((), 1)
    assert watch.look([own, before], S + LEASE_NS).before == 1
    assert watch.look([own, before], S + LEASE_NS + 1).foreign == ("/gate",), "no dead one is known for so long"
    assert watch.look([own, later], S + BEGAN_NS + 1).foreign == ("/gate",), "whoever appears later lives"


def test_a_node_is_the_gate_by_its_whole_name() -> None:
    watch = PublisherWatch("/gate")
    own = ("".join(["/ga", "te"]), b"own")
    assert watch.look([own, ("/gat", b"x"), ("/a", b"y"), ("/z", b"z")], S) == Publishers(("/a", "/gat", "/z"), 0)
    assert watch.look([own, ("".join(["/g", "ate"]), b"old")], S) == Publishers((), 1)


def test_for_how_long_everybody_who_is_there_is_noted() -> None:
    watch = PublisherWatch("/gate")
    assert watch.begins(99 * S), "nobody has looked yet"
    watch.look([], 7 * S)
    for now_ns, begins in ((7 * S, True), (9 * S - 1, True), (9 * S, True), (9 * S + 1, False), (14 * S, False)):
        assert watch.begins(now_ns) is begins


def test_a_reading_is_as_old_as_the_older_of_its_times() -> None:
    assert Reading(Alive(), 10, 30).age_ns(100) == 90 and Reading(Alive(), 50, 30).age_ns(100) == 70
    assert Reading(Alive(), NEVER_SET_NS - 1, 0).unstamped and not Reading(Alive(), NEVER_SET_NS, 0).unstamped
    assert Reading(Alive(), 100_000_001, 0).from_future(0) and not Reading(Alive(), 100_000_000, 0).from_future(0)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (Alive(), ""),
        (Alive("off"), "off"),
        (PlateForce(0.0, 0.0, 0.0, "saturated"), "saturated"),
        (PlateForce(0.0, math.nan, 0.0), "highest_n is nan"),
        (JointStates((0.0,), (math.inf,)), "a joint is not a number"),
        (JointStates((math.nan,), (0.0,)), "a joint is not a number"),
        (JointStates((0.0,), (0.0,)), ""),
        (Occupancy(frozenset(), positions_m=((0.0, 1.0), (0.0, math.nan))), "a position is not a number"),
        (Occupancy(frozenset(), positions_m=((math.inf, 1.0),)), "a position is not a number"),
        (Occupancy(frozenset(), positions_m=((0.0, 1.0),)), ""),
        (Pose(0.0, 0.0, math.nan), "yaw is nan"),
        (Odometry(0.0, 0.0, 0.0, 0.0, 0.0, -math.inf), "wz is -inf"),
        (Body(math.nan), "height_m is nan"),
        (ClockStep(math.nan), "step_s is nan"),
        (ToolPoint(0.0, math.nan, 0.0), "y is nan"),
        (Force(0.0, 0.0, math.inf), "z is inf"),
        (Attitude(0.0, 0.0, 0.0, math.nan), "w is nan"),
        (Attitude(0.0, 0.0, 0.0, 1.0, known=False), "the sensor gives no orientation"),
        (Attitude(0.0, 0.0, 0.0, 1.0 + UNIT_OFF - 1e-9), ""),
        (Attitude(0.0, 0.0, 0.0, 1.0 - UNIT_OFF + 1e-9), ""),
        (Attitude(0.0, 0.0, 0.0, 0.97), "the orientation is no rotation: length 0.97"),
        (Attitude(0.0, 0.0, 0.0, 1.03), "the orientation is no rotation: length 1.03"),
        (Attitude(0.0, 0.75, 0.0, 0.5), "the orientation is no rotation: length 0.90"),
        (Publishers(), ""),
    ],
)
def test_what_is_wrong_with_a_value(value: Value, fault: str) -> None:
    assert fault_of(value) == fault == Reading(value, 0, 0).fault


def test_what_values_are_without_being_told() -> None:
    assert Estop(True, True, False, True) == Estop(True, True, False, True, True, "")
    assert Occupancy(frozenset()) == Occupancy(frozenset(), True, "", (), ())
    assert (Alive(), Publishers(), ClockStep()) == (Alive(""), Publishers((), 0), ClockStep(0.0))
    assert Attitude(0.0, 0.0, 0.0, 1.0).known and PlateForce(1.0, 2.0, 3.0).fault == ""


def test_what_is_measured_as_one_number() -> None:
    assert Odometry(9.0, 9.0, 9.0, 3.0, -4.0, 9.0).speed_mps == 5.0
    assert Force(2.0, -3.0, 6.0).magnitude_n == 7.0 and ToolPoint(1.0, 2.0, 3.0).xyz == (1.0, 2.0, 3.0)
    for x, y, tilt_rad in ((0.0, 0.0, 0.0), (1.0, 0.0, math.pi), (0.0, 1.0, math.pi), (0.6, 0.0, math.acos(0.28))):
        assert Attitude(x, y, 0.0, math.sqrt(1.0 - x * x - y * y)).tilt_rad == pytest.approx(tilt_rad)
    assert Attitude(0.5, 0.5, 0.5, 0.5).tilt_rad == pytest.approx(math.pi / 2)
    assert Attitude(1.001, 0.0, 0.0, 0.0).tilt_rad == math.pi, "rounding leads to no error"
