"""`tilt`: the body of a legged robot stays upright. Leaning too far is a protective stop, falling an emergency.

The angle between the body's z axis and the vertical, from the orientation of a sensor_msgs/Imu: cos(tilt) =
1 − 2(x² + y²) for a unit quaternion. Heading does not count. Limits come from the robot's maker: a walking humanoid
leans a few degrees, one beyond the angle at which its centre of mass leaves its feet falls (zero moment point,
Vukobratović and Borovac, Int. J. Humanoid Robotics 1(1), 2004).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from port_safety.model.readings import Attitude
from port_safety.model.verdict import Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.required_input import check_positive, emergency, required, stop
from port_safety.rules.rule_type import AGE_S, LOWER, MOBILE, RuleParameters, RuleType, Site, number


@dataclass(frozen=True, slots=True)
class TiltRule:
    """limit_rad: a protective stop above it. fall_rad: an emergency. stale_s: greatest age."""

    limit_rad: float
    fall_rad: float
    stale_s: float

    def __post_init__(self) -> None:
        check_positive(self, "limit_rad", "stale_s")
        if not self.limit_rad <= self.fall_rad <= 3.15:
            raise ValueError(f"fall_rad: {self.fall_rad} must lie in limit_rad ({self.limit_rad})..3.14")

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        attitude, verdicts = required(context, "tilt", "imu", Attitude, self.stale_s)
        if attitude is None:
            return verdicts
        tilt_rad, stamp_ns = attitude.tilt_rad, context.readings["imu"].stamp_ns
        if tilt_rad > self.fall_rad:
            reason = f"the robot falls: {tilt_rad:.2f} rad from upright"
            return [emergency("tilt", "body", reason, tilt_rad, self.fall_rad, "rad", stamp_ns)]
        if tilt_rad > self.limit_rad:
            reason = f"the robot leans {tilt_rad:.2f} rad, {self.limit_rad:.2f} allowed"
            return [stop("tilt", "body", reason, tilt_rad, self.limit_rad, "rad", stamp_ns)]
        return ()


class TiltParameters(RuleParameters, frozen=True):
    """Angles from upright; greatest age."""

    limit_rad: Annotated[float, number("rad", gt=0.0, le=3.15, stricter=LOWER)]
    fall_rad: Annotated[float, number("rad", gt=0.0, le=3.15, stricter=LOWER)]
    stale_s: Annotated[float, AGE_S] = 0.1


def _make(name: str, parameters: TiltParameters, site: Site) -> TiltRule:
    return TiltRule(parameters.limit_rad, parameters.fall_rad, parameters.stale_s)


RULE = RuleType(
    "tilt", TiltParameters, _make, watches=lambda parameters, site: {"imu": parameters.stale_s}, kinds=MOBILE
)
