"""Permits: single rules that a named person holds off, slowly, visibly and not for long.

Only rules whose registry entry allows it. While a permit is in force the robot goes at `PACE`, no stop ends by itself,
and a new stop ends it. No permit lets pass what is no number. When it ends, its rule judges again at once: what it
finds is a stop.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from port_safety.core.course import Course
from port_safety.core.happening import Kind
from port_safety.core.hold import Hold
from port_safety.core.recovery import PACE
from port_safety.core.verdict import Severity, Verdict
from port_safety.core.view import View

#: The longest that a rule may be held off at a stretch, and in all since the gate began.
STRETCH_NS = 60_000_000_000
TOTAL_NS = 600_000_000_000


@dataclass(frozen=True, slots=True)
class Permit:
    """A rule that is held off, by whom, why, since when (monotonic, ns)."""

    rule: str
    by: str
    why: str
    since_ns: int


class Permits:
    """Of one gate. `in_force` by rule."""

    def __init__(self, course: Course) -> None:
        self.in_force: dict[str, Permit] = {}
        self._course = course
        self._holds: dict[str, Hold] = {}
        self._used_ns: Counter[str] = Counter()

    def press(self, rule: str, by: str, why: str, stamp_ns: int, now_ns: int) -> str:
        """Somebody holds `rule` off. Returns why that counts for nothing; empty if it counts."""
        of_stretch_ns, of_all_ns = self._left_ns(rule, now_ns)
        if of_all_ns <= 0:
            return f"{rule} has been held off for {TOTAL_NS / 1e9:.0f} s in all; that is the most"
        if of_stretch_ns <= 0:
            return f"{rule} has been held off for {STRETCH_NS / 1e9:.0f} s at a stretch; let go first"
        hold = self._holds.setdefault(rule, Hold())
        if reason := hold.press(by, stamp_ns, now_ns):
            return reason
        if rule not in self.in_force and hold.holds(now_ns):
            self.in_force[rule] = Permit(rule, by, why, now_ns)
            self._tell(Kind.PERMIT_BEGAN, self.in_force[rule], why, now_ns)
        return ""

    def left_ns(self, rule: str, now_ns: int) -> int:
        """How long `rule` may be held off from now on."""
        return min(self._left_ns(rule, now_ns))

    def _left_ns(self, rule: str, now_ns: int) -> tuple[int, int]:
        """What is left of this stretch, and of all."""
        permit = self.in_force.get(rule)
        stretch_ns = 0 if permit is None else now_ns - permit.since_ns
        return STRETCH_NS - stretch_ns, TOTAL_NS - self._used_ns[rule] - stretch_ns

    def follow(self, now_ns: int) -> bool:
        """End what is not held any more or has lasted too long; whether any did."""
        over = list(self._over(now_ns))
        for permit, reason in over:
            self._end(permit, reason, now_ns)
        return bool(over)

    def end_all(self, reason: str, now_ns: int) -> None:
        """A stop: nothing is held off until it has been let go."""
        for permit in list(self.in_force.values()):
            self._end(permit, reason, now_ns)

    def verdicts(self, view: View) -> list[Verdict]:
        """What permits in force have to say in this tick."""
        said: list[Verdict] = []
        for rule, permit in self.in_force.items():
            said.append(PACE.limit(view, "permit", rule, f"{permit.by} holds off {rule} ({permit.why})"))
            said += PACE.overspeed(view, "permit", rule)
        return said + _no_numbers(view) if self.in_force else said

    def _over(self, now_ns: int) -> Iterator[tuple[Permit, str]]:
        for rule, permit in self.in_force.items():
            if not self._holds[rule].holds(now_ns):
                yield permit, "let go"
            elif self.left_ns(rule, now_ns) <= 0:
                yield permit, "held off for as long as it may be"

    def _end(self, permit: Permit, reason: str, now_ns: int) -> None:
        del self.in_force[permit.rule]
        self._holds[permit.rule].spend()
        self._used_ns[permit.rule] += now_ns - permit.since_ns
        self._tell(Kind.PERMIT_ENDED, permit, reason, now_ns)

    def _tell(self, kind: Kind, permit: Permit, reason: str, now_ns: int) -> None:
        self._course.happen(kind, now_ns, self._course.state, f"{permit.rule}: {reason}", by=permit.by)


def _no_numbers(view: View) -> list[Verdict]:
    """Readings that cannot be used, also those at which only a rule that is held off would look."""
    return [
        Verdict(Severity.PROTECTIVE_STOP, "permit", name, f"{name}: {reading.fault}", stamp_ns=reading.stamp_ns)
        for name, reading in view.readings.items()
        if reading.fault
    ]
