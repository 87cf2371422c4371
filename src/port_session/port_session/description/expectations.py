"""What a session needs of the machine before it starts, and what must flow once it runs. Looks at nothing itself."""

from urllib.parse import urlsplit

from msgspec import Struct

from port_session.description.parts import Parts

#: Shares of the nominal rate below which a stream counts as too slow: a short listening misses some.
_SHARE = 0.7


class Address(Struct, frozen=True, kw_only=True):
    """A TCP address that a process of the session will listen on. key: where it stands in the description."""

    key: str
    host: str
    port: int


class Stream(Struct, frozen=True, kw_only=True):
    """A topic, relative to the namespace, that must flow with at least min_hz (0: only its publisher must be there).

    type: expected message type. remedy: what to look at when it does not.
    """

    topic: str
    type: str
    min_hz: float
    remedy: str


def addresses(parts: Parts) -> tuple[Address, ...]:
    """TCP ports that the session's own processes will listen on."""
    dashboard, mqtt = parts.session.dashboard, parts.session.mqtt
    found = [Address(key="dashboard.port", host=dashboard.host, port=dashboard.port)]
    if parts.embedded_broker:
        found.append(Address(key="mqtt.port", host=mqtt.host, port=mqtt.port))
    if parts.ground.simulated:
        for name, camera in parts.ground.cameras.items():
            url = urlsplit(camera.address)
            if url.scheme == "http" and url.hostname and url.port:
                found.append(Address(key=f"cameras.{name}.address", host=url.hostname, port=url.port))
    return tuple(found)


def _own_motion(parts: Parts) -> Stream:
    """What a robot says of its own motion: an arm by its joints, all others by their odometry."""
    topics = parts.robot.topics
    if parts.robot.kind == "arm" and topics.joint_states is not None:
        return Stream(topic=topics.joint_states, type="sensor_msgs/msg/JointState", min_hz=10.0,
                      remedy="start the arm's joint_state_broadcaster and remap it to this topic")  # fmt: skip
    return Stream(topic=topics.odometry, type="nav_msgs/msg/Odometry", min_hz=10.0,
                  remedy="start the robot's odometry and remap it to this topic")  # fmt: skip


def _ground_pose(parts: Parts) -> Stream:
    """Where the ground sees the robot; without a camera of its own, whatever else tells it there."""
    cameras = parts.ground.cameras.values()
    slowest_hz = min((camera.rate_hz for camera in cameras), default=1.0 / parts.session.gate.fresh.ground_pose_s)
    remedy = "stick the ground's marker on the robot where a camera sees it"
    return Stream(topic="ground/robot_pose", type="geometry_msgs/msg/PoseWithCovarianceStamped",
                  min_hz=slowest_hz * _SHARE,
                  remedy=remedy if cameras else "start what tracks the robot: this ground has no camera")  # fmt: skip


def streams(parts: Parts) -> tuple[Stream, ...]:
    """Topics that must flow before a robot can be admitted."""
    topics, ground = parts.robot.topics, parts.ground
    found = [
        Stream(topic="estop/state", type="port_interfaces/msg/EstopState", min_hz=50 * _SHARE,
               remedy="see `estop` in this table and its cable"),
        Stream(topic="safety/state", type="port_interfaces/msg/SafetyState", min_hz=20 * _SHARE,
               remedy="see log/gate.log"),
        _own_motion(parts),
        Stream(topic=topics.command_in, type=topics.command_type, min_hz=0.0,
               remedy="remap the robot's own stack from its command topic to this one"),
    ]  # fmt: skip
    if ground.cameras or parts.robot.kind != "arm":
        found.append(_ground_pose(parts))
    for name, plate in ground.force_plates.items():
        blocks_hz = plate.rate_hz / plate.block_samples
        found.append(
            Stream(topic=f"force_plates/{name}/samples", type="port_interfaces/msg/WrenchBlock",
                   min_hz=blocks_hz * _SHARE, remedy="see log/force_plates.log")
        )  # fmt: skip
    return tuple(found)
