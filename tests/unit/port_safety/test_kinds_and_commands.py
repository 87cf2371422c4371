"""Every kind of robot × type of command × rule: it limits, it stops, or no envelope is made. None is silent."""

from dataclasses import replace
from typing import Any

import pytest

from port_safety.commands.command import Command
from port_safety.commands.joint_trajectory import JointTrajectory
from port_safety.commands.joint_velocity import JointVelocities
from port_safety.commands.trajectory_points import Point
from port_safety.commands.twist import Motion
from port_safety.gate import operator_commands
from port_safety.gate.state_machine import ARMED, State
from port_safety.model.readings import Occupancy, Odometry
from port_safety.rules.registry import EnvelopeError, make_envelope, rule_types
from port_safety.rules.rule_type import KINDS, Site
from tests.gates_of_kinds import COMMANDS, JOINTS, TIMEOUT, Ground, robot_with, zero

LANE = [-2.0, -3.0, 11.0, -3.0, 11.0, 3.0, -2.0, 3.0]
AROUND = [0.0, -2.0, 3.0, -2.0, 3.0, 2.0, 0.0, 2.0]
#: For each rule a block under which `TOO_MUCH` is too much, or with which the robot is where it must not be.
MATTERS: dict[str, dict[str, Any]] = {
    "speed": {"limit_mps": 0.3},
    "keep_in": {"polygon_m": LANE},
    "keep_out": {"polygon_m": [5.0, -1.0, 6.0, -1.0, 6.0, 1.0, 5.0, 1.0]},
    "separation": {"zones_m": {"crossing": AROUND}},
    "acceleration": {"acceleration_mps2": 0.5, "yaw_acceleration_radps2": 0.5},
    "stuck_input": {"after_s": 0.3, "readings": 5},
}


def asked(command: str) -> Command:
    """Far more than any of the limits."""
    far = JointTrajectory(JOINTS, (Point(0.5, (2.5, 0.0, 0.0)),), JOINTS.names)
    too_much: dict[str, Command] = {
        "twist": Motion(1.5),
        "velocities": JointVelocities(JOINTS, (100.0, 0.0, 0.0)),
        "trajectory": far,
    }
    return too_much[command]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("rule", ["speed", "acceleration"])
def test_too_much_is_limited_or_stopped(rule: str, kind: str, command: str) -> None:
    """The first tick after zero asks for 100 rad/s or 1.5 m/s: what leaves is near zero, and a rule says why."""
    try:
        ground = Ground(kind, command, rule, MATTERS[rule])
    except EnvelopeError as error:
        assert rule in str(error)
        return
    ground.armed(command)
    assert ground.gate.state in ARMED
    ground.gate.request(asked(command), ground.now_ns + 1)
    walks_by_joints = kind != "arm" and command != "twist"
    if rule == "speed" and walks_by_joints:
        ground.inputs["odometry"] = Odometry(0.0, 0.0, 0.0, 0.6, 0.0, 0.0)
        ground.turn(0.05, asked(command))
        assert ground.gate.stop is not None and ("speed", f"zone {rule}") in ground.gate.stop.causes
        return
    ground.turn(0.1)
    assert any(verdict.rule == rule for verdict in ground.gate.verdicts), ground.gate.reason
    if rule == "speed":
        assert ground.output_mps <= 0.3 + 1e-9


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("rule", ["keep_in", "keep_out", "separation", "speed zone"])
def test_without_a_place_a_place_rule_stops_or_is_refused(rule: str, kind: str, command: str) -> None:
    """A mobile robot that nobody sees is stopped; an arm of which nobody says where it stands gets no envelope."""
    name, block = (rule, MATTERS[rule]) if rule != "speed zone" else ("speed", {"limit_mps": 1.0, "polygon_m": AROUND})
    if kind == "arm":
        nowhere = replace(robot_with(kind, command), base=None)
        blocks = {**TIMEOUT, name: {"type": name, **block}}
        with pytest.raises(EnvelopeError, match=f"{name}: .*base_pose"):
            make_envelope(list(blocks), blocks, Site(nowhere, ("station_1",), (), by_joints=command != "twist"))
        return
    ground = Ground(kind, command, name, block)
    del ground.inputs["ground_pose"]
    ground.turn(0.6)
    assert not operator_commands.arm(ground.gate, "tester", ground.now_ns).accepted
    assert any(verdict.stops and verdict.source == "ground_pose" for verdict in ground.gate.verdicts)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_somebody_beside_the_robot_stops_it(kind: str, command: str) -> None:
    ground = Ground(kind, command, "separation", MATTERS["separation"]).armed(command)
    ground.inputs["occupancy"] = Occupancy(frozenset(), positions_m=((1.3, 0.0),))
    ground.turn(0.05, zero(command))
    assert ground.gate.state in (State.STOPPING, State.STOPPED)
    assert ground.gate.stop is not None and ("separation", "people") in ground.gate.stop.causes


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_occupied_zone_stops_who_is_in_it(kind: str, command: str) -> None:
    block = {"limit_mps": 0.5, "polygon_m": AROUND, "occupied_limit_mps": 0.0}
    ground = Ground(kind, command, "speed", block).armed(command)
    ground.inputs["occupancy"] = Occupancy(frozenset({"speed"}))
    ground.turn(0.05, zero(command))
    assert ground.gate.stop is not None and ("speed", "zone speed") in ground.gate.stop.causes


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_input_that_stands_still_stops_a_moving_robot(kind: str, command: str) -> None:
    """What stands still while the robot is told to move stops it."""
    ground = Ground(kind, command, "stuck_input", MATTERS["stuck_input"]).armed(command)
    slow: dict[str, Command] = {
        "twist": Motion(0.2),
        "velocities": JointVelocities(JOINTS, (0.2, 0.0, 0.0)),
        "trajectory": JointTrajectory(JOINTS, (Point(5.0, (1.0, 0.0, 0.0)),), JOINTS.names),
    }
    ground.gate.request(slow[command], ground.now_ns + 1)
    ground.turn(0.8, None if command == "trajectory" else slow[command])
    assert ground.gate.stop is not None, ground.gate.reason
    assert {rule for rule, _ in ground.gate.stop.causes} == {"stuck_input"}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("rule", sorted(rule_types()))
def test_a_rule_judges_a_robot_or_is_refused_by_name(rule: str, kind: str, command: str) -> None:
    """`refusal` is what `make_rule` acts by: each pair has its answer, and a refusal names rule and robot."""
    site = Site(robot_with(kind, command), ("station_1",), ("left",), by_joints=command != "twist")
    refusal = rule_types()[rule].refusal(site)
    assert not refusal or (rule in refusal and "bench" in refusal)
