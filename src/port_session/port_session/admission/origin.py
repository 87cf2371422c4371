"""Where a parameter of a node was written by people: in which file of the description, under which key. Pure."""

from collections.abc import Iterator

from port_session.description.process import Process
from port_session.description.resolve import Resolved
from port_session.description.rules import EVERYWHERE

#: A parameter's path and the path of its source in the file that is named; `*` stands for any one name, and what
#: follows a path is the same on both sides.
Row = tuple[str, str, str]

_ZONES: tuple[Row, ...] = (("zone_polygons.*", "ground", "zones.*.polygon_m"), ("zones", "ground", "zones"))
_TABLES: dict[str, tuple[Row, ...]] = {
    "ground": (("", "ground", ""),),
    "force_plate_node": (("plates", "ground", "force_plates"), ("", "ground", "force_plates")),
    "camera_node": (
        *((f"marker.{key}", "robot", f"marker_{key}") for key in ("height_m", "height_sigma_m", "sinks_m")),
        ("marker", "ground", "robot_marker"), ("floor_tags.ids", "ground", "floor_tags.places"),
        ("floor_tags", "ground", "floor_tags"), ("robot_radius_m", "robot", "footprint_radius_m"), *_ZONES,
        ("cameras", "ground", "cameras"), ("", "ground", "cameras"),
    ),
    "robot_node": (
        ("start_pose", "trial", "start_pose"), ("command", "robot", "topics.command_out"),
        ("odometry", "robot", "topics.odometry"), ("kind", "robot", "kind"), ("", "robot", "limits"),
    ),
    "lane_driver_node": (
        ("goal_m", "trial", "goal_m"), ("command", "robot", "topics.command_in"),
        ("odometry", "robot", "topics.odometry"), ("get_up_s", "robot", "stop.settle_s"), ("", "robot", "limits"),
    ),
    "arm_node": (
        ("start_rad", "trial", "start_rad"), ("command", "robot", "topics.command_out"),
        ("joint_states", "robot", "topics.joint_states"), ("base_pose", "robot", "base_pose"),
        ("latency_s", "robot", "limits.latency_s"), ("joints", "robot", "joints.names"), ("", "robot", "joints"),
    ),
    "arm_driver_node": (
        ("goal_rad", "trial", "goal_rad"), ("command", "robot", "topics.command_in"),
        ("joint_states", "robot", "topics.joint_states"), ("speed_mps", "robot", "limits.speed_mps"),
        ("joints", "robot", "joints.names"), ("", "robot", "joints"),
    ),
    "telemetry_node": (
        ("site", "ground", "site"), *((key, "session", key) for key in ("edge", "session", "team")),
        ("plates", "ground", "force_plates"), ("", "session", "mqtt"),
    ),
    "dashboard_node": (
        *_ZONES, ("zone_kinds", "ground", "zones"), ("robot_radius_m", "robot", "footprint_radius_m"),
        ("session", "session", "session"), ("", "session", "dashboard"),
    ),
    "session_node": (
        *((key, "trial", key) for key in ("goal_m", "tolerance_m", "goal_rad", "tolerance_rad", "timeout_s", "kind")),
        ("runs", "trial", "runs"),
        ("joints", "robot", "joints.names"), ("joint_states", "robot", "topics.joint_states"),
        ("mqtt_host", "session", "mqtt.host"), ("mqtt_port", "session", "mqtt.port"),
        ("command_out", "robot", "topics.command_out"), ("site", "ground", "site"), ("", "session", ""),
    ),
    "recorder_node": (
        *((f"keys.{name}", "session", f"recording.seal.{name}_key") for name in ("ground", "team")),
        ("", "session", "session"),
    ),
}  # fmt: skip

_GATE: tuple[Row, ...] = (
    *((f"robot.{key}", "robot", f"stop.{key}") for key in ("ramp_s", "settle_s", "damp_s", "settled_height_m")),
    *((f"robot.{key}", "robot", key) for key in ("name", "kind", "footprint_radius_m")),
    ("robot.joints", "robot", "joints.names"), ("robot.reach_m", "robot", "joints.reach_m"),
    *((f"robot.joint_{key}", "robot", f"joints.{key}") for key in ("deceleration_radps2", "acceleration_radps2")),
    ("robot.link_reach_m", "robot", "joints.link_reach_m"), ("robot.base_pose", "robot", "base_pose"),
    ("robot", "robot", "limits"),
    ("speed_robot.limit_mps", "robot", "limits.speed_mps"), ("acceleration", "robot", "limits"),
    ("separation.zones_m.*", "ground", "zones.*.polygon_m"), ("separation.guarded_m", "ground", "people.guarded"),
    ("separation.measured_stop_mps", "robot", "stop.measured_stop_mps"),
    ("separation.measured_stop_m", "robot", "stop.measured_stop_m"), ("separation", "ground", "people"),
    *((key, "session", f"gate.{key}") for key in ("tick_hz", "rehearse")), ("session", "session", "session"),
    ("site", "ground", "site"),
    ("estops", "ground", "estop"), ("plates", "ground", "force_plates"), ("lookouts", "ground", "cameras"),
    *((name, "session", f"gate.{name}") for name in ("input_timeout", *EVERYWHERE)), ("rules", "ground", "zones"),
)  # fmt: skip


def origin(resolved: Resolved, process: Process, key: str) -> tuple[str, str]:
    """The file, and the key in it, from which parameter `key` of `process` comes."""
    for pattern, file, target in _rows(resolved, process):
        if (found := _matched(key, pattern, target)) is not None:
            return resolved.files[file], found
    return resolved.files["session"], ""


def _rows(resolved: Resolved, process: Process) -> Iterator[Row]:
    if process.executable == "estop_node":
        yield "", "ground", f"estop.{process.parameters['device_id']}"
    elif process.executable == "gate_node":
        yield from ((name, "ground", f"zones.{name}") for name in resolved.description["ground"]["zones"])
        yield from ((name, "robot", f"rules.{name}") for name in resolved.description["robot"]["rules"])
        yield from _GATE
        yield "", "robot", "topics"
    else:
        yield from _TABLES.get(process.executable, ())


def _matched(key: str, pattern: str, target: str) -> str | None:
    """`key` as it is called in the file; None if it does not begin with `pattern`."""
    rest, name = key, ""
    for word in pattern.split(".") if pattern else ():
        head, dot, tail = rest.partition(".")
        bare, bracket, index = head.partition("[")
        if not bare or word not in ("*", bare):
            return None
        name = bare if word == "*" else name
        rest = f"{bracket}{index}{dot}{tail}" if bracket else tail
    joint = "." if target and rest and not rest.startswith("[") else ""
    return f"{target.replace('*', name)}{joint}{rest}"
