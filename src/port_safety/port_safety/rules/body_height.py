"""`body_height`: the body of a legged robot stays between two heights: neither collapsed nor off the floor.

The height is z of the robot's own odometry, whose frame must lie on the floor (REP-105 `odom`): a claim that no camera
checks. A body that sinks while it should stand is a fall that begins; see also `tilt`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from port_safety.model.readings import Body
from port_safety.model.verdict import Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.required_input import check_positive, required, stop
from port_safety.rules.rule_type import AGE_S, HIGHER, LOWER, MOBILE, RuleParameters, RuleType, Site, number


@dataclass(frozen=True, slots=True)
class BodyHeightRule:
    """low_m, high_m: where the body may be above the floor. stale_s: greatest age."""

    low_m: float
    high_m: float
    stale_s: float

    def __post_init__(self) -> None:
        check_positive(self, "high_m", "stale_s")
        if not 0.0 <= self.low_m < self.high_m:
            raise ValueError(f"low_m: {self.low_m} must lie in 0..high_m ({self.high_m})")

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        body, verdicts = required(context, "body_height", "body", Body, self.stale_s)
        if body is None:
            return verdicts
        height_m, stamp_ns = body.height_m, context.readings["body"].stamp_ns
        if height_m < self.low_m:
            reason = f"the body is {height_m:.2f} m above the floor, {self.low_m:.2f} at least"
            return [stop("body_height", "body", reason, height_m, self.low_m, "m", stamp_ns)]
        if height_m > self.high_m:
            reason = f"the body is {height_m:.2f} m above the floor, {self.high_m:.2f} at most"
            return [stop("body_height", "body", reason, height_m, self.high_m, "m", stamp_ns)]
        return ()


class BodyHeightParameters(RuleParameters, frozen=True):
    """Heights above the floor; greatest age."""

    low_m: Annotated[float, number("m", ge=0.0, le=10.0, stricter=HIGHER)]
    high_m: Annotated[float, number("m", gt=0.0, le=10.0, stricter=LOWER)]
    stale_s: Annotated[float, AGE_S] = 0.3


def _make(name: str, parameters: BodyHeightParameters, site: Site) -> BodyHeightRule:
    return BodyHeightRule(parameters.low_m, parameters.high_m, parameters.stale_s)


RULE = RuleType(
    "body_height", BodyHeightParameters, _make, watches=lambda parameters, site: {"body": parameters.stale_s},
    kinds=MOBILE,
)  # fmt: skip
