"""`joint_limits`: every joint of an arm can still brake before its limit, and none is faster than it may be.

    q + q̇·τ + q̇·|q̇| / 2a   lies within   lower + margin .. upper − margin

with the robot's latency and the lag of its drives τ and the joint's deceleration a: the place where it would stand if
it were stopped now. Limited axes as of ISO 10218-1:2025 (soft axis limiting). Motion back from a limit is free as long
as the joint is within. What is asked for is held against the same: no faster than each joint may be, and a trajectory
that leads out of the range does not begin. For prismatic joints read m and m/s.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from port_safety.model.joints import JointPeaks
from port_safety.model.readings import JointStates
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.required_input import check_positive, required, stop
from port_safety.rules.rule_type import AGE_S, HIGHER, RuleParameters, RuleType, Site, joints_of, number


@dataclass(frozen=True, slots=True)
class JointLimitsRule:
    """A number for each of `joints` in lower_rad, upper_rad and velocity_radps; one margin and deceleration for all."""

    joints: tuple[str, ...]
    reaction_s: float
    lower_rad: tuple[float, ...]
    upper_rad: tuple[float, ...]
    velocity_radps: tuple[float, ...]
    deceleration_radps2: float
    margin_rad: float
    stale_s: float

    def __post_init__(self) -> None:
        check_positive(self, "deceleration_radps2", "stale_s")
        if not self.margin_rad >= 0.0:
            raise ValueError(f"margin_rad: {self.margin_rad} must be 0 or more")
        for name in ("lower_rad", "upper_rad", "velocity_radps"):
            if len(getattr(self, name)) != len(self.joints):
                raise ValueError(
                    f"{name}: expected {len(self.joints)} numbers, one a joint, got {len(getattr(self, name))}"
                )
        for joint, low, high, fast in zip(
            self.joints, self.lower_rad, self.upper_rad, self.velocity_radps, strict=True
        ):
            if not low + self.margin_rad < high - self.margin_rad:
                raise ValueError(f"lower_rad: {low} of {joint} and upper_rad {high} leave no room")
            if not fast > 0.0:
                raise ValueError(f"velocity_radps: {fast} of {joint} must be above 0")

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        states, verdicts = required(context, "joint_limits", "joints", JointStates, self.stale_s)
        if states is None:
            return verdicts
        stamp_ns = context.readings["joints"].stamp_ns
        measured = zip(states.positions, states.velocities, strict=True)
        found = [each for index, pair in enumerate(measured) for each in self._joint(index, *pair, stamp_ns=stamp_ns)]
        return found + (self._asked(context.request_peaks) if context.request_peaks is not None else [])

    def _asked(self, peaks: JointPeaks) -> list[Verdict]:
        """What is asked of each joint: reduced to its speed, held back where it leads out of its range."""
        found = []
        for index, asked in enumerate(peaks.velocities_radps):
            name, fastest = self.joints[index], self.velocity_radps[index]
            if asked > fastest:
                reason = f"joint_limits: {name} is asked to turn with {asked:.2f} rad/s, {fastest:.2f} allowed"
                scale = fastest / asked if math.isfinite(asked) else 0.0
                found.append(_limit(f"speed of {name}", reason, asked, fastest, "rad/s", scale))
        for index, (low, high) in enumerate(zip(peaks.lowest_rad, peaks.highest_rad, strict=True)):
            name, least, most = self.joints[index], self.lower_rad[index], self.upper_rad[index]
            if low < least or high > most:
                at, limit = (low, least) if low < least else (high, most)
                reason = f"joint_limits: {name} is asked to go to {at:.2f} rad, {limit:.2f} allowed"
                found.append(_limit(f"range of {name}", reason, at, limit, "rad", 0.0))
        return found

    def _joint(self, index: int, place: float, speed: float, stamp_ns: int) -> list[Verdict]:
        name, fastest = self.joints[index], self.velocity_radps[index]
        if abs(speed) > fastest:
            reason = f"{name} turns with {abs(speed):.2f} rad/s, {fastest:.2f} allowed"
            return [stop("joint_limits", name, reason, abs(speed), fastest, "rad/s", stamp_ns)]
        least, most = self.lower_rad[index], self.upper_rad[index]
        if not least <= place <= most:
            reason = f"{name} is at {place:.2f} rad, out of its range of {least:.2f} to {most:.2f}"
            return [stop("joint_limits", name, reason, place, least if place < least else most, "rad", stamp_ns)]
        stands = place + speed * self.reaction_s + speed * abs(speed) / (2.0 * self.deceleration_radps2)
        low, high = self.lower_rad[index] + self.margin_rad, self.upper_rad[index] - self.margin_rad
        if speed >= 0.0 and max(place, stands) > high:
            reason = f"{name} at {place:.2f} rad would stand at {max(place, stands):.2f}, {high:.2f} allowed"
            return [stop("joint_limits", name, reason, max(place, stands), high, "rad", stamp_ns)]
        if speed <= 0.0 and min(place, stands) < low:
            reason = f"{name} at {place:.2f} rad would stand at {min(place, stands):.2f}, {low:.2f} allowed"
            return [stop("joint_limits", name, reason, min(place, stands), low, "rad", stamp_ns)]
        return []


def _limit(source: str, reason: str, value: float, limit: float, unit: str, scale: float) -> Verdict:
    return Verdict(Severity.LIMIT, "joint_limits", source, reason, value, limit, unit, scale, scale)


class JointLimitsParameters(RuleParameters, frozen=True):
    """By joint, in the order of the robot's: rad and rad/s; of all: margin; greatest age."""

    lower_rad: list[float]
    upper_rad: list[float]
    velocity_radps: list[float]
    margin_rad: Annotated[float, number("rad", ge=0.0, le=1.0, stricter=HIGHER)] = 0.02
    stale_s: Annotated[float, AGE_S] = 0.1


def _make(name: str, parameters: JointLimitsParameters, site: Site) -> JointLimitsRule:
    joints = joints_of(site)
    bounds = parameters.lower_rad, parameters.upper_rad, parameters.velocity_radps
    lower, upper, fastest = (tuple(each) for each in bounds)
    return JointLimitsRule(
        joints.names, site.robot.braking.reaction_s, lower, upper, fastest, joints.deceleration_radps2,
        parameters.margin_rad, parameters.stale_s,
    )  # fmt: skip


RULE = RuleType(
    "joint_limits", JointLimitsParameters, _make, watches=lambda parameters, site: {"joints": parameters.stale_s}
)
