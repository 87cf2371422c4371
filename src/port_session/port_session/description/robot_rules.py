"""The rules that hold for one robot, in its profile: what each is held to. What they mean is in docs/safety.md."""

from typing import Annotated

from msgspec import Meta

from port_ros.misfit import Misfit
from port_session.description.part import Part

Angle = Annotated[float, Meta(gt=0.0, le=3.15)]
Bound = Annotated[float, Meta(gt=0.0, le=100_000.0)]
Age = Annotated[float, Meta(gt=0.0, le=2.0)]
Readings = Annotated[int, Meta(ge=1, le=31)]
Coordinate = Annotated[float, Meta(ge=-1000.0, le=1000.0)]
Corner3 = tuple[Coordinate, Coordinate, Coordinate]


class Joints(Part, frozen=True):
    """The joints of a robot by name. deceleration_radps2: what each reaches in a stop. reach_m: of any point."""

    names: tuple[Annotated[str, Meta(min_length=1)], ...]
    deceleration_radps2: Bound
    reach_m: Annotated[float, Meta(gt=0.0, le=20.0)]

    def __post_init__(self) -> None:
        if not self.names or len(set(self.names)) < len(self.names):
            raise Misfit("names", f"expected one or more joints, each once, got {list(self.names)}")


class Tilt(Part, frozen=True):
    """How far the body may lean from upright: limit_rad a protective stop, fall_rad an emergency."""

    limit_rad: Angle
    fall_rad: Angle
    stale_s: Age = 0.1


class BodyHeight(Part, frozen=True):
    """Where the body may be above the floor, by the z of the odometry."""

    low_m: Annotated[float, Meta(ge=0.0, le=10.0)]
    high_m: Annotated[float, Meta(gt=0.0, le=10.0)]
    stale_s: Age = 0.3


class JointFlail(Part, frozen=True):
    """What no joint does in so many readings in a row."""

    velocity_radps: Bound
    acceleration_radps2: Bound
    readings: Readings = 5
    stale_s: Age = 0.1


class GroundReaction(Part, frozen=True):
    """What the force plates may feel of a robot of this mass."""

    mass_kg: Annotated[float, Meta(gt=0.0, le=2000.0)]
    peak_bodyweights: Annotated[float, Meta(ge=1.0, le=20.0)] = 6.0
    pull_n: Bound = 50.0
    friction: Annotated[float, Meta(gt=0.0, le=5.0)] = 1.5
    stale_s: Age = 0.5


class JointLimits(Part, frozen=True):
    """A number for each joint, in the order of `joints`."""

    lower_rad: tuple[float, ...]
    upper_rad: tuple[float, ...]
    velocity_radps: tuple[Bound, ...]
    margin_rad: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.02
    stale_s: Age = 0.1


class ToolBox(Part, frozen=True):
    """Two opposite corners of the box for the tool's point, in the frame of its pose."""

    low_m: Corner3
    high_m: Corner3
    deceleration_mps2: Annotated[float, Meta(gt=0.0, le=50.0)]
    stale_s: Age = 0.1


class ContactForce(Part, frozen=True):
    """How hard the arm may push: limit_n in so many readings in a row, blow_n at once (at most twice that)."""

    limit_n: Bound
    blow_n: Bound
    readings: Readings = 10
    stale_s: Age = 0.1


class RobotRules(Part, frozen=True):
    """Which of them hold; None: this one does not."""

    tilt: Tilt | None = None
    body_height: BodyHeight | None = None
    joint_flail: JointFlail | None = None
    ground_reaction: GroundReaction | None = None
    joint_limits: JointLimits | None = None
    tool_box: ToolBox | None = None
    contact_force: ContactForce | None = None

    def in_force(self) -> dict[str, Part]:
        """By name, in this order."""
        named = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: rule for name, rule in named.items() if rule is not None}

    def check(self, joints: Joints | None, topics: dict[str, str | None]) -> None:
        """Raises Misfit for a rule that looks at what this robot does not say."""
        for rule, topic, type_name in LOOKS_AT:
            if getattr(self, rule) is not None and topics.get(topic) is None:
                raise Misfit(f"topics.{topic}", f"missing: rule {rule} looks at it (a topic of type {type_name})")
        for rule in ("joint_flail", "joint_limits"):
            if getattr(self, rule) is not None and joints is None:
                raise Misfit("joints", f"missing: rule {rule} holds the robot by its joints")


#: rule, the topic that it looks at, and of which type that is.
LOOKS_AT = (
    ("tilt", "imu", "sensor_msgs/msg/Imu"),
    ("joint_flail", "joint_states", "sensor_msgs/msg/JointState"),
    ("joint_limits", "joint_states", "sensor_msgs/msg/JointState"),
    ("tool_box", "tool_pose", "geometry_msgs/msg/PoseStamped"),
    ("contact_force", "contact_wrench", "geometry_msgs/msg/WrenchStamped"),
)
