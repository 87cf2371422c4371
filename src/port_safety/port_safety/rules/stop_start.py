"""Where a stop begins, and whether the robot complies with it. The stages of each kind of robot are in profiles/."""

import math
from dataclasses import dataclass

from port_safety.commands.command import Command
from port_safety.model.robot_model import RobotModel

#: A robot complies while it is slower than a ramp of this share of its deceleration, plus an offset.
COMPLIANCE_SHARE = 0.5
COMPLIANCE_MPS = 0.2
#: Reaction that a robot is granted on top of its own latency before compliance is judged.
COMPLIANCE_GRACE_S = 0.15


@dataclass(frozen=True, slots=True)
class StopStart:
    """The moment of a stop: when (monotonic, ns), what was let through last, the measured speed (m/s, NaN: unknown)."""

    at_ns: int
    command: Command
    speed_mps: float


def complies(robot: RobotModel, start: StopStart, elapsed_s: float, speed_mps: float) -> bool:
    """Whether the measured speed is what a braking robot may still have. An unknown speed is left to the deadline."""
    braking_s = elapsed_s - robot.braking.latency_s - COMPLIANCE_GRACE_S
    if braking_s <= 0.0:
        return True
    began_mps = robot.speed_mps if math.isnan(start.speed_mps) else max(start.speed_mps, start.command.speed_mps)
    bound_mps = max(0.0, began_mps - COMPLIANCE_SHARE * robot.braking.deceleration_mps2 * braking_s) + COMPLIANCE_MPS
    return not speed_mps > bound_mps
