"""`pose_agreement`: what the ground's cameras see against what the robot says of itself.

Where the robot's odometry frame lies is unknown, so not places are compared but steps: over a sliding window, how far
the robot came and how far it turned, seen from where the window begins. Both ends of a step are taken at the stamps of
ground poses, the odometry interpolated there, so that a late camera makes no difference. A jump shows at once, a drift
when it is more than the limit within the window. It says nothing while either is stale: `input_timeout` does.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from port_safety.model.track import KEPT_NS, Place, Track, step
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import NS_PER_S, RuleContext
from port_safety.rules.rule_type import AGE_S, LOWER, MOBILE, RuleParameters, RuleType, Site, number


@dataclass(frozen=True, slots=True)
class PoseAgreementRule:
    """Over `window_s` both may differ by `distance_m` and `heading_rad`; older than `fresh_s` nothing is compared."""

    window_s: float
    distance_m: float
    heading_rad: float
    fresh_s: float

    def __post_init__(self) -> None:
        for name in ("window_s", "distance_m", "heading_rad", "fresh_s"):
            if not getattr(self, name) > 0.0:
                raise ValueError(f"{name}: {getattr(self, name)} must be above 0")
        if self.window_s * NS_PER_S > KEPT_NS:
            raise ValueError(f"window_s: {self.window_s} must not be above {KEPT_NS / NS_PER_S:g}")

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        seen, claimed = context.histories.get("ground_pose"), context.histories.get("odometry")
        if (
            seen is None
            or claimed is None
            or not (self._fresh(context, "ground_pose") and self._fresh(context, "odometry"))
        ):
            return ()
        steps = steps_of(seen.track, claimed.track, round(self.window_s * NS_PER_S))
        if steps is None:
            return ()
        ground, robot, stamp_ns = steps
        apart_m = math.hypot(ground[0] - robot[0], ground[1] - robot[1])
        apart_rad = abs(math.remainder(ground[2] - robot[2], math.tau))
        verdicts = []
        if not apart_m <= self.distance_m:  # nor is what no number can tell
            verdicts.append(self._stop("displacement", apart_m, self.distance_m, "m", stamp_ns))
        if not apart_rad <= self.heading_rad:
            verdicts.append(self._stop("heading", apart_rad, self.heading_rad, "rad", stamp_ns))
        return verdicts

    def _fresh(self, context: RuleContext, name: str) -> bool:
        reading = context.readings.get(name)
        return reading is not None and not reading.fault and reading.age_ns(context.now_ns) <= self.fresh_s * NS_PER_S

    def _stop(self, what: str, value: float, limit: float, unit: str, stamp_ns: int) -> Verdict:
        reason = (
            f"{what}: the ground saw {value:.2f} {unit} else than the robot says, within {self.window_s:g} s; "
            f"{limit:.2f} allowed"
        )
        return Verdict(Severity.PROTECTIVE_STOP, "pose_agreement", what, reason, value, limit, unit, stamp_ns=stamp_ns)


def steps_of(seen: Track, claimed: Track, window_ns: int) -> tuple[Place, Place, int] | None:
    """The step of the ground and that of the robot between the same two stamps, and the later stamp.

    The later one is the newest ground pose for which there is odometry, the earlier one the oldest within the window.
    """
    stamps, known = seen.stamps_ns, claimed.stamps_ns
    if not stamps or not known:
        return None
    last = bisect_right(stamps, known[-1]) - 1
    first = bisect_left(stamps, max(known[0], stamps[last] - window_ns))
    if first >= last:
        return None
    start, end = claimed.at(stamps[first]), claimed.at(stamps[last])
    if start is None or end is None:
        return None
    return step(seen.places[first], seen.places[last]), step(start, end), stamps[last]


class PoseAgreementParameters(RuleParameters, frozen=True):
    """What may differ within the window, while both are no older than fresh_s."""

    window_s: Annotated[float, number("s", ge=0.2, le=10.0)] = 2.0
    distance_m: Annotated[float, number("m", gt=0.0, le=5.0, stricter=LOWER)] = 0.3
    heading_rad: Annotated[float, number("rad", gt=0.0, le=3.2, stricter=LOWER)] = 0.35
    fresh_s: Annotated[float, AGE_S] = 0.5


def _make(name: str, parameters: PoseAgreementParameters, site: Site) -> PoseAgreementRule:
    return PoseAgreementRule(parameters.window_s, parameters.distance_m, parameters.heading_rad, parameters.fresh_s)


RULE = RuleType(
    "pose_agreement", PoseAgreementParameters, _make, needs=lambda site: ("odometry", *site.place_inputs),
    kinds=MOBILE, overridable=True,
)  # fmt: skip
