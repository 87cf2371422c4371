"""`ground_publishers`: on the ground's own topics nobody speaks but the nodes that the description names.

What a pose or a force says cannot prove who said it, so who may say it is looked at: the publishers that the middleware
knows, several times a second, outside of the command's path. Anybody else is a stop, by name; never looked, or not for
`stale_s`, counts as not knowing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from port_safety.model.readings import Publishers
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import NS_PER_S, RuleContext
from port_safety.rules.rule_type import LOWER, RuleParameters, RuleType, Site, number

#: Of the rule, and of the input that it judges: `foreign` holds who and where, "/team/teleop on /hall/estop/state".
NAME = "ground_publishers"
#: More than these are counted, not told.
TOLD = 4


@dataclass(frozen=True, slots=True)
class GroundPublishersRule:
    """How old the last look may be, in s."""

    stale_s: float

    def __post_init__(self) -> None:
        if not self.stale_s > 0.0:
            raise ValueError(f"stale_s: {self.stale_s} must be above 0")

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        reading = context.readings.get(NAME)
        if reading is None or not isinstance(reading.value, Publishers):
            return [self._blind("nobody has looked yet who speaks on the ground's topics", float("nan"))]
        age_s = reading.age_ns(context.now_ns) / NS_PER_S
        if age_s > self.stale_s:
            return [self._blind(f"nobody has looked for {age_s:.1f} s who speaks on the ground's topics", age_s)]
        foreign = reading.value.foreign
        return [_foreign(who, len(foreign), reading.stamp_ns) for who in foreign[:TOLD]]

    def _blind(self, reason: str, age_s: float) -> Verdict:
        return Verdict(Severity.PROTECTIVE_STOP, NAME, NAME, f"{NAME}: {reason}", age_s, self.stale_s, "s")


def _foreign(who: str, count: int, stamp_ns: int) -> Verdict:
    reason = f"{NAME}: foreign publisher: {who}; end it"
    return Verdict(Severity.PROTECTIVE_STOP, NAME, who, reason, float(count), 0.0, "publishers", stamp_ns=stamp_ns)


class GroundPublishersParameters(RuleParameters, frozen=True):
    """How old the last look at the publishers may be."""

    stale_s: Annotated[float, number("s", ge=0.3, le=10.0, stricter=LOWER)] = 1.0


def _make(name: str, parameters: GroundPublishersParameters, site: Site) -> GroundPublishersRule:
    return GroundPublishersRule(parameters.stale_s)


RULE = RuleType(NAME, GroundPublishersParameters, _make, watches=lambda parameters, site: {NAME: parameters.stale_s})
