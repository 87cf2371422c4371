"""The formulas of the core at places that were worked out by hand."""

import math

import pytest

from port_safety.commands.joint_velocity import JointVelocities
from port_safety.commands.time_scaling import TimeScaling
from port_safety.commands.trajectory_points import Point, between, order_fault
from port_safety.commands.twist import NEAR_ZERO_MPS, NEAR_ZERO_RADPS, ZERO, Motion
from tests.trajectories import ARM

LINE = (Point(1.0, (0.0, 1.0)), Point(3.0, (4.0, -1.0)), Point(4.0, (5.0, -1.0)))
exactly = pytest.approx
S = 1_000_000_000


def test_between_points_without_velocities_is_a_line() -> None:
    assert between(LINE, 0.5) == ((0.0, 1.0), (0.0, 0.0)), "at rest before the first"
    assert between(LINE, 1.0) == ((0.0, 1.0), (2.0, -1.0))
    assert between(LINE, 1.5) == ((1.0, 0.5), (2.0, -1.0))
    assert between(LINE, 3.5) == ((4.5, -1.0), (1.0, 0.0))
    assert between(LINE, 4.0) == between(LINE, 9.0) == ((5.0, -1.0), (0.0, 0.0)), "at rest behind the last"


def test_between_points_with_velocities_is_the_cubic_that_has_them() -> None:
    """x = t³ − 3t² + 5t + 7, from 1 to 3 s."""

    def x(t: float) -> float:
        return t * t * t - 3.0 * t * t + 5.0 * t + 7.0

    def v(t: float) -> float:
        return 3.0 * t * t - 6.0 * t + 5.0

    points = [Point(t, (x(t),), (v(t),)) for t in (1.0, 3.0)]
    for t in (1.0, 1.25, 2.0, 2.9):
        positions, velocities = between(points, t)
        assert positions == exactly((x(t),)) and velocities == exactly((v(t),))


def test_a_slower_point_comes_later_with_the_square_of_its_acceleration() -> None:
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
def test_times_rise(times_s: tuple[float, ...], says: str) -> None:
    assert order_fault([Point(at_s, (0.0,)) for at_s in times_s]) == says


def test_a_pace_goes_evenly_from_one_rate_to_the_other() -> None:
    pace = TimeScaling(1.0, 0.5, 2.0)
    assert [pace.rate(t) for t in (-1.0, 0.0, 1.0, 2.0, 5.0)] == [1.0, 1.0, 0.75, 0.5, 0.5]
    assert [pace.phase(t) for t in (-1.0, 0.0, 1.0, 2.0, 5.0)] == exactly([0.0, 0.0, 0.875, 1.5, 3.0])
    assert [pace.elapsed(phase) for phase in (0.0, 0.875, 1.5, 3.0)] == exactly([0.0, 1.0, 2.0, 5.0])


def test_a_pace_that_ends_at_zero_never_gets_further() -> None:
    pace = TimeScaling(1.0, 0.0, 2.0)
    assert pace.phase(9.0) == pace.phase(2.0) == 1.0
    assert pace.elapsed(0.75) == exactly(1.0) and pace.elapsed(1.0) == exactly(2.0)
    assert pace.elapsed(1.1) == math.inf


def test_a_pace_from_rest_and_one_without_a_ramp() -> None:
    assert TimeScaling(0.0, 1.0, 2.0).elapsed(0.25) == exactly(1.0)
    assert TimeScaling(0.0, 1.0, 2.0).elapsed(-1.0) == 0.0
    assert TimeScaling(0.25, 0.5).phase(4.0) == 2.0 and TimeScaling(0.25, 0.5).elapsed(2.0) == 4.0
    assert TimeScaling(0.0, 0.0).elapsed(1.0) == math.inf and TimeScaling(0.0, 0.0).elapsed(0.0) == math.inf


def test_a_motion_is_turned_into_the_ground() -> None:
    assert Motion(1.0, 2.0).in_ground(math.pi / 2) == exactly((-2.0, 1.0))
    assert Motion(1.0, 2.0).in_ground(0.0) == (1.0, 2.0)
    assert Motion(2.0, 0.0).in_ground(math.pi / 6) == exactly((math.sqrt(3.0), 1.0))
    assert Motion(3.0, -4.0).speed_mps == 5.0


def test_a_motion_comes_to_rest_at_the_given_deceleration() -> None:
    fast = Motion(3.0, 4.0, 1.0)
    for elapsed_s, share in ((-1.0, 1.0), (0.0, 1.0), (1.0, 0.6), (2.0, 0.2), (2.5, 0.0), (9.0, 0.0)):
        braked = fast.braked(0, round(elapsed_s * S), 2.0, ZERO)
        assert (braked.vx, braked.vy, braked.wz) == exactly((3.0 * share, 4.0 * share, share))
    assert fast.braked(0, 1_250_000_000, 2.0, ZERO) == Motion(1.5, 2.0, 0.5), "to the nanosecond"
    assert Motion(0.0, 0.0, 1.0).braked(0, 0, 2.0, ZERO) == ZERO, "turning on the spot ends at once"


def test_what_asks_for_next_to_nothing() -> None:
    assert Motion(NEAR_ZERO_MPS, 0.0, NEAR_ZERO_RADPS).near_zero and Motion(0.0, 0.0, -NEAR_ZERO_RADPS).near_zero
    assert not Motion(NEAR_ZERO_MPS + 1e-9).near_zero and not Motion(0.0, 0.0, -NEAR_ZERO_RADPS - 1e-9).near_zero
    assert ZERO.rests_at(0) and not Motion(1e-9).rests_at(0)


def test_joints_come_to_rest_together() -> None:
    moving = JointVelocities(ARM, (2.0, -1.0))
    for elapsed_s, share in ((-1.0, 1.0), (0.0, 1.0), (0.125, 0.75), (0.5, 0.0), (2.0, 0.0)):
        assert moving.braked(0, round(elapsed_s * S), 99.0, moving).velocities == exactly((2.0 * share, -share))
    assert moving.scaled(0.5, 0.25).velocities == (0.5, -0.25) == moving.scaled(0.25, 0.5).velocities
    assert not moving.rests_at(0) and moving.stop(0).rests_at(0) and moving.stop(0).near_zero and not moving.near_zero
