"""What an attack on the gate found, each with the right verdict."""

import math
from dataclasses import replace

import pytest

from port_safety.commands.joint_trajectory import JointTrajectory
from port_safety.commands.joint_velocity import JointVelocities
from port_safety.commands.time_scaling import TimeScaling
from port_safety.commands.trajectory_points import Point
from port_safety.commands.twist import ZERO, Motion
from port_safety.gate import operator_commands
from port_safety.gate.events import EventKind
from port_safety.gate.state_machine import ARMED, State
from port_safety.model.readings import JointStates, Occupancy, Odometry, Pose
from port_safety.model.verdict import Severity
from tests.gate_bench import PRESSED, RELEASED, Bench, make_gate, state_of
from tests.gates_of_kinds import JOINTS, Ground

S = 1_000_000_000
NOW = 100 * S
SPEED = {"limit_mps": 1.5}


def arm(command: str) -> Ground:
    return Ground("arm", command, "speed", SPEED).armed(command)


# --- joint commands have limits ---------------------------------------------------------------------------------------


def test_100_radps_on_each_joint_is_reduced_in_the_first_tick() -> None:
    ground = arm("velocities")
    ground.gate.request(JointVelocities(JOINTS, (100.0,) * 3), ground.now_ns + 1)
    assert ground.output_mps <= 1.5 + 1e-9
    assert ground.gate.verdicts[0].rule == "speed"


def test_a_trajectory_with_a_peak_of_120_mps_is_slowed() -> None:
    ground = arm("trajectory")
    ground.gate.request(JointTrajectory(JOINTS, (Point(0.05, (2.5, 0.0, 0.0)),), JOINTS.names), ground.now_ns + 1)
    fastest = 0.0
    for _ in range(400):
        ground.turn(0.01)
        fastest = max(fastest, ground.output_mps)
    assert 0.0 < fastest <= 1.5 + 1e-9


# --- the gate's own hold ----------------------------------------------------------------------------------------------


def test_one_odd_joint_sample_moves_no_hold() -> None:
    ground = Ground("arm", "trajectory", "speed", SPEED).turn(0.5)
    ground.inputs["joints"] = JointStates((2.0, 0.0, 0.0), (0.0,) * 3)
    ground.turn(0.005)
    held = ground.gate.output.command
    assert isinstance(held, JointTrajectory) and all(point.positions == (0.0, 0.0, 0.0) for point in held.points)


@pytest.mark.parametrize("position", [1e154, 1e7, math.nan])
def test_a_joint_beyond_any_range_is_a_fault_and_no_hold(position: float) -> None:
    ground = Ground("arm", "trajectory", "speed", SPEED).turn(0.5)
    ground.inputs["joints"] = JointStates((position, 0.0, 0.0), (0.0,) * 3)
    ground.turn(0.1)
    held = ground.gate.output.command
    assert isinstance(held, JointTrajectory) and all(abs(point.positions[0]) < 1.0 for point in held.points)
    assert ("input_timeout", "joints") in {(each.rule, each.source) for each in ground.gate.verdicts}


def test_a_hold_elsewhere_is_gone_to_slowly() -> None:
    """Three readings that agree 0.5 rad away: the hold goes there with no more than 0.2 rad/s."""
    ground = Ground("arm", "trajectory", "speed", SPEED).turn(0.5)
    ground.inputs["joints"] = JointStates((0.5, 0.0, 0.0), (0.0,) * 3)
    ground.turn(0.02)
    held = ground.gate.output.command
    assert isinstance(held, JointTrajectory)
    assert held.points[0].positions[0] == 0.5 and held.points[0].at_s >= 0.5 / 0.2


def test_a_far_first_point_without_measured_joints_is_a_fault() -> None:
    """A far first point is no near zero without measured joints."""
    far = JointTrajectory(JOINTS, (Point(1.0, (2.5, 0.0, 0.0)),), JOINTS.names)
    assert "nobody measures" in far.started(NOW, JointTrajectory(JOINTS), None).fault


# --- missing is not free ----------------------------------------------------------------------------------------------


def test_a_zone_that_no_source_looks_at_is_occupied() -> None:
    bench = Bench().run()
    bench.pose = Pose(5.0, 0.0, 0.0)
    bench.occupancy = Occupancy(frozenset(), watched=frozenset({"elsewhere"}))
    bench.turn(0.05)
    assert bench.gate.stop is not None and ("speed", "zone crossing") in bench.gate.stop.causes


def test_a_pressed_button_latches_before_the_gate_is_ready() -> None:
    bench = Bench()
    bench.estop = PRESSED
    bench.turn(0.1)
    assert state_of(bench.gate) in (State.STOPPING, State.STOPPED) and bench.gate.stop is not None
    assert EventKind.STOP in bench.kinds(), "it leaves a line"
    bench.estop = RELEASED
    bench.turn(1.5)
    assert state_of(bench.gate) is State.RESET_READY
    assert operator_commands.reset(bench.gate, bench.gate.tracker.event_id, "anna", bench.now_ns).accepted


def test_a_stop_requested_before_readiness_is_not_forgotten() -> None:
    """A stop requested before the gate is ready is not forgotten."""
    gate = make_gate()
    assert operator_commands.stop(gate, "anna", "wait", False, NOW).accepted
    assert gate.stop is not None and ("request_stop", "anna") in gate.stop.causes


def test_an_input_that_has_not_come_up_yet_latches_nothing() -> None:
    gate = make_gate()
    gate.tick(NOW)
    gate.update("estop station_1", replace(RELEASED, link_ok=False), NOW + 1, NOW + 1)
    gate.tick(NOW + 2)
    assert gate.state is State.INIT and gate.stop is None


def test_a_pose_that_stands_but_for_noise_is_stuck() -> None:
    bench = Bench().drive(0.14, 0.5)
    assert bench.pose is not None
    pose = bench.pose
    for number in range(500):
        bench.pose = Pose(pose.x + 1e-9 * (number % 2), pose.y, pose.yaw)
        bench.turn(0.005)
    assert bench.gate.stop is not None and ("stuck_input", "ground_pose") in bench.gate.stop.causes


def test_a_command_stamped_in_simulated_time_is_named() -> None:
    bench = Bench().run()
    bench.request = None
    bench.gate.request(Motion(0.2), bench.now_ns, bench.now_ns - 50 * 365 * 86_400 * S)
    assert bench.gate.stop is not None
    assert "simulated time" in bench.gate.reason


def test_an_orientation_that_is_no_rotation_is_named() -> None:
    bench = Bench().run()
    bench.obeys = False
    bench.odometry = Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, orientation_length=math.sqrt(0.5))
    bench.turn(0.02)
    assert bench.gate.reason.startswith("odometry: the orientation is no rotation: length 0.71")


def test_time_that_stands_still_divides_nothing() -> None:
    assert TimeScaling(1.0, 0.0, 0.0).rate(-1.0) == 0.0 and TimeScaling(1.0, 0.0, 0.0).phase(-1.0) == 0.0


# --- a stop that ends by itself says so -------------------------------------------------------------------------------


def test_a_stop_that_ends_by_itself_says_when_and_what_keeps_it() -> None:
    bench = Bench(pose=Pose(5.0, 0.0, 0.0)).drive(0.2, 0.5)
    bench.occupancy = Occupancy(frozenset({"crossing"}), positions_m=((6.4, 0.0),))
    bench.turn(1.0)
    remedy = bench.gate.remedy(bench.now_ns)
    assert remedy.startswith("stay clear: the robot goes on by itself 1 s after this is over: ")
    bench.occupancy = Occupancy(frozenset())
    bench.request = ZERO
    bench.turn(0.5)
    assert bench.gate.remedy(bench.now_ns).startswith("stay clear: the robot goes on by itself in 0.")


# --- speed is measured twice ------------------------------------------------------------------------------------------


def drifting(bench: Bench, mps: float, seconds: float) -> None:
    """The places move, the twist says that nothing does."""
    for number in range(round(seconds / 0.005)):
        if bench.odometry is not None:
            x_m = mps * number * 0.005
            bench.odometry = Odometry(x_m, 0.0, 0.0, 0.0, 0.0, 0.0)
            bench.pose = Pose(x_m, 0.0, 0.0)
        bench.turn(0.005)


def test_places_that_move_count_although_the_twist_says_0() -> None:
    """Places that move with 3 mps count though the twist says 0."""
    bench = Bench().run()
    bench.obeys = False
    drifting(bench, 3.0, 0.6)
    assert bench.gate.stop is not None and bench.gate.observed.meter.speed_mps(bench.now_ns) == pytest.approx(
        3.0, rel=0.05
    )
    assert any("its places change with" in cause.reason for cause in bench.gate.stop.causes.values())


def test_a_robot_whose_places_move_does_not_stand() -> None:
    bench = Bench().run()
    bench.obeys = False
    operator_commands.stop(bench.gate, "anna", "", False, bench.now_ns)
    drifting(bench, 0.5, 2.0)
    assert bench.gate.state is not State.RESET_READY and not bench.gate.observed.stands(bench.now_ns)


def test_a_robot_that_the_cameras_see_move_does_not_stand() -> None:
    bench = Bench().run()
    bench.obeys = False
    for number in range(200):
        bench.pose = Pose(0.5 * number * 0.005, 0.0, 0.0)
        bench.turn(0.005)
    assert not bench.gate.observed.stands(bench.now_ns)


# --- every way in is guarded ------------------------------------------------------------------------------------------


def test_a_command_that_raises_is_a_fault_and_no_exception() -> None:
    """A command that raises ends in a fault and not in an exception."""
    bench = Bench().run()
    output = bench.gate.request("no command", bench.now_ns)  # type: ignore[arg-type]
    assert bench.gate.state is State.FAULT and not output.enable


def test_a_reading_that_raises_is_a_fault_and_no_exception() -> None:
    """A reading that raises ends in a fault and not in an exception."""
    bench = Bench().run()
    bench.gate.update("odometry", None, "never", bench.now_ns)  # type: ignore[arg-type]
    assert bench.gate.state is State.FAULT and not bench.gate.output.enable


def test_disarming_is_told_with_its_author() -> None:
    bench = Bench().run()
    bench.gate.take_events()
    assert operator_commands.disarm(bench.gate, "anna", bench.now_ns).accepted
    assert [(each.kind, each.by) for each in bench.gate.take_events() if each.by] == [(EventKind.DISARMED, "anna")]


# --- an arm in an envelope, as it was found ---------------------------------------------------------------------------


def test_an_arm_is_held_by_speed_zone_and_people() -> None:
    """The hole: `speed`, an occupied zone and a person beside an arm, and a trajectory at 4.34 m/s passed."""
    ground = arm("trajectory")
    assert ground.gate.state in ARMED
    fast = JointTrajectory(JOINTS, (Point(1.0, (2.7, 0.0, 0.0)),), JOINTS.names)
    ground.gate.request(fast, ground.now_ns + 1)
    assert ground.gate.state is State.REDUCED
    assert ground.gate.verdicts[0].severity is Severity.LIMIT and ground.gate.verdicts[0].rule == "speed"
