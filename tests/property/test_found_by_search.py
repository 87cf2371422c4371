"""What the random search (test_search.py) has found, each made as small as it gets."""

import pytest

from port_safety.commands.joint_trajectory import JointTrajectory
from port_safety.commands.joint_velocity import JointVelocities
from port_safety.commands.trajectory_points import Point
from port_safety.gate.state_machine import ARMED, State
from port_safety.model.readings import Force, JointStates
from tests.gates_of_kinds import JOINTS, Ground
from tests.property.search_ground import LEGGED, OF_ARMS

S = 1_000_000_000
NOW = 100 * S
REST = (0.0, 0.0, 0.0)
SPEED = {"limit_mps": 1.5}
AT_REST = JointStates(REST, REST)


def asked(*points: Point) -> JointTrajectory:
    return JointTrajectory(JOINTS, points, JOINTS.names)


def held(joints: JointTrajectory) -> tuple[float, ...]:
    return joints.points[-1].positions


# --- where and how fast a trajectory begins ---------------------------------------------------------------------------


def test_a_lone_point_at_time_0_is_no_jump_past_the_speed_limit() -> None:
    """0.1 rad in no time, again in each tick, was 16 m/s at the tool, and no rule saw any speed in it."""
    ground = Ground("arm", "trajectory", "speed", SPEED).armed("trajectory")
    ground.gate.request(asked(Point(0.0, (0.09, 0.0, 0.0))), ground.now_ns)
    output = ground.gate.output.command
    assert isinstance(output, JointTrajectory) and held(output) == REST
    assert ground.gate.stop is not None and "begins 0.09 rad" in ground.gate.reason


def test_a_lone_point_where_the_robot_is_holds_it() -> None:
    started = asked(Point(0.0, (0.01, 0.0, 0.0))).started(NOW, JointTrajectory(JOINTS), AT_REST)
    assert not started.fault and started.near_zero and started.points == (Point(0.0, REST),)


def test_a_first_point_at_time_0_is_where_the_robot_is() -> None:
    points = (Point(0.0, (0.09, 0.0, 0.0)), Point(1.0, (0.5, 0.0, 0.0)))
    started = asked(*points).started(NOW, JointTrajectory(JOINTS), AT_REST)
    assert not started.fault and started.points == (Point(0.0, REST), points[1])


def test_a_robot_at_rest_does_not_begin_with_a_speed() -> None:
    """A first point that names 1.5 rad/s had a joint at rest take that speed at once: no acceleration was counted."""
    points = (Point(0.0, REST, (1.5, 0.0, 0.0)), Point(0.5, (0.1, 0.0, 0.0), REST))
    started = asked(*points).started(NOW, JointTrajectory(JOINTS), AT_REST)
    assert started.points[0] == Point(0.0, REST, REST)


def test_a_line_that_turns_a_moving_robot_round_counts_as_acceleration() -> None:
    """From +1 rad/s to −0.375 in the middle of a way: the change counts from what the robot does."""
    before = asked(Point(4.0, (4.0, 0.0, 0.0))).started(NOW, JointTrajectory(JOINTS), AT_REST)
    moving = before.limited(1.0, 1.0, NOW, JointTrajectory(JOINTS))
    back = asked(Point(1.0, (1.5, 0.0, 0.0))).started(NOW + 2 * S, moving, AT_REST)
    assert back.peaks.accelerations_radps2[0] == pytest.approx(2.75)
    wire = back.limited(1.0, 1.0, NOW + 2 * S, moving)
    assert not wire.fault and not any(point.velocities for point in wire.points), "it stays a line for the controller"


@pytest.mark.parametrize("apart_s", [5e-324, 1e-160, 1e-154, 1e-10])
def test_points_nearer_than_a_nanosecond_are_refused(apart_s: float) -> None:
    """Their speed came out as 0 rad/s (inf / inf), or divided by zero and ended the gate."""
    for velocities in ((), REST):
        points = (Point(1.0, REST, velocities), Point(1.0 + apart_s, (2.5, 0.0, 0.0), velocities))
        assert "does not come after" in asked(*points).fault
        points = (Point(0.0, REST, velocities), Point(apart_s, (2.5, 0.0, 0.0), velocities))
        assert "does not come after" in asked(*points).fault


def test_a_ramp_of_no_time_sends_no_two_points_at_one_nanosecond() -> None:
    points = (Point(0.0, REST), Point(1.0, (1e-9, 0.0, 0.0)), Point(2.0, (0.5, 0.0, 0.0)))
    request = asked(*points).started(NOW, JointTrajectory(JOINTS), AT_REST)
    output = request.limited(1.0, 1.0, NOW, JointTrajectory(JOINTS)).stop(NOW + S // 2)
    assert not output.fault and len(output.points) == 1


def test_the_robot_is_sent_every_point_that_was_asked_for() -> None:
    """Points within a microsecond of a ramp's end were left out, and with them the speed that they name."""
    fast = (0.3, 0.0, 0.0)
    points = (Point(0.0, REST, REST), Point(1e-7, REST, fast), Point(1.0, (0.2, 0.0, 0.0), REST))
    request = asked(*points).started(NOW, JointTrajectory(JOINTS), AT_REST)
    output = request.limited(1.0, 1.0, NOW, JointTrajectory(JOINTS))
    assert [point.velocities for point in output.points] == [REST, fast, REST] and not output.fault


# --- not mended yet ---------------------------------------------------------------------------------------------------


def test_a_second_sample_with_the_same_stamp_moves_no_hold() -> None:
    """Two publishers with one stamp: the odd one is no part of the readings that agree, yet it is what is held."""
    ground = Ground("arm", "trajectory", "speed", SPEED).turn(0.5)
    ground.gate.update("joints", JointStates((2.0, 0.0, 0.0), REST), ground.now_ns, ground.now_ns)
    ground.gate.tick(ground.now_ns)
    output = ground.gate.output.command
    assert isinstance(output, JointTrajectory) and held(output) == REST


@pytest.mark.parametrize("part", [((), ()), (REST, ()), ((), REST), ((0.0, 0.0), (0.0, 0.0))])
def test_joints_in_part_stop_by_name_and_are_no_fault(part: tuple[tuple[float, ...], tuple[float, ...]]) -> None:
    ground = Ground("arm", "trajectory", "joint_limits", _parameters("joint_limits")).armed("trajectory")
    ground.gate.update("joints", JointStates(*part), ground.now_ns + 1, ground.now_ns + 1)
    ground.gate.tick(ground.now_ns + 1)
    assert not ground.gate.fault
    assert ground.gate.stop is not None and any(source == "joints" for _, source in ground.gate.stop.causes)


def test_a_reading_of_another_type_in_the_history_is_no_fault() -> None:
    ground = Ground("quadruped", "velocities", "joint_runaway", _parameters("joint_runaway")).turn(0.5)
    ground.gate.update("joints", Force(0.0, 0.0, 0.0), ground.now_ns + 1, ground.now_ns + 1)
    ground.turn(0.005)
    assert not ground.gate.fault


@pytest.mark.parametrize(
    ("kind", "name"), [("quadruped", "joints"), ("wheeled", "odometry"), ("wheeled", "ground_pose")]
)
def test_an_input_of_another_type_stops(kind: str, name: str) -> None:
    command = "velocities" if name == "joints" else "twist"
    ground = Ground(kind, command, "acceleration", {"acceleration_mps2": 1.0, "yaw_acceleration_radps2": 1.0})
    ground.armed(command)
    assert ground.gate.state in ARMED
    ground.gate.update(name, Force(0.0, 0.0, 0.0), ground.now_ns + 1, ground.now_ns + 1)
    ground.gate.tick(ground.now_ns + 1)
    assert ground.gate.state is State.STOPPING


def test_a_joint_far_beyond_its_limit_stops_though_it_moves_back() -> None:
    """−10.7 rad of −3.0 allowed, and 1e-12 rad/s back: RUN. Free is the way back of a joint that is within."""
    ground = Ground("arm", "velocities", "joint_limits", _parameters("joint_limits")).armed("velocities")
    ground.inputs["joints"] = JointStates((-10.7, 0.0, 0.0), (1e-12, 0.0, 0.0))
    ground.turn(0.005, JointVelocities(JOINTS, REST))
    assert ground.gate.stop is not None


def _parameters(rule: str) -> dict[str, object]:
    return {key: value for key, value in {**LEGGED, **OF_ARMS}[rule].items() if key != "type"}
