"""The track of a robot: a line between its places, what it leaves out, when it begins anew, what it forgets."""

import math

from port_safety.model.track import APART_NS, KEPT_NS, SET_BACK_NS, Track, step
from tests.unit.port_safety.rule_bench import exactly

S = 1_000_000_000


def test_a_track_is_a_line_between_its_places() -> None:
    track = Track()
    track.add(0.0, 0.0, 3.0, 2 * S)
    track.add(1.0, -2.0, -3.0, 3 * S)
    assert track.at(2 * S) == (0.0, 0.0, 3.0) and track.at(3 * S) == (1.0, -2.0, -3.0)
    assert track.at(2 * S + S // 4) == exactly((0.25, -0.5, 3.0 + (math.tau - 6.0) / 4.0))
    track.add(5.0, -9.0, -3.0, 4 * S)
    assert track.at(3 * S + S // 4) == exactly((2.0, -3.75, -3.0))
    assert track.at(2 * S - 1) is None and track.at(4 * S + 1) is None and Track().at(0) is None


def test_a_track_leaves_out_what_comes_late_or_too_soon() -> None:
    track = Track()
    for stamp_ns in (S, S + APART_NS - 1, S - 1, S - SET_BACK_NS, S + APART_NS):
        track.add(0.0, 0.0, 0.0, stamp_ns)
    assert track.stamps_ns == [S, S + APART_NS] and len(track.places) == 2


def test_a_track_of_many_places_goes_on_from_the_newest() -> None:
    track = Track()
    for second in range(4):
        track.add(float(second), 0.0, 0.0, second * S)
    track.add(9.0, 0.0, 0.0, 3 * S - SET_BACK_NS)
    track.add(9.0, 0.0, 0.0, 3 * S + APART_NS - 1)
    assert track.stamps_ns == [0, S, 2 * S, 3 * S]
    assert track.at(S // 2) == exactly((0.5, 0.0, 0.0)) and track.at(2 * S + S // 4) == exactly((2.25, 0.0, 0.0))
    track.add(7.0, 0.0, 0.0, 3 * S - SET_BACK_NS - 1)
    assert track.places == [(7.0, 0.0, 0.0)]


def test_a_track_of_hundreds_of_places_ends_where_it_ends() -> None:
    track = Track()
    for number in range(400):
        track.add(float(number), 0.0, 0.0, number * APART_NS)
    assert track.at(399 * APART_NS) == (399.0, 0.0, 0.0) and track.at(399 * APART_NS + 1) is None


def test_a_track_begins_anew_when_its_clock_was_set_back() -> None:
    track = Track()
    track.add(1.0, 0.0, 0.0, S)
    track.add(2.0, 0.0, 0.0, S - SET_BACK_NS - 1)
    assert (track.stamps_ns, track.places) == ([S - SET_BACK_NS - 1], [(2.0, 0.0, 0.0)])


def test_a_track_forgets_what_is_older_than_it_keeps() -> None:
    """A track forgets what is older than it keeps and does so rarely."""
    track = Track()
    for second in range(0, 25):
        track.add(float(second), 0.0, 0.0, second * S)
    assert track.stamps_ns[0] == 0, "up to twice that is kept"
    track.add(25.0, 0.0, 0.0, 2 * KEPT_NS + S)
    assert track.stamps_ns == [second * S for second in range(13, 26)]
    assert track.places[0] == (13.0, 0.0, 0.0) and len(track.places) == len(track.stamps_ns)


def test_a_step_is_seen_from_where_it_began() -> None:
    assert step((1.0, 2.0, math.pi / 2), (1.0, 5.0, math.pi)) == exactly((3.0, 0.0, math.pi / 2))
    assert step((1.0, 2.0, math.pi / 2), (-1.0, 2.0, 0.0)) == exactly((0.0, 2.0, -math.pi / 2))
    assert step((0.0, 0.0, math.pi / 6), (2.0, 0.0, 0.0))[:2] == exactly((math.sqrt(3.0), -1.0))
    assert step((0.0, 0.0, 3.0), (0.0, 0.0, -3.0))[2] == exactly(math.tau - 6.0)
