"""`acceleration`: what passes never rises faster than the robot's profile allows; slowing down is always free.

Judged last, on what the other rules leave of the request: a limit that ends is no leave to jump. What may pass is what
passed before in the request's own direction, plus a·t. t is the time for which that has been passing unchanged, at most
`STEP_S`: commands come in steps, and a step may be as high as the pause before it was long. A request the other way
begins at zero.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from port_safety.commands.twist import Motion
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import NS_PER_S, RuleContext

#: The longest pause that a step may make up for.
STEP_S = 0.1


@dataclass(frozen=True, slots=True)
class AccelerationRule:
    """The profile's accelerations, m/s² and rad/s²."""

    acceleration_mps2: float
    yaw_acceleration_radps2: float

    def __post_init__(self) -> None:
        for name in ("acceleration_mps2", "yaw_acceleration_radps2"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0.0):
                raise ValueError(f"{name}: {value} must be above 0")

    def judge_last(self, context: RuleContext, share: float, share_angular: float) -> Sequence[Verdict]:
        asked, passed = context.request, context.last_output
        speed_mps, turn_radps = asked.speed_mps, abs(asked.wz)
        verdicts = []
        if speed_mps:
            step_mps = self.acceleration_mps2 * _pause_s(context.now_ns, passed.linear_since_ns)
            allowed = along(passed.motion, asked) + step_mps
            if speed_mps * share > allowed:
                verdicts.append(_limit("speed", speed_mps * share, allowed, "m/s", scale=allowed / speed_mps))
        step_radps = self.yaw_acceleration_radps2 * _pause_s(context.now_ns, passed.angular_since_ns)
        allowed = max(0.0, math.copysign(1.0, asked.wz) * passed.motion.wz) + step_radps
        if turn_radps * share_angular > allowed:
            verdicts.append(
                _limit("turn", turn_radps * share_angular, allowed, "rad/s", scale_angular=allowed / turn_radps)
            )
        return verdicts


def along(passed: Motion, asked: Motion) -> float:
    """How much of the linear motion that passed goes the way that is asked for, m/s, 0 or more."""
    speed_mps = asked.speed_mps
    return max(0.0, passed.vx * (asked.vx / speed_mps) + passed.vy * (asked.vy / speed_mps))


def _pause_s(now_ns: int, since_ns: int) -> float:
    return min(STEP_S, max(0.0, (now_ns - since_ns) / NS_PER_S))


def _limit(
    what: str, asked: float, allowed: float, unit: str, scale: float = 1.0, scale_angular: float = 1.0
) -> Verdict:
    reason = f"acceleration: {asked:.2f} {unit} asked, {allowed:.2f} allowed so soon"
    return Verdict(Severity.LIMIT, "acceleration", what, reason, asked, allowed, unit, scale, scale_angular)
