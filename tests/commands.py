"""What all types of commands have in common, for tests: how to make them, and how to hold what passed against what was
asked for."""

import math
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from port_safety.commands.command import Command
from port_safety.commands.joint_trajectory import JointTrajectory
from port_safety.commands.joint_velocity import JointVelocities, standing
from port_safety.commands.registry import command_types
from port_safety.commands.trajectory_points import Point, between
from port_safety.commands.twist import ZERO, Motion
from port_safety.model.joints import Joints
from port_safety.model.readings import JointStates

#: Message types of all commands, of those for joints, of those for a base.
MESSAGES = list(command_types())
OF_JOINTS = [message for message in MESSAGES if command_types()[message].by_joints]
PLANAR = [message for message in MESSAGES if message not in OF_JOINTS]
ARM = Joints(("base", "shoulder", "elbow"), deceleration_radps2=4.0, reach_m=0.8)
HERE = JointStates((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
NOW = 10_000_000_000
_speed = st.floats(-2.0, 2.0)
_angle = st.floats(-3.0, 3.0)


@dataclass(frozen=True)
class Kind:
    """One type of command: its commands, what is said before any of them, and a few that nobody may follow."""

    name: str
    commands: st.SearchStrategy[Any]
    zero_command: Command
    faulty: dict[str, Command] = field(repr=False)


@st.composite
def trajectories(draw: st.DrawFn) -> JointTrajectory:
    """From HERE on, at rest in the end, with velocities or without."""
    spans = draw(st.lists(st.floats(0.2, 2.0), min_size=1, max_size=5))
    named = draw(st.booleans())
    points, at_s = [], 0.0
    for number, span_s in enumerate(spans):
        at_s += span_s
        last = number == len(spans) - 1
        velocities = tuple(0.0 if last else draw(_speed) for _ in ARM.names) if named else ()
        points.append(Point(at_s, tuple(draw(_angle) for _ in ARM.names), velocities))
    return JointTrajectory(ARM, tuple(points), ARM.names).started(NOW, JointTrajectory(ARM), HERE)


def trajectory(*points: tuple[float, float, float], every_s: float = 1.0) -> JointTrajectory:
    """Through these positions, one every `every_s`, at rest in the end."""
    made = tuple(Point(every_s * (number + 1), at) for number, at in enumerate(points))
    return JointTrajectory(ARM, made, ARM.names)


def _bad(*points: Point, names: tuple[str, ...] = ARM.names) -> JointTrajectory:
    return JointTrajectory(ARM, points, names)


KINDS = [
    Kind(
        "Twist",
        st.builds(Motion, _speed, _speed, _speed),
        ZERO,
        {"linear.y is nan": Motion(0.0, math.nan), "angular.z is inf": Motion(0.0, 0.0, math.inf)},
    ),
    Kind(
        "JointVelocities",
        st.builds(JointVelocities, st.just(ARM), st.tuples(_speed, _speed, _speed)),
        standing(ARM),
        {
            "velocity of elbow is nan": JointVelocities(ARM, (0.0, 0.0, math.nan)),
            "velocity of base is 1e+300": JointVelocities(ARM, (1e300, 0.0, 0.0)),
            "velocity: 2 numbers for 3 joints": JointVelocities(ARM, (0.0, 0.0)),
        },
    ),
    Kind(
        "JointTrajectory",
        trajectories(),
        JointTrajectory(ARM),
        {
            "position of shoulder is inf": _bad(Point(1.0, (0.0, math.inf, 0.0))),
            "velocity of base is nan": _bad(Point(1.0, (0.0, 0.0, 0.0), (math.nan, 0.0, 0.0))),
            "acceleration of base is nan": _bad(Point(1.0, (0.0, 0.0, 0.0), (), (math.nan, 0.0, 0.0))),
            "position: 2 numbers for 3 joints": _bad(Point(1.0, (0.0, 0.0))),
            "point 1 at 1 s does not come after the one before, at 1 s": _bad(
                Point(1.0, (0.0, 0.0, 0.0)), Point(1.0, (1.0, 0.0, 0.0))
            ),
            "point 0 is at -1.0 s": _bad(Point(-1.0, (0.0, 0.0, 0.0))),
            "the last point still moves": _bad(Point(1.0, (0.0, 0.0, 0.0), (0.1, 0.0, 0.0))),
            "more than 1000 points": _bad(*(Point(float(n), (0.0, 0.0, 0.0)) for n in range(1001))),
            "joints a, b; expected base, shoulder, elbow": _bad(Point(1.0, (0.0, 0.0, 0.0)), names=("a", "b")),
        },
    ),
]


def speeds_at(command: Command, now_ns: int) -> tuple[float, ...]:
    """What each part of the robot is told at `now_ns`."""
    if isinstance(command, Motion):
        return command.vx, command.vy, command.wz
    if isinstance(command, JointVelocities):
        return command.velocities
    assert isinstance(command, JointTrajectory)
    return command.at(now_ns)[1] if command.points else (0.0,) * len(ARM.names)


def asked_at(command: Command, passed: Command, now_ns: int) -> tuple[float, ...]:
    """What was asked of each part at the place where `passed` has come to."""
    if isinstance(command, JointTrajectory) and isinstance(passed, JointTrajectory):
        return between(command.points, passed.phase_at(now_ns))[1] if passed.of is command else speeds_at(passed, NOW)
    return speeds_at(command, now_ns)


def never_exceeds_never_reverses(command: Command, passed: Command, now_ns: int) -> bool:
    """Part by part no faster than asked, and never the other way."""
    pairs = zip(asked_at(command, passed, now_ns), speeds_at(passed, now_ns), strict=True)
    return all(abs(out) <= abs(asked) + 1e-9 and asked * out >= -1e-12 for asked, out in pairs)
