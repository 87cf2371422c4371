"""Rule overrides: single rules that a named person sets aside, slowly, visibly and not for long.

Only rules whose type allows it (`overridable`), one at a time. While an override is in force the robot goes at
`REDUCED_SPEED`, no stop ends by itself, and a new stop ends it. None lets pass what is no number. When it ends, its
rule judges again at once: what it finds is a stop.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from port_safety.gate.events import EventKind
from port_safety.gate.hold_to_run import HoldToRun
from port_safety.gate.recovery import REDUCED_SPEED
from port_safety.gate.state_tracker import StateTracker
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext

#: The longest that a rule may be overridden at a stretch, and in all since the gate began.
STRETCH_NS = 60_000_000_000
TOTAL_NS = 600_000_000_000


@dataclass(frozen=True, slots=True)
class RuleOverride:
    """A rule that is overridden, by whom, why, since when (monotonic, ns)."""

    rule: str
    by: str
    why: str
    since_ns: int


class RuleOverrides:
    """Of one gate. `in_force` by rule."""

    def __init__(self, tracker: StateTracker) -> None:
        self.in_force: dict[str, RuleOverride] = {}
        self._tracker = tracker
        self._holds: dict[str, HoldToRun] = {}
        self._used_ns: Counter[str] = Counter()

    def refresh(self, rule: str, by: str, why: str, stamp_ns: int, now_ns: int) -> str:
        """Somebody overrides `rule`. Returns why that counts for nothing; empty if it counts."""
        for other in self.in_force.values():
            if other.rule != rule:
                return f"{other.by} overrides {other.rule}; one rule at a time"
        of_stretch_ns, of_all_ns = self._left_ns(rule, now_ns)
        if of_all_ns <= 0:
            return f"{rule} has been overridden for {TOTAL_NS / 1e9:.0f} s in all; that is the most"
        if of_stretch_ns <= 0:
            return f"{rule} has been overridden for {STRETCH_NS / 1e9:.0f} s at a stretch; let go first"
        hold = self._holds.setdefault(rule, HoldToRun())
        if reason := hold.refresh(by, stamp_ns, now_ns):
            return reason
        if rule not in self.in_force and hold.is_active(now_ns):
            self.in_force[rule] = RuleOverride(rule, by, why, now_ns)
            self._tell(EventKind.OVERRIDE_BEGAN, self.in_force[rule], why, now_ns)
        return ""

    def left_ns(self, rule: str, now_ns: int) -> int:
        """How long `rule` may be overridden from now on."""
        return min(self._left_ns(rule, now_ns))

    def _left_ns(self, rule: str, now_ns: int) -> tuple[int, int]:
        """What is left of this stretch, and of all."""
        override = self.in_force.get(rule)
        stretch_ns = 0 if override is None else now_ns - override.since_ns
        return STRETCH_NS - stretch_ns, TOTAL_NS - self._used_ns[rule] - stretch_ns

    def follow(self, now_ns: int) -> bool:
        """End what is not held any more or has lasted too long; whether any did."""
        over = list(self._over(now_ns))
        for override, reason in over:
            self._end(override, reason, now_ns)
        return bool(over)

    def end_all(self, reason: str, now_ns: int) -> None:
        """A stop: nothing is overridden until it has been let go."""
        for override in list(self.in_force.values()):
            self._end(override, reason, now_ns)

    def verdicts(self, context: RuleContext) -> list[Verdict]:
        """What overrides in force have to say in this tick."""
        said: list[Verdict] = []
        for rule, override in self.in_force.items():
            said.append(
                REDUCED_SPEED.limit(context, "override", rule, f"{override.by} overrides {rule} ({override.why})")
            )
            said += REDUCED_SPEED.overspeed(context, "override", rule)
        return said + _no_numbers(context) if self.in_force else said

    def _over(self, now_ns: int) -> Iterator[tuple[RuleOverride, str]]:
        for rule, override in self.in_force.items():
            if not self._holds[rule].is_active(now_ns):
                yield override, "let go"
            elif self.left_ns(rule, now_ns) <= 0:
                yield override, "overridden for as long as it may be"

    def _end(self, override: RuleOverride, reason: str, now_ns: int) -> None:
        del self.in_force[override.rule]
        self._holds[override.rule].revoke()
        self._used_ns[override.rule] += now_ns - override.since_ns
        self._tell(EventKind.OVERRIDE_ENDED, override, reason, now_ns)

    def _tell(self, kind: EventKind, override: RuleOverride, reason: str, now_ns: int) -> None:
        self._tracker.emit(kind, now_ns, self._tracker.state, f"{override.rule}: {reason}", by=override.by)


def _no_numbers(context: RuleContext) -> list[Verdict]:
    """Readings that cannot be used, also those at which only a rule that is overridden would look."""
    return [
        Verdict(Severity.PROTECTIVE_STOP, "override", name, f"{name}: {reading.fault}", stamp_ns=reading.stamp_ns)
        for name, reading in context.readings.items()
        if reading.fault
    ]
