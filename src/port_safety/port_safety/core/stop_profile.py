"""How a wheeled base is brought to rest: ramp, then cut (IEC 60204-1 stop category 1).

A protective stop ramps the last command down at the robot's own deceleration; an emergency stop commands zero at
once. The enable stays up until the robot stands, so that it brakes under control; it drops at the deadline, or at once
when the robot measurably does not slow down.
"""

from dataclasses import dataclass

from port_safety.core.motion import ZERO, Motion
from port_safety.core.verdict import Severity
from port_safety.core.view import Robot

#: A robot complies while it is slower than a ramp of this share of its deceleration, plus an offset.
COMPLIANCE_SHARE = 0.5
COMPLIANCE_MPS = 0.2
#: Reaction that a robot is granted on top of its own latency before compliance is judged.
COMPLIANCE_GRACE_S = 0.15


@dataclass(frozen=True, slots=True)
class Start:
    """The moment of a stop: when (monotonic, ns), what was let through last, the measured speed (m/s, NaN: unknown)."""

    at_ns: int
    passed: Motion
    speed_mps: float


@dataclass(frozen=True, slots=True)
class Stage:
    """What the profile wants now: the command, whether the drives keep their power, and why in a word."""

    command: Motion
    enable: bool
    name: str


def stage(robot: Robot, start: Start, severity: Severity, now_ns: int, speed_mps: float, standstill: bool) -> Stage:
    """The stage at `now_ns` with the measured speed (NaN: unknown, which never counts as standing).

    `severity` is the worst of the causes so far: an emergency that joins later ends the ramp.
    """
    elapsed_s = max(0.0, (now_ns - start.at_ns) / 1e9)
    if standstill:
        return Stage(ZERO, False, "standing")
    if elapsed_s >= robot.ramp_s:
        return Stage(ZERO, False, "cut: still moving at the deadline")
    if not complies(robot, start, elapsed_s, speed_mps):
        return Stage(ZERO, False, "cut: the robot does not slow down")
    return Stage(_ramp(robot, start, severity, elapsed_s), True, "braking")


def complies(robot: Robot, start: Start, elapsed_s: float, speed_mps: float) -> bool:
    """Whether the measured speed is what a braking robot may still have. An unknown speed is left to the deadline."""
    braking_s = elapsed_s - robot.braking.latency_s - COMPLIANCE_GRACE_S
    if braking_s <= 0.0:
        return True
    began_mps = max(start.speed_mps, start.passed.speed_mps) if start.speed_mps == start.speed_mps else robot.speed_mps
    bound_mps = max(0.0, began_mps - COMPLIANCE_SHARE * robot.braking.deceleration_mps2 * braking_s) + COMPLIANCE_MPS
    return not speed_mps > bound_mps


def _ramp(robot: Robot, start: Start, severity: Severity, elapsed_s: float) -> Motion:
    if severity is Severity.EMERGENCY_STOP or start.passed.speed_mps == 0.0:
        return ZERO
    left_mps = start.passed.speed_mps - robot.braking.deceleration_mps2 * elapsed_s
    share = min(1.0, max(0.0, left_mps / start.passed.speed_mps))
    return start.passed.scaled(share, share)
