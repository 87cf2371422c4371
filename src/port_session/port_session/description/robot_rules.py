"""The rules that hold for one robot, in its profile: which, and what each is held to. What they mean: docs/safety.md.

Every rule that is registered may stand there, one of a ground's own package too: its parameters decode its block.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from port_ros.decode import decode
from port_ros.misfit import Misfit, nearest
from port_safety.model.braking_model import BrakingModel
from port_safety.model.joints import Joints as JointModel
from port_safety.model.readings import Pose
from port_safety.model.robot_model import RobotModel
from port_safety.rules.registry import rule_types
from port_safety.rules.rule_type import RuleParameters, RuleType, Site
from port_session.description.part import Part

Bound = Annotated[float, Meta(gt=0.0, le=100_000.0)]
Reach = Annotated[float, Meta(gt=0.0, le=20.0)]


class Joints(Part, frozen=True):
    """The joints of a robot by name. deceleration_radps2: what each reaches in a stop; acceleration_radps2: what it may
    be asked for, by default as much. reach_m: of any point from any joint; link_reach_m: from each joint."""

    names: tuple[Annotated[str, Meta(min_length=1)], ...]
    deceleration_radps2: Bound
    reach_m: Reach
    acceleration_radps2: Bound | None = None
    link_reach_m: tuple[Reach, ...] = ()

    def __post_init__(self) -> None:
        if not self.names or len(set(self.names)) < len(self.names):
            raise Misfit("names", f"expected one or more joints, each once, got {list(self.names)}")
        if self.link_reach_m and len(self.link_reach_m) != len(self.names):
            problem = f"expected {len(self.names)} numbers, one a joint, got {len(self.link_reach_m)}"
            raise Misfit("link_reach_m", problem)


#: Input of a rule → the topic of the profile that brings it, and of which type that is.
TOPICS = {
    "imu": ("imu", "sensor_msgs/msg/Imu"),
    "joints": ("joint_states", "sensor_msgs/msg/JointState"),
    "tool_pose": ("tool_pose", "geometry_msgs/msg/PoseStamped"),
    "contact_wrench": ("contact_wrench", "geometry_msgs/msg/WrenchStamped"),
}


#: Rules that are made of other keys: a second word about them under `rules` would take the first one's place.
MADE_OF = {
    "acceleration": "limits.acceleration_mps2", "speed": "limits.speed_mps, and the ground's zones",
    "keep_in": "the ground's zones", "keep_out": "the ground's zones", "separation": "the ground's people",
}  # fmt: skip


def decoded(blocks: Mapping[str, Any]) -> dict[str, RuleParameters]:
    """The rules of a profile by name, their blocks decoded. Raises Misfit with the path below `rules`."""
    return {name: decode(tree or {}, type_named(name).parameters, name) for name, tree in blocks.items()}


def type_named(name: str) -> RuleType:
    """The type of rule of this name. Raises Misfit for none, and for an old name with the new one."""
    types = rule_types()
    if name in types:
        return types[name]
    for each in types.values():
        if name in each.old_names:
            raise Misfit(name, f"is called {each.name} now; write that")
    raise Misfit(name, f"no rule is called so{nearest(name, types)}")


def check(rules: Mapping[str, RuleParameters], site: Site, topics: Mapping[str, str | None]) -> None:
    """Raises Misfit for a rule that cannot judge this robot, or that looks at what the robot does not say."""
    for name, parameters in rules.items():
        if name in MADE_OF:
            raise Misfit(f"rules.{name}", f"is made of {MADE_OF[name]}; write it there")
        rule_type = type_named(name)
        if refusal := rule_type.refusal(site):
            raise Misfit(f"rules.{name}", refusal)
        for each in rule_type.watches(parameters, site):
            topic, kind = TOPICS.get(each, ("", ""))
            if topic and topics.get(topic) is None:
                raise Misfit(f"topics.{topic}", f"missing: rule {name} looks at it (a topic of type {kind})")
            if each == "joints" and site.robot.joints is None:
                raise Misfit("joints", f"missing: rule {name} holds the robot by its joints")


def judged(names: tuple[str, ...], site: Site) -> list[str]:
    """Of these rules those that can judge the robot of this site."""
    return [name for name in names if not rule_types()[name].refusal(site)]


def site_of(
    name: str, kind: str, joints: Joints | None, by_joints: bool, base: tuple[float, float, float] | None
) -> Site:
    """The site as far as a profile knows it: which rules can judge such a robot."""
    made = None if joints is None else JointModel(joints.names, joints.deceleration_radps2, joints.reach_m)
    pose = Pose(*base) if base else None
    robot = RobotModel(name, kind, 1.0, 1.0, BrakingModel(0.0, 1.0), 1.0, 1.0, joints=made, base=pose)
    return Site(robot, (), (), (), by_joints)
