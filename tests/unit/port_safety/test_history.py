"""The history of an input: what it counts, what it forgets, and which places make its track."""

import math

from port_safety.model.history import KEPT, History
from port_safety.model.readings import NEVER_SET_NS, Alive, Odometry, Pose, Reading, Value
from tests.unit.port_safety.rule_bench import NOW

S = 1_000_000_000


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


def test_a_history_counts_a_stamp_that_goes_back() -> None:
    """A history counts every new stamp also one that goes back."""
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


def test_the_same_reading_told_twice_counts_once() -> None:
    """The same reading told twice is no sign of life and none of death."""
    history = History()
    for _ in range(50):
        history.note(Reading(Pose(1.0, 2.0, 0.5), NOW, NOW))
    assert history.same == 1 and len(history.lags_ns) == 1
