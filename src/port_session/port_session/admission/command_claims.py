"""Whether a base does what the gate tells it, as far as it moved while it was looked at. Pure; nothing is commanded.

By what the ground saw, and by the odometry where the ground saw nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from port_safety.model.track import Place
from port_session.admission.finding import Finding
from port_session.admission.heard import GateSample, Heard
from port_session.admission.motion import Travel
from port_session.admission.motion_claims import MOVED_M, MOVED_RAD, far_m
from port_session.admission.profile import RobotProfile

#: Less than this is told to nobody: m/s, rad/s.
_REST_MPS, _REST_RADPS = 0.01, 0.02
#: A base that goes at this share of a speed or more, and not at more than its inverse, goes at that speed.
_SAME = 0.7


@dataclass(frozen=True)
class _Course:
    """What was told, on average, while the robot came so far in span_s."""

    asked: Place
    passed: Place
    came: Place
    span_s: float


def command_claims(heard: Heard, profile: RobotProfile, listener: str) -> list[Finding]:
    """What is wrong, the first thing alone. listener: who listens to the command topic, in words."""
    if profile.motion != "odometry" or len(heard.gate) < 2:
        return []
    found = _while_told_to_stand(heard, profile, listener) or _while_told_to_move(heard, profile, listener)
    return [Finding(profile.command_out, False, *found)] if found else []


def _while_told_to_stand(heard: Heard, profile: RobotProfile, listener: str) -> tuple[str, str] | None:
    """Since the gate has told it to stand, and longer ago than any stop of this robot takes."""
    rest = _last_run(heard.gate, _rests)
    if len(rest) < 2:
        return None
    braking_s = profile.stop_s(profile.speed_mps) if len(rest) < len(heard.gate) else 0.0
    course = _course(heard, rest[0].stamp_ns + round(braking_s * 1e9), rest[-1].stamp_ns)
    if course is None or (far_m(course.came) < MOVED_M and abs(course.came[2]) < MOVED_RAD):
        return None
    speed_mps, asked_mps = far_m(course.came) / course.span_s, far_m(course.asked)
    problem = f"the robot moves at {speed_mps:.2f} m/s while the gate tells it to stand"
    if asked_mps > _REST_MPS and _SAME < speed_mps / asked_mps < 1 / _SAME:
        remedy = f"let the base listen to {profile.command_out} in place of {profile.command_in}"
        return f"{problem}, as fast as its stack asks: the base follows the request", remedy
    remedy = (
        "end what else drives the base (joystick, its own firmware), and see that it takes every command, not the "
        "first alone"
    )
    return f"{problem}: {listener} does not follow it", remedy


def _while_told_to_move(heard: Heard, profile: RobotProfile, listener: str) -> tuple[str, str] | None:
    told = _last_run(heard.gate, lambda each: not _rests(each))
    if len(told) < 2:
        return None
    course = _course(heard, told[0].stamp_ns + round(profile.stop_s(0.0) * 1e9), told[-1].stamp_ns)
    if course is None:
        return None
    vx, wz = course.passed[0], course.passed[2]
    way_m, turn_rad = vx * course.span_s, wz * course.span_s
    if abs(way_m) > MOVED_M and far_m(course.came) < 0.2 * abs(way_m):
        remedy = "see that the base has power and no brake, and that its driver takes every command"
        return f"told {vx:.2f} m/s for {course.span_s:.1f} s, the robot stands: {listener} does not follow it", remedy
    if abs(turn_rad) > MOVED_RAD and course.came[2] * turn_rad < -MOVED_RAD * abs(turn_rad) * _SAME:
        problem = f"told to turn by {turn_rad:.2f} rad, the robot turned by {course.came[2]:.2f} rad"
        return problem, "correct the sign of angular.z in the base's driver: positive is to the left (REP-103)"
    if abs(way_m) > MOVED_M and course.came[0] * way_m < 0.0 and abs(course.came[0]) > MOVED_M:
        problem = f"told {vx:.2f} m/s, the robot came {course.came[0]:.2f} m"
        return problem, "correct the sign of linear.x in the base's driver: positive is ahead (REP-103)"
    return None


def _rests(gate: GateSample) -> bool:
    vx, vy, wz = gate.passed
    return math.hypot(vx, vy) < _REST_MPS and abs(wz) < _REST_RADPS


def _last_run(samples: Sequence[GateSample], belongs: object) -> Sequence[GateSample]:
    """The samples at the end of which each belongs."""
    assert callable(belongs)
    first = len(samples)
    while first and belongs(samples[first - 1]):
        first -= 1
    return samples[first:]


def _course(heard: Heard, from_ns: int, to_ns: int) -> _Course | None:
    """None where nobody saw it for long enough."""
    odometry = [each for each in heard.odometry if from_ns <= each.stamp_ns <= to_ns]
    poses = [each for each in heard.poses if from_ns <= each.stamp_ns <= to_ns]
    travel = Travel.of(odometry, poses)
    gate = [each for each in heard.gate if from_ns <= each.stamp_ns <= to_ns]
    if travel is None or travel.span_s < 0.3 or not gate:
        return None
    return _Course(
        _mean([g.asked for g in gate]), _mean([g.passed for g in gate]), travel.seen or travel.claimed, travel.span_s
    )


def _mean(places: Sequence[Place]) -> Place:
    x, y, turn = (sum(each) / len(places) for each in zip(*places, strict=True))
    return x, y, turn
