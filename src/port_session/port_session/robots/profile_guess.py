"""A profile out of what was seen in a robot's domain: its kind, its topics, its joints; the rest is left blank. Pure.

What cannot be seen is never made up: no limit, no latency, no size is written here.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from port_session.robots.domain_look import DomainLook, TopicLook
from port_session.robots.profile_draft import Entry, blanks

ODOMETRY, JOINT_STATES, IMU = "nav_msgs/msg/Odometry", "sensor_msgs/msg/JointState", "sensor_msgs/msg/Imu"
TWISTS = ("geometry_msgs/msg/Twist", "geometry_msgs/msg/TwistStamped")
JOINT_COMMANDS = ("trajectory_msgs/msg/JointTrajectory", "std_msgs/msg/Float64MultiArray")

#: How robots call what they listen to, the likeliest first: by the last part of the topic's name.
_COMMAND_NAMES = ("cmd_vel", "joint_trajectory", "commands")
_ODOMETRY_NAMES = ("odom", "odometry")
_GRIPPER = re.compile(r"gripper|finger|knuckle", re.IGNORECASE)
_LEG = re.compile(r"hip|thigh|calf|knee|ankle|(^|_)(fl|fr|rl|rr|hl|hr)_", re.IGNORECASE)
_UPPER_BODY = re.compile(r"waist|torso|shoulder|elbow|wrist|neck|pelvis", re.IGNORECASE)
#: From this height over the floor on the odometry is that of a body on legs, and of one on two, m.
_BODY_M, _PELVIS_M = 0.15, 0.6


class NoRobot(ValueError):
    """Nothing in the domain that could be commanded. Its text says what was looked for."""


@dataclass(frozen=True)
class Kind:
    """name: as in a profile. why: what it was concluded from; likely: a guess that somebody must confirm."""

    name: str
    why: str
    likely: bool = False


@dataclass(frozen=True)
class Found:
    """The topics of a robot: where it is commanded, and of which type; what it says of itself."""

    kind: Kind
    command: TopicLook
    command_type: str
    odometry: TopicLook | None
    joint_states: TopicLook | None
    imu: TopicLook | None
    others: tuple[str, ...] = ()


def found(look: DomainLook) -> Found:
    """The robot in this domain. Raises NoRobot."""
    odometry, joints = _best(look.publishing(ODOMETRY), _ODOMETRY_NAMES), _best(look.publishing(JOINT_STATES), ())
    own = {end.node for topic in (odometry, joints) if topic for end in topic.publishers}
    drives, reaches = (_commands(look, kinds, own) for kinds in (TWISTS, JOINT_COMMANDS))
    arm = not drives and joints is not None and bool(reaches)
    commands = reaches if arm else drives
    if not commands:
        raise NoRobot(_nothing_to_command(look, reaches))
    command, kinds = commands[0], JOINT_COMMANDS if arm else TWISTS
    imu = _best(look.publishing(IMU), ("imu",))
    kind = Kind("arm", "it is commanded by its joints, and has no odometry") if arm else _kind(odometry, joints, imu)
    kinds_heard = [end.type for end in command.subscribers if end.type in kinds]
    others = (*(each.name for each in commands[1:]), *(() if arm else (each.name for each in reaches)))
    return Found(kind, command, min(kinds_heard, key=kinds.index), odometry, joints, imu, others)


def _nothing_to_command(look: DomainLook, reaches: Sequence[TopicLook]) -> str:
    if reaches:
        return f"{reaches[0].name} takes joint commands, but nobody publishes {JOINT_STATES}; start that too"
    heard = ", ".join(topic.name for topic in look.topics[:8]) or "none"
    return (
        f"nobody listens to {' or '.join((*TWISTS, *JOINT_COMMANDS))}, so nothing here could be commanded; start the "
        f"robot's base driver or controller, or the bridge that takes such a topic (topics seen: {heard})"
    )


def _commands(look: DomainLook, kinds: Sequence[str], own: set[str]) -> list[TopicLook]:
    """Topics that somebody takes commands from, the likeliest first: one that the robot's own driver listens to."""

    def unlikely(topic: TopicLook) -> tuple[bool, int, int, str]:
        driver = any(end.node in own for end in topic.subscribers)
        return (not driver, _rank(topic.name, _COMMAND_NAMES), topic.name.count("/"), topic.name)

    taken = (topic for topic in look.listening(*kinds) if not topic.name.endswith("_request"))
    return sorted(taken, key=unlikely)


def _rank(name: str, known: Sequence[str]) -> int:
    last = name.rpartition("/")[2]
    return known.index(last) if last in known else len(known)


def _best(topics: Sequence[TopicLook], known: Sequence[str]) -> TopicLook | None:
    """The one that is called as such topics are; of several the one nearest to the root."""
    ordered = sorted(topics, key=lambda topic: (_rank(topic.name, known), topic.name.count("/"), topic.name))
    return ordered[0] if ordered else None


def _kind(odometry: TopicLook | None, joints: TopicLook | None, imu: TopicLook | None) -> Kind:
    names = joints.joints.names if joints and joints.joints else ()
    legs = [name for name in names if _LEG.search(name)]
    if legs:
        upper = [name for name in names if _UPPER_BODY.search(name)]
        kind = "humanoid" if upper else "quadruped"
        return Kind(kind, f"joints like {', '.join((*legs[:1], *upper[:1]))}", likely=True)
    height_m = odometry.odometry.least_z_m if odometry and odometry.odometry else 0.0
    if height_m >= _BODY_M and imu is not None:
        kind = "humanoid" if height_m >= _PELVIS_M else "quadruped"
        return Kind(kind, f"its odometry is {height_m:.2f} m above the floor", likely=True)
    return Kind("wheeled", "it takes a twist, and no joints of legs are seen", likely=odometry is None)


def draft(look: DomainLook, name: str) -> tuple[list[str], list[Entry]]:
    """Comments and entries of the profile `name`. Raises NoRobot."""
    robot = found(look)
    comments = [
        f"The profile of {name}, from a look of {look.seconds:g} s at ROS domain {look.domain}.",
        "Nobody can see the values that are left empty: write them, then `port check SESSION`.",
        *(f"Note: {remark}." for remark in remarks(look, robot)),
    ]
    guess = "a guess, correct it if it is wrong: " if robot.kind.likely else ""
    return comments, [
        Entry("name", name),
        Entry("kind", robot.kind.name, f"{guess}{robot.kind.why}"),
        *_topics(robot),
        *_joints(robot),
        *blanks(robot.kind.name),
    ]


def _topics(robot: Found) -> Iterator[Entry]:
    command = robot.command.name
    yield Entry("topics.command_in", f"{command}_request", f"remap your stack's {command} to this")
    listeners = ", ".join(dict.fromkeys(end.node or "a program without a node" for end in robot.command.subscribers))
    yield Entry("topics.command_out", command, f"{listeners} listens; only the gate may publish it")
    yield Entry("topics.command_type", robot.command_type)
    if robot.kind.name == "arm":
        said = {"joint_states": robot.joint_states}
    elif robot.kind.name == "wheeled":
        said = {"odometry": robot.odometry}
    else:
        said = {"odometry": robot.odometry, "joint_states": robot.joint_states, "imu": robot.imu}
    for key, topic in said.items():
        if topic is not None:
            yield Entry(f"topics.{key}", topic.name, described(topic))
        elif key == "odometry":
            yield Entry("topics.odometry", None, f"FILL IN: the topic of type {ODOMETRY}; nobody published one")


def described(topic: TopicLook) -> str:
    """What came on a topic, in one line."""
    if topic.unheard:
        return topic.unheard
    frames = " → ".join(each for each in (topic.frame_id, topic.child_frame_id) if each)
    lag = "" if math.isnan(topic.lag_s) else f"stamps {topic.lag_s:.3f} s behind this clock"
    return ", ".join(each for each in (f"{topic.rate_hz:.0f} Hz", frames and f"frame {frames}", lag) if each)


def _joints(robot: Found) -> Iterator[Entry]:
    if robot.kind.name != "arm" or robot.joint_states is None:
        return
    content = robot.joint_states.joints
    names = [name for name in content.names if not _GRIPPER.search(name)] if content else []
    if not names:
        yield Entry("joints.names", None, f"FILL IN: the names of its joints; {robot.joint_states.name} told none")
        return
    left = [name for name in content.names if name not in names] if content else []
    order = "in the order of the controller's `joints`: check it" if robot.command_type == JOINT_COMMANDS[1] else ""
    gripper = f"left out as of a gripper: {', '.join(left)}" if left else ""
    yield Entry("joints.names", names, "; ".join(each for each in (order, gripper) if each))


#: What the gate wants of a robot's odometry and joints.
_LEAST_HZ, _MOST_LAG_S, _MOST_LEAD_S, _MOVED_M = 20.0, 0.3, 0.05, 0.05


def remarks(look: DomainLook, robot: Found) -> list[str]:
    """What will not do, or is worth a look, in the robot that was found; a line each."""
    measured = robot.joint_states if robot.kind.name == "arm" else robot.odometry
    return [
        *(_of_stream(measured) if measured else ()),
        *_of_command(robot),
        *_of_distribution(look),
        *([f"it could be commanded on {', '.join(robot.others)}, too"] if robot.others else ()),
    ]


def _of_stream(topic: TopicLook) -> Iterator[str]:
    name = topic.name
    if not topic.unheard and topic.rate_hz == 0.0:
        yield f"{name}: nothing came; is the robot switched on?"
    elif topic.rate_hz < _LEAST_HZ:
        yield f"{name}: {topic.rate_hz:.0f} Hz, the gate wants {_LEAST_HZ:g} Hz or more"
    if topic.zero_stamps > 0.0:
        yield f"{name}: stamps are 0; stamp each message when it was measured"
    if not -_MOST_LEAD_S <= topic.lag_s <= _MOST_LAG_S and not math.isnan(topic.lag_s):
        side = f"{topic.lag_s:.2f} s behind" if topic.lag_s > 0 else f"{-topic.lag_s:.2f} s ahead of"
        yield f"{name}: stamps are {side} this machine's clock; set both by one source (chrony, PTP)"
    if len(topic.publishers) > 1:
        yield f"{name}: {len(topic.publishers)} publishers ({_nodes(topic)}); the gate must hear one"
    odometry = topic.odometry
    if odometry and odometry.moved_m > _MOVED_M and not odometry.twist:
        yield f"{name}: its position changes and its twist is zero; the gate measures speed by the twist"
    if topic.joints and not topic.joints.velocities:
        yield f"{name}: no velocities; the gate measures an arm by them"


def _nodes(topic: TopicLook) -> str:
    return ", ".join(sorted({end.node or "a program without a node" for end in topic.publishers}))


def _of_command(robot: Found) -> Iterator[str]:
    name, listeners = robot.command.name, [end for end in robot.command.subscribers if end.type == robot.command_type]
    for other in {end.type for end in robot.command.publishers} - {robot.command_type}:
        yield f"{name}: {other} is published there and {robot.command_type} is listened to: nothing arrives"
    if len({end.type for end in robot.command.subscribers}) > 1:
        yield f"{name}: its listeners want different types: {', '.join(robot.command.types)}"
    if any(end.durability == "transient_local" for end in listeners):
        yield f"{name}: its listener asks for transient local; the gate sends volatile, which it would not hear"
    if any(end.reliability == "best_effort" for end in robot.command.publishers):
        yield f"{name}: your stack publishes best effort; the gate asks requests for reliable"
    if robot.command.publishers:
        yield f"{name}: published by {_nodes(robot.command)} now; remap that to {name}_request"


def _of_distribution(look: DomainLook) -> Iterator[str]:
    """Since Iron every ROS node tells the hash of each type."""
    told = [end for topic in look.topics for end in (*topic.publishers, *topic.subscribers) if end.node]
    if told and not any(end.type_hash for end in told):
        yield "its nodes tell no type hashes: Humble or older, or another middleware; do not mix it with this ground's"
