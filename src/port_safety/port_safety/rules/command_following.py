"""`command_following`: a robot that is let go does what it is told: it does not move without a command, nor against it.

What left the gate takes effect after the robot's latency and the lag of its drives (first order); one that slows down
does so with its deceleration, of which half counts. Between the least and the most that this allows (`expected`), plus
a tolerance, every measured velocity is explained. More, over `readings` readings in a row, is a protective stop: a
runaway, a base that is pushed, a sign that is wrong, a second commander. While it is stopped `stop_response` judges.
For robots that are commanded by a twist.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from port_safety.model.history import KEPT
from port_safety.model.readings import Odometry
from port_safety.model.verdict import Verdict
from port_safety.rules.context import RuleContext, Span
from port_safety.rules.required_input import check_positive, latest, missing, stop
from port_safety.rules.rule_type import LOWER, MOBILE, RuleParameters, RuleType, Site, number


@dataclass(frozen=True, slots=True)
class CommandFollowingRule:
    """How far a measured velocity may lie outside of what was told, m/s and rad/s; over how many readings in a row."""

    tolerance_mps: float
    tolerance_radps: float
    readings: int

    def __post_init__(self) -> None:
        check_positive(self, "tolerance_mps", "tolerance_radps")
        if not 1 <= self.readings <= KEPT:
            raise ValueError(f"readings: {self.readings} must lie in 1..{KEPT}")

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        if not context.armed or context.expected is None:
            return ()
        if context.odometry() is None:
            return [missing("command_following", "robot", "nobody measures how the robot moves", "odometry")]
        seen = [each.value for each in latest(context, "odometry", self.readings)]
        moved = [each for each in seen if isinstance(each, Odometry)]
        if len(moved) < self.readings:
            return ()
        spans = zip(("vx", "vy", "wz"), context.expected, strict=True)
        return [verdict for name, span in spans for verdict in self._axis(context, name, span, moved)]

    def _axis(self, context: RuleContext, name: str, span: Span, moved: Sequence[Odometry]) -> list[Verdict]:
        """The least that the readings in a row are outside; none if one of them is inside."""
        turns = name == "wz"
        tolerance, unit = (self.tolerance_radps, "rad/s") if turns else (self.tolerance_mps, "m/s")
        values = [getattr(each, name) for each in moved]
        least, most = span.least - tolerance, span.most + tolerance
        above, below = min(values), max(values)
        if not above > most and not below < least:
            return []
        value, limit = (above, most) if above > most else (below, least)
        told = f"{span.least:.2f} to {span.most:.2f}" if span.most - span.least > 0.005 else f"{span.most:.2f}"
        reason = f"the robot {'turns' if turns else 'moves'} with {name} {value:.2f} {unit}, told {told}"
        stamp_ns = context.readings["odometry"].stamp_ns
        return [stop("command_following", name, reason, value, limit, unit, stamp_ns)]


class CommandFollowingParameters(RuleParameters, frozen=True):
    """How far what is measured may lie outside of what was told, in so many readings in a row."""

    tolerance_mps: Annotated[float, number("m/s", ge=0.05, le=5.0, stricter=LOWER)] = 0.4
    tolerance_radps: Annotated[float, number("rad/s", ge=0.05, le=10.0, stricter=LOWER)] = 0.8
    readings: Annotated[int, number("", ge=1, le=KEPT)] = 5


def _make(name: str, parameters: CommandFollowingParameters, site: Site) -> CommandFollowingRule:
    return CommandFollowingRule(parameters.tolerance_mps, parameters.tolerance_radps, parameters.readings)


RULE = RuleType(
    "command_following", CommandFollowingParameters, _make, needs=lambda site: ("odometry",), kinds=MOBILE,
    by_joints=False,
)  # fmt: skip
