"""`bypass`: nobody but the gate publishes on the robot's command topic. Whoever does is an emergency, by name.

A command that goes past the gate has been judged by nobody. Who publishes is looked up several times a second, outside
of the command's path; never looked, or not for `stale_s`, counts as not knowing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from port_safety.model.readings import Publishers
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import NS_PER_S, RuleContext
from port_safety.rules.rule_type import LOWER, RuleParameters, RuleType, Site, number

#: More names than this are counted, not told.
NAMES = 4


@dataclass(frozen=True, slots=True)
class BypassRule:
    """How old the last look may be, in s."""

    stale_s: float

    def __post_init__(self) -> None:
        if not self.stale_s > 0.0:
            raise ValueError(f"stale_s: {self.stale_s} must be above 0")

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        reading = context.readings.get("publishers")
        if reading is None or not isinstance(reading.value, Publishers):
            return [self._blind("nobody has looked yet who else commands the robot", float("nan"))]
        age_s = reading.age_ns(context.now_ns) / NS_PER_S
        if age_s > self.stale_s:
            return [self._blind(f"nobody has looked for {age_s:.1f} s who else commands the robot", age_s)]
        if not reading.value.foreign:
            return self._doubt(reading.value, reading.stamp_ns)
        return [_bypassed(name, len(reading.value.foreign), reading.stamp_ns) for name in reading.value.foreign[:NAMES]]

    def _doubt(self, seen: Publishers, stamp_ns: int) -> list[Verdict]:
        """Somebody is there who may be dead, or may turn out to be somebody: nothing moves until that is known."""
        found = []
        if seen.before:
            reason = "bypass: a gate of this name was here before; wait until it is gone (20 s if it died), or end it"
            found.append(("gate before", reason, seen.before))
        if seen.nameless:
            reason = (
                "bypass: a publisher on the robot's command topic has not told its node's name; wait until it has, or "
                "is gone (20 s if it died); if it stays, end it"
            )
            found.append(("nameless", reason, seen.nameless))
        return [
            Verdict(Severity.PROTECTIVE_STOP, "bypass", source, reason, float(count), 0.0, "nodes", stamp_ns=stamp_ns)
            for source, reason, count in found
        ]

    def _blind(self, reason: str, age_s: float) -> Verdict:
        return Verdict(Severity.PROTECTIVE_STOP, "bypass", "publishers", f"bypass: {reason}", age_s, self.stale_s, "s")


def _bypassed(name: str, count: int, stamp_ns: int) -> Verdict:
    reason = f"bypass: {name} publishes on the robot's command topic beside the gate"
    return Verdict(Severity.EMERGENCY_STOP, "bypass", name, reason, float(count), 0.0, "nodes", stamp_ns=stamp_ns)


class BypassParameters(RuleParameters, frozen=True):
    """How old the last look at the publishers may be."""

    stale_s: Annotated[float, number("s", ge=0.3, le=10.0, stricter=LOWER)] = 1.0


def _make(name: str, parameters: BypassParameters, site: Site) -> BypassRule:
    return BypassRule(parameters.stale_s)


RULE = RuleType("bypass", BypassParameters, _make, watches=lambda parameters, site: {"publishers": parameters.stale_s})
