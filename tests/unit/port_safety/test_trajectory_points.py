"""Points of a trajectory: what lies between them, slower ones, and their order in time."""

import math
from dataclasses import replace

import pytest

from port_safety.commands.trajectory_points import Point, between, order_fault
from tests.unit.port_safety.rule_bench import exactly

LINE = (Point(1.0, (0.0, 1.0)), Point(3.0, (4.0, -1.0)), Point(4.0, (5.0, -1.0)))


def test_between_points_without_velocities_is_a_line() -> None:
    assert between(LINE, 0.5) == ((0.0, 1.0), (0.0, 0.0)), "at rest before the first"
    assert between(LINE, 1.0) == ((0.0, 1.0), (2.0, -1.0))
    assert between(LINE, 1.5) == ((1.0, 0.5), (2.0, -1.0))
    assert between(LINE, 3.5) == ((4.5, -1.0), (1.0, 0.0))
    assert between(LINE, 4.0) == between(LINE, 9.0) == ((5.0, -1.0), (0.0, 0.0)), "at rest behind the last"


def test_between_points_with_velocities_is_a_cubic() -> None:
    """x = t³ − 3t² + 5t + 7, from 1 to 3 s."""

    def x(t: float) -> float:
        return t * t * t - 3.0 * t * t + 5.0 * t + 7.0

    def v(t: float) -> float:
        return 3.0 * t * t - 6.0 * t + 5.0

    points = [Point(t, (x(t),), (v(t),)) for t in (1.0, 3.0)]
    for t in (1.0, 1.25, 2.0, 2.9):
        positions, velocities = between(points, t)
        assert positions == exactly((x(t),)) and velocities == exactly((v(t),))


def test_a_slower_point_comes_later_and_accelerates_less() -> None:
    """A slower point comes later with the square of its acceleration."""
    point = Point(2.0, (1.0,), (4.0,), (8.0,))
    assert point.slowed(0.5) == Point(4.0, (1.0,), (2.0,), (2.0,))
    assert point.slowed(0.5, 7.0) == Point(7.0, (1.0,), (2.0,), (2.0,))


@pytest.mark.parametrize(
    ("times_s", "says"),
    [
        ((0.0, 1.0), ""),
        ((), ""),
        ((-0.5, 1.0), "point 0 is at -0.5 s"),
        ((0.0, math.inf), "point 1 is at inf s"),
        ((1.0, 1.0), "point 1 at 1 s does not come after the one before, at 1 s"),
        ((2.0, 1.0), "point 1 at 1 s does not come after the one before, at 2 s"),
    ],
)
def test_times_that_do_not_rise_are_a_fault(times_s: tuple[float, ...], says: str) -> None:
    assert order_fault([Point(at_s, (0.0,)) for at_s in times_s]) == says


def test_a_cubic_is_right_wherever_it_begins() -> None:
    """x = 2t³ − t² + 3t − 5, from 0.5 to 1.25 s; b of its own time is not 0."""

    def x(t: float) -> float:
        return 2.0 * t * t * t - t * t + 3.0 * t - 5.0

    def v(t: float) -> float:
        return 6.0 * t * t - 2.0 * t + 3.0

    points = [Point(t, (x(t),), (v(t),)) for t in (0.5, 1.25)]
    for t in (0.5, 0.75, 1.0, 1.2):
        positions, velocities = between(points, t)
        assert positions == pytest.approx((x(t),)) and velocities == pytest.approx((v(t),))


def test_a_part_with_a_velocity_at_one_end_alone_is_a_line() -> None:
    line = ((0.75,), (1.5,))
    assert between([Point(0.0, (0.0,), (9.0,)), Point(1.0, (1.5,))], 0.5) == line
    assert between([Point(0.0, (0.0,)), Point(1.0, (1.5,), (9.0,))], 0.5) == line


def test_a_slower_point_has_its_velocity_by_the_share() -> None:
    assert Point(1.0, (0.0,), (3.0,), (5.0,)).slowed(0.625) == Point(1.6, (0.0,), (1.875,), (1.953125,))


def test_only_its_last_point_has_to_be_at_rest() -> None:
    still, moving = Point(1.0, (0.0,), (0.0,)), Point(1.0, (0.0,), (0.5,))
    assert order_fault([moving, replace(still, at_s=2.0)]) == ""
    assert order_fault([still, replace(moving, at_s=2.0)]) == "the last point still moves: a trajectory ends at rest"
