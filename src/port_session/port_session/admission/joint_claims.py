"""Whether an arm's joint states say what they should. Pure."""

import math
from collections.abc import Sequence
from itertools import pairwise

from port_session.admission.finding import Finding
from port_session.admission.heard import Heard, JointSample
from port_session.admission.profile import RobotProfile

#: A joint that came further than this has moved, rad. Nobody's joint is further round than this: it is told in degrees.
_MOVED_RAD, _ROUND_RAD = 0.1, 4 * math.pi
#: One that moves by its positions has a velocity; a degree is so many times less than a radian.
_DEGREES = math.degrees(1.0)
_BROADCASTER = "have the joint_state_broadcaster publish"


def joint_claims(topic: str, heard: Heard, profile: RobotProfile) -> list[Finding]:
    """What is wrong, the first thing alone."""
    if not heard.joints or profile.joints is None:
        return []
    names = profile.joints.names
    found = _missing(topic, heard.joints, names) or _fault(topic, heard.joints) or _units(topic, heard.joints, names)
    return [found] if found else []


def _missing(topic: str, samples: Sequence[JointSample], names: Sequence[str]) -> Finding | None:
    told = {name for sample in samples for name in sample.names}
    gone = [name for name in names if name not in told]
    if not gone:
        return None
    problem = f"says nothing of {', '.join(gone)}; it names {', '.join(sorted(told)) or 'no joint'}"
    return Finding(
        topic,
        False,
        problem,
        f"{_BROADCASTER} every joint of joints.names in the robot's profile, or correct them there",
    )


def _fault(topic: str, samples: Sequence[JointSample]) -> Finding | None:
    fault = samples[-1].fault  # those before may not have told each joint yet
    return Finding(topic, False, fault, f"{_BROADCASTER} position and velocity of every joint") if fault else None


def _units(topic: str, samples: Sequence[JointSample], names: Sequence[str]) -> Finding | None:
    for name in names:
        track = [
            (sample.stamp_ns, sample.positions[at], sample.velocities[at])
            for sample in samples if name in sample.names for at in (sample.names.index(name),)
        ]  # fmt: skip
        if found := _joint(topic, name, track):
            return found
    return None


def _joint(topic: str, name: str, track: Sequence[tuple[int, float, float]]) -> Finding | None:
    if max(abs(position) for _, position, _ in track) > _ROUND_RAD:
        problem = f"{name} is at {track[-1][1]:.1f} rad"
        return Finding(topic, False, problem, "publish angles in rad (REP-103): multiply degrees by π/180")
    came_rad = track[-1][1] - track[0][1]
    if abs(came_rad) < _MOVED_RAD:
        return None
    told_rad = sum(b[2] * (b[0] - a[0]) / 1e9 for a, b in pairwise(track))
    said = f"{name} came {came_rad:.2f} rad further, by its velocity {told_rad:.2f} rad"
    if abs(told_rad) < 0.2 * abs(came_rad):
        return Finding(topic, False, said, f"{_BROADCASTER} velocities, too")
    if told_rad / came_rad > _DEGREES / 2:
        return Finding(topic, False, said, "publish velocities in rad/s (REP-103): multiply degrees by π/180")
    if told_rad * came_rad < 0.0:
        return Finding(topic, False, said, "correct the sign of position or velocity of that joint")
    return None
