"""The questions from which `port robot new` makes a profile, and what their answers are held to. Pure: no terminal.

Every answer is checked at once, by the very types that read the file, and by what numbers can be at all.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, get_args, get_type_hints

import msgspec
import yaml

from port_ros.decode import decode
from port_ros.misfit import Misfit, choice
from port_ros.yaml_file import parse_yaml
from port_safety.commands.registry import command_types
from port_session.description.plausible import doubts
from port_session.description.robot import Robot
from port_session.robots import profile_draft
from port_session.robots.profile_draft import FIGURES, FILL_IN, MEANING, Entry

#: Leaves a value empty in the file.
LATER = "?"
_TOPICS = {
    "topics.command_out": "topic on which the robot takes its commands",
    "topics.command_type": "its type",
    "topics.command_in": "topic on which your stack asks instead; remap it to this",
}
_SAID = {
    "topics.odometry": "topic of its odometry (nav_msgs/msg/Odometry)",
    "topics.joint_states": "topic of its joints (sensor_msgs/msg/JointState)",
    "joints.names": "names of its joints, in the order of its commands",
}
#: Cautious where a number decides how a robot is stopped; nobody's data sheet.
_BASE: dict[str, Any] = {
    "topics.command_out": "/cmd_vel", "topics.command_type": "geometry_msgs/msg/Twist", "topics.odometry": "/odom",
    "limits.speed_mps": 0.5, "limits.yaw_rate_radps": 1.0, "limits.acceleration_mps2": 0.5,
    "limits.deceleration_mps2": 0.5, "limits.latency_s": 0.3, "footprint_radius_m": 0.5, "marker_height_m": 0.6,
}  # fmt: skip
DEFAULTS: dict[str, dict[str, Any]] = {
    "wheeled": _BASE,
    "quadruped": {**_BASE, "marker_sinks_m": 0.3, "stop.settle_s": 2.0, "stop.settled_height_m": 0.12},
    "humanoid": {
        **_BASE, "limits.speed_mps": 0.4, "marker_height_m": 1.4, "marker_sinks_m": 0.5, "stop.settle_s": 2.5,
        "stop.damp_s": 0.6, "stop.settled_height_m": 0.5,
    },
    "arm": {
        **_BASE, "topics.command_out": "/joint_trajectory_controller/joint_trajectory",
        "topics.command_type": "trajectory_msgs/msg/JointTrajectory", "topics.joint_states": "/joint_states",
        "joints.deceleration_radps2": 2.0, "marker_height_m": 0.3,
    },
}  # fmt: skip

#: Asks a question, with the answer that an empty line stands for; gives what was typed.
Ask = Callable[[str, str], str]


def interview(name: str, kind: str, ask: Ask, say: Callable[[str], None]) -> list[Entry]:
    """Entries of a profile that the robot's shape accepts, or that leaves some values empty."""
    answers: dict[str, Any] = {}
    for key, meaning in _questions(kind):
        answers[key] = _answer(key, meaning, _default(kind, key, answers), ask, say)
    while problem := _misfit(name, kind, answers):
        if problem.key not in answers:
            raise problem
        say(f"{problem.key}: {problem.problem}")
        answers[problem.key] = _answer(problem.key, _meaning(problem.key), None, ask, say)
    return _entries(name, kind, answers)


def ask_kind(ask: Ask, say: Callable[[str], None]) -> str:
    """What kind of robot it is."""
    while (kind := ask(f"kind ({', '.join(FIGURES)})", "wheeled").strip() or "wheeled") not in FIGURES:
        say(f"kind: expected one of {', '.join(FIGURES)}, got {kind!r}")
    return kind


def _questions(kind: str) -> Iterator[tuple[str, str]]:
    said = ("topics.joint_states", "joints.names") if kind == "arm" else ("topics.odometry",)
    for key in (*_TOPICS, *said, *FIGURES[kind]):
        yield key, _meaning(key)


def _meaning(key: str) -> str:
    return {**_TOPICS, **_SAID, **MEANING}[key]


def _default(kind: str, key: str, answers: dict[str, Any]) -> Any:
    """None where nobody can know it."""
    if key == "topics.command_in":
        return f"{answers.get('topics.command_out') or '/cmd_vel'}_request"
    if key == "stop.ramp_s":
        speed, slows, late = (answers[f"limits.{one}"] for one in ("speed_mps", "deceleration_mps2", "latency_s"))
        known = speed is not None and slows is not None and late is not None
        return math.ceil(12.0 * (late + speed / slows)) / 10.0 if known else None
    return DEFAULTS[kind].get(key)


def _answer(key: str, meaning: str, default: Any, ask: Ask, say: Callable[[str], None]) -> Any:
    """What was answered, once it fits; None for a value that is to be filled in later."""
    shown = LATER if default is None else profile_draft.scalar(default)
    while True:
        typed = ask(f"{key}: {meaning}", shown).strip() or shown
        if typed == LATER:
            return None
        try:
            return checked(key, typed)
        except Misfit as misfit:
            say(f"{misfit.key}: {misfit.problem}")


def checked(key: str, typed: str) -> Any:
    """The value that was typed for `key`. Raises Misfit."""
    listed = not typed.startswith("[") and any(tuple in (kind, *_origins(kind)) for kind in [_type_of(key)])
    try:
        value = parse_yaml(f"[{typed}]" if listed else typed)
    except (yaml.YAMLError, ValueError) as error:
        raise Misfit(key, f"cannot be read: {str(error).splitlines()[0]}") from None
    if value is None:
        raise Misfit(key, f"expected a value; {LATER} leaves it open")
    decode(value, _type_of(key), key)
    if key == "topics.command_type" and value not in command_types():
        raise Misfit(key, choice(str(value), command_types()))
    refused = [one for one in doubts(_files(key, value)) if not one.unlikely]
    if refused:
        raise Misfit(key, refused[0].problem)
    return value


def _type_of(key: str) -> Any:
    """The type of a key of a robot's file."""
    kind: Any = Robot
    for name in key.split("."):
        structs = [one for one in (kind, *get_args(kind)) if isinstance(one, type) and issubclass(one, msgspec.Struct)]
        kind = get_type_hints(structs[0], include_extras=True)[name]
    return kind


def _origins(kind: Any) -> list[Any]:
    return [getattr(one, "__origin__", None) for one in (kind, *get_args(kind))]


def _files(key: str, value: Any) -> dict[str, Any]:
    """The four files of a session of which only this value is known."""
    robot = profile_draft.tree([Entry(key, value)])
    return {"session": {}, "ground": {"cameras": {}}, "robot": robot, "trial": {}}


def _misfit(name: str, kind: str, answers: dict[str, Any]) -> Misfit | None:
    """What the answers do not say together; None while some are left open."""
    if None in answers.values():
        return None
    try:
        decode(profile_draft.tree(_entries(name, kind, answers)), Robot)
    except Misfit as misfit:
        return misfit
    return None


def _entries(name: str, kind: str, answers: dict[str, Any]) -> list[Entry]:
    said = [
        Entry(key, value, MEANING.get(key, "") if value is not None else f"{FILL_IN}{_meaning(key)}")
        for key, value in answers.items()
    ]
    return [Entry("name", name), Entry("kind", kind), *said]
