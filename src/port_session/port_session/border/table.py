"""The table of what crosses a session's border: topic on both sides, type, direction, rate and size. Pure.

What is not in it stays on its side. The gate judges by what comes in; the recorder keeps it. What goes out tells the
team's software what the ground knows of its robot.
"""

from collections.abc import Iterator

from msgspec import Struct

from port_session.border.channels import IN, OUT
from port_session.description.parts import Parts

#: Older than this on its way, s, a command or a claim of the robot is left: the gate would stop for it anyway.
OLD_S = 0.25
#: Bytes of a message of a fixed size and a frame's name, with room; of one that grows with joints.
SMALL, LARGE = 2048, 16384
#: What a message of each type may have at most, where it is not SMALL.
SIZES = {
    "sensor_msgs/msg/JointState": LARGE,
    "trajectory_msgs/msg/JointTrajectory": 262144,
    "std_msgs/msg/Float64MultiArray": LARGE,
    "port_interfaces/msg/SafetyState": 65536,
    "port_interfaces/msg/WrenchBlock": 65536,
    "port_interfaces/msg/ZoneOccupancy": 65536,
}


class Row(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """topic: on the robot's side, ground_topic: in the session's namespace; the rest as in channels.Channel."""

    topic: str
    ground_topic: str
    type: str
    direction: str
    max_hz: float
    max_bytes: int
    latched: bool = False
    old_s: float = 0.0


class Crossing(Row, frozen=True, kw_only=True):
    """A row and what it is to the gate."""

    name: str


def crossings(parts: Parts) -> list[Crossing]:
    """Every row of a session's table, the most urgent first."""
    return list(_rows(parts))


def _rows(parts: Parts) -> Iterator[Crossing]:
    topics = parts.robot.topics
    yield _row(parts, "command_out", topics.command_out, topics.command_type, OUT, 1000.0, old_s=OLD_S)
    yield _row(parts, "stop_stage", "safety/stop_stage", "std_msgs/msg/String", OUT, 50.0, latched=True)
    yield _row(parts, "command_in", topics.command_in, topics.command_type, IN, 500.0, old_s=OLD_S)
    for name, type_name in _claims(parts):
        if (topic := getattr(topics, name)) is not None:
            yield _row(parts, name, topic, type_name, IN, 500.0, old_s=OLD_S)
    yield _row(
        parts, "ground_pose", "ground/robot_pose", "geometry_msgs/msg/PoseWithCovarianceStamped", OUT, 60.0, old_s=OLD_S
    )
    for plate in parts.ground.force_plates:
        topic = f"force_plates/{plate}/wrench"
        yield _row(parts, f"wrench_{plate}", topic, "geometry_msgs/msg/WrenchStamped", OUT, 100.0, old_s=OLD_S)
    yield _row(parts, "occupancy", "ground/occupancy", "port_interfaces/msg/ZoneOccupancy", OUT, 60.0, old_s=OLD_S)
    yield _row(parts, "safety_state", "safety/state", "port_interfaces/msg/SafetyState", OUT, 25.0, latched=True)
    yield _row(parts, "session_state", "session/state", "port_interfaces/msg/SessionState", OUT, 10.0, latched=True)


def _claims(parts: Parts) -> Iterator[tuple[str, str]]:
    """What a robot says of itself, by the name of its topic in the profile."""
    if parts.robot.kind != "arm":
        yield "odometry", "nav_msgs/msg/Odometry"
    yield "joint_states", "sensor_msgs/msg/JointState"
    yield "imu", "sensor_msgs/msg/Imu"
    yield "tool_pose", "geometry_msgs/msg/PoseStamped"
    yield "contact_wrench", "geometry_msgs/msg/WrenchStamped"


def _row(
    parts: Parts, name: str, topic: str, type_name: str, direction: str, max_hz: float, latched: bool = False,
    old_s: float = 0.0,
) -> Crossing:  # fmt: skip
    assert parts.session.network is not None
    return Crossing(
        name=name, topic=there(parts.session.network.namespace, topic), ground_topic=topic, type=type_name,
        direction=direction, max_hz=max_hz, max_bytes=SIZES.get(type_name, SMALL), latched=latched, old_s=old_s,
    )  # fmt: skip


def there(namespace: str, topic: str) -> str:
    """The name of a profile's topic on the robot's side; one that begins with / has it on both."""
    return topic if topic.startswith("/") else f"{namespace.rstrip('/')}/{topic}"
