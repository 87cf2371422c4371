"""`border`: the robot's own computers are reached, and there, too, nobody but the gate commands the robot.

For a robot whose computers stand behind the session's border (docs/network.md). What lies between tells ten times a
second whether the other side answers; silence of it counts as one that does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from port_safety.model.readings import Border
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import NS_PER_S, RuleContext
from port_safety.rules.rule_type import LOWER, RuleParameters, RuleType, Site, number

#: Of the rule, and of the input that it judges.
NAME = "border"
#: More names than this are counted, not told.
TOLD = 4


@dataclass(frozen=True, slots=True)
class BorderRule:
    """How old the last word of the border may be, in s."""

    stale_s: float

    def __post_init__(self) -> None:
        if not self.stale_s > 0.0:
            raise ValueError(f"stale_s: {self.stale_s} must be above 0")

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        reading = context.readings.get(NAME)
        if reading is None or not isinstance(reading.value, Border):
            return [self._down("nothing was heard yet of the robot's computers", float("nan"))]
        age_s = reading.age_ns(context.now_ns) / NS_PER_S
        if age_s > self.stale_s:
            return [self._down(f"nothing was heard for {age_s:.1f} s of the robot's computers", age_s)]
        if not reading.value.up:
            return [self._down(reading.value.reason or "the robot's computers do not answer", age_s)]
        foreign = reading.value.foreign
        return [_bypassed(who, len(foreign), reading.stamp_ns) for who in foreign[:TOLD]]

    def _down(self, reason: str, age_s: float) -> Verdict:
        return Verdict(Severity.PROTECTIVE_STOP, NAME, NAME, f"{NAME}: {reason}", age_s, self.stale_s, "s")


def _bypassed(who: str, count: int, stamp_ns: int) -> Verdict:
    reason = f"bypass: {who} publishes on the robot's command topic in the robot's own domain, beside port"
    return Verdict(Severity.EMERGENCY_STOP, NAME, who, reason, float(count), 0.0, "nodes", stamp_ns=stamp_ns)


class BorderParameters(RuleParameters, frozen=True):
    """How old the last word of what lies between the gate and the robot's computers may be."""

    stale_s: Annotated[float, number("s", ge=0.2, le=2.0, stricter=LOWER)] = 0.4


def _make(name: str, parameters: BorderParameters, site: Site) -> BorderRule:
    return BorderRule(parameters.stale_s)


RULE = RuleType(NAME, BorderParameters, _make, watches=lambda parameters, site: {NAME: parameters.stale_s})
