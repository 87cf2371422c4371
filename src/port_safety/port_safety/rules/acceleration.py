"""`acceleration`: what passes never rises faster than the robot's profile allows; slowing down is always free.

Judged last, on what the other rules leave of the request: a limit that ends is no leave to jump. What may pass is what
passed before in the request's own direction, plus a·t. t is the time for which that has been passing unchanged, at most
`STEP_S`: commands come in steps, and a step may be as high as the pause before it was long. A request the other way
begins at zero.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from port_safety.commands.twist import Motion
from port_safety.model.joints import JointPeaks, Joints
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import NS_PER_S, RuleContext
from port_safety.rules.required_input import missing
from port_safety.rules.rule_type import LOWER, RuleParameters, RuleType, Site, number

#: The longest pause that a step may make up for.
STEP_S = 0.1


@dataclass(frozen=True, slots=True)
class AccelerationRule:
    """The profile's accelerations, m/s² and rad/s². joints: of a robot that is commanded by them."""

    acceleration_mps2: float
    yaw_acceleration_radps2: float
    joints: Joints | None = None

    def __post_init__(self) -> None:
        for name in ("acceleration_mps2", "yaw_acceleration_radps2"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0.0):
                raise ValueError(f"{name}: {value} must be above 0")

    def judge_last(self, context: RuleContext, share: float, share_angular: float) -> Sequence[Verdict]:
        asked, passed = context.request, context.last_output
        if asked is None:
            return self._of_joints(context, min(share, share_angular))
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

    def _of_joints(self, context: RuleContext, share: float) -> list[Verdict]:
        """A trajectory says how much it accelerates; velocities are held against those that left last."""
        peaks = context.request_peaks
        if peaks is None or self.joints is None:
            return [missing("acceleration", "joints", "nobody says how the joints are asked to move", "command")]
        if peaks.accelerations_radps2:
            return self._of_trajectory(peaks, share)
        return self._of_velocities(context, self.joints, share)

    def _of_trajectory(self, peaks: JointPeaks, share: float) -> list[Verdict]:
        """At a share of its pace a trajectory accelerates by the square of it."""
        assert self.joints is not None
        asked, allowed = max(peaks.accelerations_radps2), self.joints.acceleration_radps2
        if not asked * share * share > allowed:
            return []
        scale = math.sqrt(allowed / asked) if math.isfinite(asked) else 0.0
        return [_limit("joints", asked * share * share, allowed, "rad/s²", scale)]

    def _of_velocities(self, context: RuleContext, joints: Joints, share: float) -> list[Verdict]:
        asked, passed = context.request_joints_radps, context.last_output
        step = joints.acceleration_radps2 * _pause_s(context.now_ns, passed.joints_since_ns)
        before = passed.joints_radps or (0.0,) * len(asked)
        scale, worst = share, ("", 0.0, 0.0)
        for name, now, was in zip(joints.names, asked, before, strict=True):
            allowed = max(0.0, was * math.copysign(1.0, now)) + step
            if abs(now) * scale > allowed:
                scale, worst = allowed / abs(now), (name, abs(now) * share, allowed)
        return [_limit(worst[0], worst[1], worst[2], "rad/s", scale)] if worst[0] else []


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


class AccelerationParameters(RuleParameters, frozen=True):
    """Of the robot's profile, m/s² and rad/s²; that of joints is theirs."""

    acceleration_mps2: Annotated[float, number("m/s²", gt=0.0, le=100.0, stricter=LOWER)]
    yaw_acceleration_radps2: Annotated[float, number("rad/s²", gt=0.0, le=1000.0, stricter=LOWER)]


def _make(name: str, parameters: AccelerationParameters, site: Site) -> AccelerationRule:
    joints = site.robot.joints if site.by_joints else None
    return AccelerationRule(parameters.acceleration_mps2, parameters.yaw_acceleration_radps2, joints)


RULE = RuleType("acceleration", AccelerationParameters, _make)
