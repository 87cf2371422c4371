"""The processes of a session, each with everything it is given. One small function a process; starts nothing.

Parameters are what the node's `--params-file` holds. An empty list has no type in a ROS parameter file, so a node is
not given one: what is absent is empty.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import to_builtins

from port_session.description import bordering, observing, sensing, simulation
from port_session.description.expectations import streams
from port_session.description.parts import Parts
from port_session.description.process import (
    STAGE_GATE,
    STAGE_GROUND,
    STAGE_ROBOT,
    STAGE_SESSION,
    Process,
    listing,
    node,
)
from port_session.description.robot import STOP_KEYS, Robot
from port_session.description.rules import gate_rules
from port_session.description.session import Session

#: Topics on which a robot says what its rules look at.
CLAIMS = ("imu", "joint_states", "tool_pose", "contact_wrench", "gantry")

#: Beyond the last deadline of the stop profile: the gate waits up to a second to see the robot stand, closes its log of
#: stops, and leaves.
_GATE_STOP_S = 4.0
#: Beyond the time that the simulated robot takes to come to rest.
_ROBOT_STOP_S = 2.0


def processes(parts: Parts) -> list[Process]:
    """Every process of the session, in the order of the start."""
    return sorted((p for p in _all(parts) if p is not None), key=lambda process: process.stage)


def _all(parts: Parts) -> Iterator[Process | None]:
    ground = parts.ground
    yield _simulated_ground(parts) if ground.simulated else None
    yield observing.broker(parts) if parts.embedded_broker else None
    yield sensing.force_plates(parts) if ground.force_plates else None
    for station in ground.estop:
        yield sensing.estop(parts, station)
    yield sensing.cameras(parts) if ground.cameras else None
    yield bordering.beyond(parts, _simulated_robot(parts)) if parts.robot.simulated else None
    yield from bordering.processes(parts)
    yield observing.recorder(parts)
    yield observing.telemetry(parts)
    yield observing.dashboard(parts)
    yield observing.ingest(parts) if parts.embedded_broker else None
    yield _gate(parts)
    yield _session(parts)
    if parts.robot.simulated and parts.session.stack == "simulated":
        yield bordering.beyond(parts, _driver(parts))


def _simulated_ground(parts: Parts) -> Process:
    return Process(
        package="port_sim", executable="ground", name="ground", ros=False, stage=STAGE_GROUND, required=True,
        arguments=simulation.ground_arguments(parts),
        critical="no simulated device answers; the session ends",
    )  # fmt: skip


def _simulated_robot(parts: Parts) -> Process:
    """There before the ground's software and after it, as a real one: what becomes of it then counts too."""
    arm = parts.robot.kind == "arm"
    executable, made = ("arm_node", simulation.arm_parameters) if arm else ("robot_node", simulation.robot_parameters)
    return node(
        parts, "port_sim", executable, "robot", STAGE_ROBOT, made(parts),
        "the simulated robot is off", respawn=True, stops_robot=True,
        stop_s=parts.robot.delayed_contact_s + simulation.COMES_TO_REST_S + _ROBOT_STOP_S,
    )  # fmt: skip


def _gate(parts: Parts) -> Process:
    ground, robot, gate = parts.ground, parts.robot, parts.session.gate
    topics = robot.topics
    tree = {
        "tick_hz": gate.tick_hz, "rehearse": gate.rehearse, "site": ground.site, "session": parts.session.session,
        "command_in": topics.command_in, "command_out": topics.command_out, "command_type": topics.command_type,
        "odometry": topics.odometry, "ground_pose": "ground/robot_pose",
        "occupancy": "ground/occupancy", "evidence_path": f"{parts.out}/stops.jsonl",
        "session_key_file": parts.session_key_file, "publishers": _publishers(parts),
        "estops": list(ground.estop), **listing("plates", ground.force_plates),
        **listing("lookouts", sensing.lookouts(parts)),
        "robot": {
            "name": robot.name, "kind": robot.kind, **to_builtins(robot.limits),
            "footprint_radius_m": robot.footprint_radius_m, "ramp_s": robot.stop.ramp_s, **_stages(robot),
        },
        **{name: topic for name in CLAIMS if (topic := getattr(topics, name)) is not None},
        **gate_rules(parts),
    }  # fmt: skip
    return node(
        parts, "port_safety", "gate_node", "gate", STAGE_GATE, tree, "nothing may move; the session ends",
        required=True, stop_s=robot.stop_deadline_s + _GATE_STOP_S, stops_robot=True,
    )  # fmt: skip


def _publishers(parts: Parts) -> list[str]:
    """Who alone may speak on the ground's own topics: "topic node"."""
    ground = parts.ground
    stations = [sensing.station_node(parts, station) for station in ground.estop]
    cameras = ["ground/robot_pose cameras", "ground/occupancy cameras"] if ground.cameras else []
    plates = [f"force_plates/{plate}/samples force_plates" for plate in ground.force_plates]
    own = [f"safety/{topic} gate" for topic in ("enable", "state", "event", "stop_stage")]
    return [
        f"estop/state {' '.join(stations)}", *cameras, *plates, *own, "session/state session",
        *bordering.publishers(parts),
    ]  # fmt: skip


def _stages(robot: Robot) -> dict[str, Any]:
    """The stop profile of a robot beyond ramp_s, and the joints it is stopped by."""
    figures = {key: getattr(robot.stop, key) for key in STOP_KEYS[robot.kind]}
    if robot.joints is not None:
        figures["joints"] = list(robot.joints.names)
        figures["joint_deceleration_radps2"] = robot.joints.deceleration_radps2
        figures["reach_m"] = robot.joints.reach_m
        if robot.joints.acceleration_radps2 is not None:
            figures["joint_acceleration_radps2"] = robot.joints.acceleration_radps2
        if robot.joints.link_reach_m:
            figures["link_reach_m"] = list(robot.joints.link_reach_m)
    if robot.base_pose is not None:
        figures["base_pose"] = list(robot.base_pose)
    return figures


def _session(parts: Parts) -> Process:
    session, ground, trial = parts.session, parts.ground, parts.trial
    tree = {
        "session": session.session, "robot": parts.robot.name, "team": session.team, "ground": ground.name,
        "trial": trial.name, "kind": trial.kind, "site": ground.site, "edge": session.edge,
        "required": parts.required_diagnostics, **_goal(parts),
        "timeout_s": trial.timeout_s, "runs": trial.runs, **_people(session), "out": str(parts.out),
        "mqtt_host": session.mqtt.host, "mqtt_port": session.mqtt.port, **listing("plates", ground.force_plates),
        "estops": list(ground.estop), "cameras": list(ground.cameras), "session_key_file": parts.session_key_file,
        "command_out": parts.robot.topics.command_out,
        "streams": {stream.key: to_builtins(stream) for stream in streams(parts)},
    }  # fmt: skip
    return node(
        parts, "port_session", "session_node", "session", STAGE_SESSION, tree,
        "no run can be begun or ended until it is back, and the robot is stopped", required=True, respawn=True,
        answers_for_robot=True, stop_s=10.0,
    )  # fmt: skip


def _people(session: Session) -> dict[str, Any]:
    """Those that are named."""
    named = {key: name for key, name in to_builtins(session.people).items() if name}
    return {"people": named} if named else {}


def _goal(parts: Parts) -> dict[str, Any]:
    """Of the trial; that of an arm is in its joints."""
    trial, robot = parts.trial, parts.robot
    if trial.goal_m is not None:
        return {"goal_m": list(trial.goal_m), "tolerance_m": trial.tolerance_m}
    assert robot.joints is not None
    return {
        "goal_rad": list(trial.goal_rad), "tolerance_rad": trial.tolerance_rad, "joints": list(robot.joints.names),
        "joint_states": robot.topics.joint_states,
    }  # fmt: skip


def _driver(parts: Parts) -> Process:
    executable, made = "lane_driver_node", simulation.driver_parameters
    if parts.robot.kind == "arm":
        executable, made = "arm_driver_node", simulation.arm_driver_parameters
    return node(
        parts, "port_sim", executable, "driver", STAGE_GATE, made(parts),
        "nobody asks the robot to move", respawn=True,
    )  # fmt: skip
