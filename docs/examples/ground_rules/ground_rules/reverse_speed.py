"""`reverse_speed`: a robot goes backwards no faster than it can be seen to; this ground's cameras look at its front.

The request is reduced to the limit. A robot that is measured to go backwards 10 % + 0.1 m/s faster than that does not
follow the reduced command: protective stop, to be reset (cf. safely-limited speed, IEC 61800-5-2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.required_input import missing, stop
from port_safety.rules.rule_type import LOWER, MOBILE, RuleParameters, RuleType, Site, number


class ReverseSpeedParameters(RuleParameters, frozen=True):
    """How fast a robot may go backwards."""

    limit_mps: Annotated[float, number("m/s", ge=0.0, le=20.0, stricter=LOWER)] = 0.3


@dataclass(frozen=True, slots=True)
class ReverseSpeedRule:
    """limit_mps: backwards along the robot's own x axis."""

    limit_mps: float

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        measured = context.measured()
        if measured is None:
            return [missing("reverse_speed", "base", "nobody measures how the robot moves", "odometry")]
        measured_mps, bound_mps = -measured.vx, 1.1 * self.limit_mps + 0.1
        if not measured_mps <= bound_mps:
            reason = f"{measured_mps:.2f} m/s backwards measured, {self.limit_mps:.2f} allowed"
            stamp_ns = context.readings["odometry"].stamp_ns
            return [stop("reverse_speed", "base", reason, measured_mps, self.limit_mps, "m/s", stamp_ns)]
        return self._request(context)

    def _request(self, context: RuleContext) -> Sequence[Verdict]:
        asked_mps = 0.0 if context.request is None else -context.request.vx
        if asked_mps <= self.limit_mps:
            return ()
        reason = f"reverse_speed: {asked_mps:.2f} m/s backwards requested, {self.limit_mps:.2f} allowed"
        scale = self.limit_mps / asked_mps
        return [Verdict(Severity.LIMIT, "reverse_speed", "base", reason, asked_mps, self.limit_mps, "m/s", scale)]


def _make(name: str, parameters: ReverseSpeedParameters, site: Site) -> ReverseSpeedRule:
    return ReverseSpeedRule(parameters.limit_mps)


RULE = RuleType(
    "reverse_speed", ReverseSpeedParameters, _make, needs=lambda site: ("odometry",), kinds=MOBILE, by_joints=False
)
