"""The processes of a session, each with everything it is given. One small function a process; starts nothing.

Parameters are what the node's `--params-file` holds. An empty list has no type in a ROS parameter file, so a node is
not given one: what is absent is empty.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct, to_builtins

from port_session.description import simulation
from port_session.description.ground import Camera, ForcePlate
from port_session.description.mqtt import Sparkplug
from port_session.description.parts import Parts
from port_session.description.robot import STOP_KEYS, Robot
from port_session.description.rules import flat, gate_rules, watched

#: Start order; the stop goes backwards, so that what observes is there until what it observes has ended.
STAGE_GROUND, STAGE_FACILITY, STAGE_SINKS, STAGE_SENSORS, STAGE_GATE, STAGE_SESSION = range(6)

#: Topics on which a robot says what its rules look at.
CLAIMS = ("imu", "joint_states", "tool_pose", "contact_wrench", "gantry")

#: Beyond the last deadline of the stop profile: the gate waits up to a second to see the robot stand, and then leaves.
_GATE_STOP_S = 1.3


class Process(Struct, frozen=True, kw_only=True):
    """One process of a session.

    ros: a node, given `parameters` and `remappings` by --ros-args; otherwise a plain program, given `arguments`.
    respawn: started again after respawn_delay_s when it ends, max_respawns times at most; never after exit code 2.
    required: its end ends the session with its exit code. stage: start order, stopped in reverse. stop_s: how long it
    may take from SIGINT to its end. stops_robot: it brings the robot to stand meanwhile, so stop_s is never cut short.
    critical: what is missing while it is down, for people.
    """

    package: str
    executable: str
    name: str
    critical: str
    stage: int
    namespace: str = ""
    ros: bool = True
    parameters: dict[str, Any] = {}
    remappings: tuple[tuple[str, str], ...] = ()
    arguments: tuple[str, ...] = ()
    respawn: bool = False
    respawn_delay_s: float = 1.0
    max_respawns: int = 5
    required: bool = False
    stop_s: float = 0.5
    stops_robot: bool = False


def processes(parts: Parts) -> list[Process]:
    """Every process of the session, in the order of the start."""
    return sorted((p for p in _all(parts) if p is not None), key=lambda process: process.stage)


def _all(parts: Parts) -> Iterator[Process | None]:
    ground = parts.ground
    yield _simulated_ground(parts) if ground.simulated else None
    yield _broker(parts) if parts.embedded_broker else None
    yield _force_plates(parts) if ground.force_plates else None
    for station in ground.estop:
        yield _estop(parts, station)
    yield _cameras(parts)
    yield _simulated_robot(parts) if parts.robot.simulated else None
    yield _recorder(parts)
    yield _telemetry(parts)
    yield _dashboard(parts)
    yield _ingest(parts) if parts.embedded_broker else None
    yield _gate(parts)
    yield _session(parts)
    yield _driver(parts) if parts.robot.simulated else None


def _simulated_ground(parts: Parts) -> Process:
    return Process(
        package="port_sim", executable="ground", name="ground", ros=False, stage=STAGE_GROUND, required=True,
        arguments=simulation.ground_arguments(parts),
        critical="no simulated device answers; the session ends",
    )  # fmt: skip


def _broker(parts: Parts) -> Process:
    mqtt = parts.session.mqtt
    return Process(
        package="port_telemetry", executable="broker", name="broker", ros=False, stage=STAGE_GROUND, respawn=True,
        arguments=("--config-dir", f"{parts.run}/broker", "--port", str(mqtt.port), "--host", mqtt.host),
        critical="telemetry waits on the edge; nothing else changes",
    )  # fmt: skip


def _force_plates(parts: Parts) -> Process:
    plates = parts.ground.force_plates
    blocks = {name: _plate_block(plate) for name, plate in plates.items()}
    return _node(
        parts, "port_sensors", "force_plate_node", "force_plates", STAGE_SENSORS,
        {"plates": list(plates), **blocks, "account_path": account(parts, "force_plates")},
        "no forces are measured; the gate stops the robot",
        respawn=True, stop_s=0.8,
    )  # fmt: skip


def _plate_block(plate: ForcePlate) -> dict[str, Any]:
    """A plate's parameters; an empty list has no type in ROS and is left out."""
    given = {**to_builtins(plate), "corners_m": flat(plate.corners_m)}
    lists = {key: list(value) if isinstance(value, tuple) else value for key, value in given.items()}
    return {key: value for key, value in lists.items() if value != []}


def _estop(parts: Parts, station: str) -> Process:
    stations = parts.ground.estop
    return _node(
        parts, "port_sensors", "estop_node", "estop" if len(stations) == 1 else f"estop_{station}", STAGE_SENSORS,
        {"device_id": station, **to_builtins(stations[station]), "account_path": account(parts, f"estop_{station}")},
        "the e-stop cannot be read and its relay opens; the robot is stopped", respawn=True,
    )  # fmt: skip


def _cameras(parts: Parts) -> Process:
    ground, robot = parts.ground, parts.robot
    zones = watched(parts)
    tree: dict[str, Any] = {"cameras": list(ground.cameras), "robot_radius_m": robot.footprint_radius_m}
    tree |= {name: _camera(camera) for name, camera in ground.cameras.items()}
    tree["account_path"] = account(parts, "cameras")
    tree["marker"] = {**to_builtins(ground.robot_marker), "height_m": robot.marker_height_m}
    if robot.marker_sinks_m:
        tree["marker"]["sinks_m"] = robot.marker_sinks_m
    if tags := ground.floor_tags:
        tree["floor_tags"] = {
            "dictionary": tags.dictionary, "size_m": tags.size_m, "ids": [place[0] for place in tags.places],
            "places": [number for _, *place in tags.places for number in place],
        }  # fmt: skip
    if zones:
        tree["zones"] = list(zones)
        tree["zone_polygons"] = {name: flat(zone.polygon_m) for name, zone in zones.items()}
    return _node(
        parts, "port_sensors", "camera_node", "cameras", STAGE_SENSORS, tree,
        "the robot is not seen from outside; the gate stops it", respawn=True,
    )  # fmt: skip


def _camera(camera: Camera) -> dict[str, Any]:
    block = {**to_builtins(camera), "pose": list(camera.pose)}
    del block["watches_people"]  # the gate's business
    return block


def lookouts(parts: Parts) -> dict[str, Camera]:
    """The cameras whose word on who is there the gate waits for."""
    return {name: each for name, each in parts.ground.cameras.items() if each.watches_people and watched(parts)}


def _simulated_robot(parts: Parts) -> Process:
    """There before the ground's software and after it, as a real one: what becomes of it then counts too."""
    return _node(
        parts, "port_sim", "robot_node", "robot", STAGE_GROUND, simulation.robot_parameters(parts),
        "the simulated robot is off", respawn=True,
    )  # fmt: skip


def _recorder(parts: Parts) -> Process:
    tree = {"path": f"{parts.out}/session.mcap", "topics": recorded_topics(parts)}
    return _node(
        parts, "port_session", "recorder_node", "recorder", STAGE_SINKS, tree,
        "nothing is recorded; motion is not affected", respawn=True, stop_s=1.0,
    )  # fmt: skip


def _telemetry(parts: Parts) -> Process:
    session, mqtt = parts.session, parts.session.mqtt
    tree = {
        "site": parts.ground.site, "edge": session.edge, "session": session.session, "team": session.team,
        "host": mqtt.host, "port": mqtt.port, "user": parts.mqtt_user, "password_file": parts.mqtt_password_file,
        "spool": f"{parts.out}/spool", "facility_key_file": parts.facility_key_file,
        "signing_key_file": parts.signing_key_file,
        "team_key_file": mqtt.team_key_file, "ca_file": mqtt.ca_file, "cert_file": mqtt.cert_file,
        "client_key_file": mqtt.client_key_file,
        **{key: list(names) for key, names in (("others", mqtt.others), ("sealed", mqtt.sealed)) if names},
        **({"topics": to_builtins(mqtt.topics)} if mqtt.topics else {}),
        **({"sparkplug": _sparkplug(parts.ground.site, mqtt.sparkplug)} if mqtt.sparkplug else {}),
        **listing("plates", parts.ground.force_plates), "summary_path": account(parts, "telemetry"),
    }  # fmt: skip
    return _node(
        parts, "port_telemetry", "telemetry_node", "telemetry", STAGE_SINKS, tree,
        "the facility sees nothing; motion is not affected", respawn=True,
    )  # fmt: skip


def _sparkplug(site: str, chosen: Sparkplug) -> dict[str, str]:
    return {"group": chosen.group or site, "primary_host": chosen.primary_host}


def _dashboard(parts: Parts) -> Process:
    dashboard = parts.session.dashboard
    zones = parts.ground.zones
    tree = {
        "host": dashboard.host, "port": dashboard.port, "session": parts.session.session,
        "zones": list(zones), "zone_kinds": {name: zone.kind for name, zone in zones.items()},
        "zone_polygons": {name: flat(zone.polygon_m) for name, zone in zones.items()},
        "robot_radius_m": parts.robot.footprint_radius_m, "expect": parts.required_diagnostics,
    }  # fmt: skip
    return _node(
        parts, "port_dashboard", "dashboard_node", "dashboard", STAGE_SINKS, tree,
        "the officers' page is dark; motion is not affected", respawn=True,
    )  # fmt: skip


def _ingest(parts: Parts) -> Process:
    mqtt = parts.session.mqtt
    return Process(
        package="port_telemetry", executable="ingest", name="ingest", ros=False, stage=STAGE_FACILITY, respawn=True,
        arguments=("--host", mqtt.host, "--port", str(mqtt.port), "--user", "facility",
                   "--password-file", f"{parts.run}/broker/facility.password",
                   "--key", f"{parts.run}/broker/facility.key", "--edge-keys", parts.edge_keys,
                   "--store", f"{parts.out}/facility.sqlite", "--out", f"{parts.out}/ingest.json"),
        critical="the facility stores nothing, telemetry waits on the edge; motion is not affected",
    )  # fmt: skip


def _gate(parts: Parts) -> Process:
    ground, robot, gate = parts.ground, parts.robot, parts.session.gate
    topics = robot.topics
    tree = {
        "tick_hz": gate.tick_hz, "site": ground.site, "session": parts.session.session,
        "command_in": topics.command_in, "command_out": topics.command_out, "command_type": topics.command_type,
        "odometry": topics.odometry, "ground_pose": "ground/robot_pose",
        "occupancy": "ground/occupancy", "evidence_path": f"{parts.out}/stops.jsonl",
        "estops": list(ground.estop), **listing("plates", ground.force_plates),
        **listing("lookouts", lookouts(parts)),
        "robot": {
            "name": robot.name, "kind": robot.kind, **to_builtins(robot.limits),
            "footprint_radius_m": robot.footprint_radius_m, "ramp_s": robot.stop.ramp_s, **_stages(robot),
        },
        **{name: topic for name in CLAIMS if (topic := getattr(topics, name)) is not None},
        **gate_rules(parts),
    }  # fmt: skip
    return _node(
        parts, "port_safety", "gate_node", "gate", STAGE_GATE, tree, "nothing may move; the session ends",
        required=True, stop_s=robot.stop_deadline_s + _GATE_STOP_S, stops_robot=True,
    )  # fmt: skip


def _stages(robot: Robot) -> dict[str, Any]:
    """The stop profile of a robot beyond ramp_s, and the joints it is stopped by."""
    figures = {key: getattr(robot.stop, key) for key in STOP_KEYS[robot.kind]}
    if robot.joints is not None:
        figures["joints"] = list(robot.joints.names)
        figures["joint_deceleration_radps2"] = robot.joints.deceleration_radps2
        figures["reach_m"] = robot.joints.reach_m
    return figures


def _session(parts: Parts) -> Process:
    session, ground, trial = parts.session, parts.ground, parts.trial
    tree = {
        "session": session.session, "robot": parts.robot.name, "team": session.team, "ground": ground.name,
        "trial": trial.name, "kind": trial.kind, "site": ground.site, "edge": session.edge,
        "required": parts.required_diagnostics, "goal_m": list(trial.goal_m), "tolerance_m": trial.tolerance_m,
        "timeout_s": trial.timeout_s, "out": str(parts.out), "mqtt_host": session.mqtt.host,
        "mqtt_port": session.mqtt.port, **listing("plates", ground.force_plates), "estops": list(ground.estop),
        "cameras": list(ground.cameras), "odometry": parts.robot.topics.odometry,
    }  # fmt: skip
    return _node(
        parts, "port_session", "session_node", "session", STAGE_SESSION, tree,
        "no run can be begun or ended; the session ends", required=True, stop_s=1.2,
    )  # fmt: skip


def _driver(parts: Parts) -> Process:
    return _node(
        parts, "port_sim", "lane_driver_node", "driver", STAGE_SESSION, simulation.driver_parameters(parts),
        "nobody asks the robot to move", respawn=True, stop_s=1.0,
    )  # fmt: skip


def _node(
    parts: Parts, package: str, executable: str, name: str, stage: int, tree: dict[str, Any], critical: str, **how: Any
) -> Process:
    return Process(
        package=package, executable=executable, name=name, stage=stage, namespace=parts.namespace, parameters=tree,
        critical=critical, **how,
    )  # fmt: skip


def recorded_topics(parts: Parts) -> list[str]:
    """What the recorder keeps, relative to the session's namespace."""
    topics = parts.robot.topics
    names = ["estop/state", "safety/state", "safety/event", "session/state", "session/event"]
    names += [f"force_plates/{plate}/samples" for plate in parts.ground.force_plates]
    for camera in parts.ground.cameras:
        names.append(f"cameras/{camera}/markers")
    names += ["ground/robot_pose", "ground/occupancy"]
    names.append((parts.robot.kind == "arm" and topics.joint_states) or topics.odometry)
    return [*names, topics.command_in, topics.command_out, "/diagnostics"]


def account(parts: Parts, name: str) -> str:
    """Where a process leaves its counts at its end."""
    return f"{parts.out}/devices/{name}.json"


def listing(key: str, names: dict[str, Any]) -> dict[str, list[str]]:
    """{key: names}, or nothing if there is none."""
    return {key: list(names)} if names else {}
