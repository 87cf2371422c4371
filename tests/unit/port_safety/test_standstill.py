"""The meter of speed, way and standstill: when a robot stands, and when nobody knows."""

import math

import pytest

from port_safety.commands.twist import Motion
from port_safety.model.joints import Joints
from port_safety.model.readings import JointStates, Odometry
from port_safety.model.standstill import FRESH_NS, STILL_FOR_NS, STILL_MPS, STILL_RADPS, StandstillMeter
from tests.unit.port_safety.running_gates import NOW

ARM = Joints(("a", "b"), 4.0, 0.5)


def fed(*moments: tuple[int, float, float]) -> StandstillMeter:
    """Odometry at these times: ns, m/s, rad/s."""
    meter = StandstillMeter()
    for at_ns, vx, wz in moments:
        meter.update(Odometry(0.0, 0.0, 0.0, vx, 0.0, wz), at_ns)
    return meter


@pytest.mark.parametrize(
    ("vx", "wz", "stands"),
    [
        (STILL_MPS, STILL_RADPS, True),
        (-STILL_MPS, -STILL_RADPS, True),
        (STILL_MPS * 1.01, 0.0, False),
        (0.0, STILL_RADPS * 1.01, False),
        (0.0, -STILL_RADPS * 1.01, False),
    ],
)
def test_a_robot_stands_when_it_is_slow_and_turns_little(vx: float, wz: float, stands: bool) -> None:
    meter = fed((NOW, vx, wz), (NOW + STILL_FOR_NS, vx, wz))
    assert meter.stands(NOW + STILL_FOR_NS) is stands


def test_a_robot_stands_after_the_whole_time_while_measured() -> None:
    """A robot stands after the whole time and while it is measured."""
    assert not fed((NOW, 0.0, 0.0), (NOW + STILL_FOR_NS - 1, 0.0, 0.0)).stands(NOW + STILL_FOR_NS)
    meter = fed((NOW, 0.0, 0.0), (NOW + STILL_FOR_NS, 0.0, 0.0))
    last_ns = NOW + STILL_FOR_NS + FRESH_NS
    assert meter.stands(last_ns) and not meter.stands(last_ns + 1)
    assert meter.speed_mps(last_ns) == 0.0 and math.isnan(meter.speed_mps(last_ns + 1))


def test_a_gap_or_a_move_begins_the_time_anew() -> None:
    gap = fed((NOW, 0.0, 0.0), (NOW + FRESH_NS + 1, 0.0, 0.0))
    assert not gap.stands(NOW + FRESH_NS + 1)
    assert fed((NOW, 0.0, 0.0), (NOW + FRESH_NS, 0.0, 0.0)).stands(NOW + FRESH_NS)
    moved = fed((NOW, 0.0, 0.0), (NOW + 1, 1.0, 0.0), (NOW + STILL_FOR_NS, 0.0, 0.0))
    assert not moved.stands(NOW + STILL_FOR_NS)
    assert moved.speed_mps(NOW + STILL_FOR_NS) == 0.0 and fed((NOW, 3.0, 0.0)).speed_mps(NOW) == 3.0


def test_readings_from_before_the_last_command_do_not_count() -> None:
    """What was measured before it was told to move does not count."""
    meter = fed((0, 0.0, 0.0), (STILL_FOR_NS, 0.0, 0.0))
    assert meter.stands(STILL_FOR_NS) and meter.stands(STILL_FOR_NS, 0)
    assert not meter.stands(STILL_FOR_NS, 1)


@pytest.mark.parametrize("bad", ["x", "y", "vx", "vy", "wz"])
def test_odometry_that_is_no_number_ends_standing(bad: str) -> None:
    """Odometry that is no number measures nothing and ends standing."""
    meter = fed((NOW, 0.0, 0.0))
    values = {**dict.fromkeys(("x", "y", "yaw", "vx", "vy", "wz"), 0.0), bad: math.nan}
    meter.update(Odometry(**values), NOW + 1)
    meter.update(Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0), NOW + STILL_FOR_NS)
    assert not meter.stands(NOW + STILL_FOR_NS) and meter.path_m == 0.0


def test_the_way_is_the_sum_of_all_steps() -> None:
    meter = StandstillMeter()
    for at, (x, y) in enumerate([(1.0, 1.0), (4.0, 5.0), (4.0, 3.0)]):
        meter.update(Odometry(x, y, 0.0, 0.0, 0.0, 0.0), NOW + at)
    assert meter.path_m == pytest.approx(7.0)


def test_an_arm_stands_and_goes_its_way_by_its_joints() -> None:
    meter = StandstillMeter()
    meter.update_joints(JointStates((1.0, 2.0), (0.0, 0.0)), ARM, NOW)
    meter.update_joints(JointStates((1.5, 1.0), (0.0, 0.0)), ARM, NOW + STILL_FOR_NS)
    assert meter.path_m == pytest.approx(0.75) and meter.stands(NOW + STILL_FOR_NS), "joints that stand do not turn"
    meter.update_joints(JointStates((1.5, 1.0), (2.0, -1.0)), ARM, NOW + STILL_FOR_NS + 1)
    assert meter.speed_mps(NOW + STILL_FOR_NS + 1) == 1.5 and not meter.stands(NOW + STILL_FOR_NS + 1)
    meter.update_joints(JointStates((math.nan, 1.0), (0.0, 0.0)), ARM, NOW + STILL_FOR_NS + 2)
    assert meter.path_m == pytest.approx(0.75) and not meter.stands(NOW + STILL_FOR_NS + 2)


def test_a_long_gap_ends_standing_whatever_the_time() -> None:
    meter = fed((1, 0.0, 0.0), (10 * FRESH_NS, 0.0, 0.0))
    assert not meter.stands(10 * FRESH_NS)
    assert not fed((1, 0.0, 0.0), (1 + STILL_FOR_NS, 0.0, 0.0)).stands(3 * FRESH_NS)


def test_nothing_measured_is_nothing_known() -> None:
    meter = StandstillMeter()
    assert math.isnan(meter.speed_mps(0)) and not meter.stands(STILL_FOR_NS) and meter.path_m == 0.0
    assert Motion().rests_at(NOW)
