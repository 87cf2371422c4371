"""The kinds of values in a description. Units are in the names of the keys: m, s, m/s, rad/s, Hz, N."""

from typing import Annotated, Literal

from msgspec import Meta

from port_safety.rules.registry import rule_types

# Said in messages instead of the pattern.
_NAME = "a name of at most 64 small letters, digits and _, a letter first"
_LABEL = "a name of letters, digits, _ and -"
_TOPIC = "the name of a ROS topic: letters, digits, _ and /, each part beginning with a letter"
_HOST = "the name or number of a host, without scheme, path or port"
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,63}\Z", description=_NAME)]
Label = Annotated[str, Meta(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_-]*\Z", description=_LABEL)]
Topic = Annotated[str, Meta(pattern=r"^/?[a-zA-Z][a-zA-Z0-9_]*(/[a-zA-Z][a-zA-Z0-9_]*)*\Z", description=_TOPIC)]
Host = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:%-]+\Z", description=_HOST)]
Dictionary = Annotated[
    str, Meta(pattern=r"^DICT_[A-Z0-9_]+\Z", description="a dictionary of OpenCV's, like DICT_4X4_50")
]
PersonName = Annotated[
    str, Meta(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*\Z", description="a name of at most 80 letters, in one line")
]
ShortText = Annotated[
    str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*\Z", description="at most 200 letters, in one line")
]
Text = Annotated[str, Meta(min_length=1)]
Date = Annotated[str, Meta(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?\Z", description="a day like 2026-11-30")]
TcpPort = Annotated[int, Meta(ge=1, le=65535)]
Seconds = Annotated[float, Meta(gt=0.0, le=60.0)]
# Wide enough for every robot, narrow enough to catch mm, km/h or ms taken for m, m/s or s.
Speed = Annotated[float, Meta(gt=0.0, le=20.0)]
SpeedOrZero = Annotated[float, Meta(ge=0.0, le=20.0)]
Metres = Annotated[float, Meta(ge=-10_000.0, le=10_000.0)]
Corner = tuple[Metres, Metres]
Corner3 = tuple[Metres, Metres, Metres]
Polygon = tuple[Corner, ...]
Rate = Annotated[float, Meta(gt=0.0, le=20_000.0)]

Kind = Literal["test", "certification", "competition", "capture"]

#: Names that stand beside the names of zones and devices among a node's parameters.
_RESERVED = frozenset({
    "cameras", "command_in", "command_out", "command_type", "contact_wrench", "estop", "estops", "evidence_path",
    "floor_tags", "gantry", "ground_pose", "imu", "joint_states", "lookouts", "marker", "occupancy", "odometry",
    "plates", "rehearse", "robot", "robot_radius_m", "rules", "session", "site", "speed_robot", "tick_hz", "tool_pose",
    "use_sim_time", "zone_polygons", "zones",
})  # fmt: skip


def reserved() -> frozenset[str]:
    """Names that no zone and no device may have: those of a node's own parameters, and of rules."""
    return _RESERVED | frozenset(rule_types())
