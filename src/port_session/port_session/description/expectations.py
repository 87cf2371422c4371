"""What a session needs of the machine before it starts, and what must flow once it runs. Looks at nothing itself."""

import contextlib

from msgspec import Struct, structs

from port_ros.network_address import AddressError, parse_url
from port_session.description.ground import ForcePlate
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

    name: what the gate calls it; by it the QoS is known that it is listened to with (port_ros/qos.py). type: expected
    message type. remedy: what to look at when it does not flow. publishers: how many may publish it at most.
    behind_s, ahead_s: how far its stamps may lie off this machine's clock; 0: they are not looked at.
    """

    name: str
    topic: str
    type: str
    min_hz: float
    remedy: str
    publishers: int = 1
    behind_s: float = 0.0
    ahead_s: float = 0.0

    @property
    def for_gate(self) -> bool:
        """Whether the gate listens to it."""
        return self.name != "safety_state"

    @property
    def key(self) -> str:
        """The name as part of a ROS parameter's."""
        return self.name.replace(" ", "_")


def addresses(parts: Parts) -> tuple[Address, ...]:
    """TCP ports that the session's own processes will listen on."""
    dashboard, mqtt = parts.session.dashboard, parts.session.mqtt
    found = [Address(key="dashboard.port", host=dashboard.host, port=dashboard.port)]
    if (network := parts.session.network) is not None and network.way == "link":
        found.append(Address(key="network.listen", host=network.listen_host, port=network.listen_port))
    if parts.embedded_broker:
        found.append(Address(key="mqtt.port", host=mqtt.host, port=mqtt.port))
    if parts.ground.simulated:
        for name, camera in parts.ground.cameras.items():
            with contextlib.suppress(AddressError):  # no network camera's, or one that its driver refuses by name
                url = parse_url(camera.address, {"http": 80})
                found.append(Address(key=f"cameras.{name}.address", host=url.host, port=url.port))
    return tuple(found)


def _own_motion(parts: Parts) -> Stream:
    """What a robot says of its own motion: an arm by its joints, all others by their odometry."""
    topics = parts.robot.topics
    if parts.robot.kind == "arm" and topics.joint_states is not None:
        return Stream(name="joints", topic=topics.joint_states, type="sensor_msgs/msg/JointState", min_hz=10.0,
                      remedy="start the arm's joint_state_broadcaster and remap it to this topic")  # fmt: skip
    return Stream(name="odometry", topic=topics.odometry, type="nav_msgs/msg/Odometry", min_hz=10.0,
                  remedy="start the robot's odometry and remap it to this topic")  # fmt: skip


def _watched(parts: Parts, timeout_s: float, stream: Stream) -> Stream:
    """`stream` with how far its stamps may lie off: as far as the gate lets them."""
    clock = parts.session.gate.clock
    return structs.replace(stream, behind_s=min(timeout_s, clock.behind_s), ahead_s=clock.ahead_s)


def _ground_pose(parts: Parts) -> Stream:
    """Where the ground sees the robot; without a camera of its own, whatever else tells it there."""
    cameras, timeout_s = parts.ground.cameras.values(), parts.session.gate.input_timeout.ground_pose_s
    slowest_hz = min((camera.rate_hz for camera in cameras), default=1.0 / timeout_s)
    remedy = "stick the ground's marker on the robot where a camera sees it"
    pose = Stream(
        name="ground_pose", topic="ground/robot_pose", type="geometry_msgs/msg/PoseWithCovarianceStamped",
        min_hz=slowest_hz * _SHARE,
        remedy=remedy if cameras else "start what tracks the robot: this ground has no camera",
    )  # fmt: skip
    return _watched(parts, timeout_s, pose)


def streams(parts: Parts) -> tuple[Stream, ...]:
    """Topics that must flow before a robot can be admitted."""
    topics, ground, timeout = parts.robot.topics, parts.ground, parts.session.gate.input_timeout
    estop = Stream(
        name="estop", topic="estop/state", type="port_interfaces/msg/EstopState", min_hz=50 * _SHARE,
        remedy="see `estop` in this table and its cable", publishers=len(ground.estop),
    )  # fmt: skip
    return (
        _watched(parts, timeout.estop_s, estop),
        Stream(name="safety_state", topic="safety/state", type="port_interfaces/msg/SafetyState", min_hz=20 * _SHARE,
               remedy="see log/gate.log"),
        _watched(parts, timeout.odometry_s, _own_motion(parts)),
        Stream(name="command", topic=topics.command_in, type=topics.command_type, min_hz=0.0,
               remedy="remap the robot's own stack from its command topic to this one"),
        *((_ground_pose(parts),) if ground.cameras or parts.robot.kind != "arm" else ()),
        *(_watched(parts, timeout.force_plate_s, _plate(name, plate)) for name, plate in ground.force_plates.items()),
    )  # fmt: skip


def _plate(name: str, plate: ForcePlate) -> Stream:
    return Stream(
        name=f"force_plate {name}", topic=f"force_plates/{name}/samples", type="port_interfaces/msg/WrenchBlock",
        min_hz=plate.rate_hz / plate.block_samples * _SHARE, remedy="see log/force_plates.log",
    )  # fmt: skip
