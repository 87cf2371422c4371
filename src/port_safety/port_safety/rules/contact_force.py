"""`contact_force`: an arm pushes nobody harder than allowed. Held too hard is a protective stop, a blow an emergency.

The magnitude of the force at the wrist (geometry_msgs/WrenchStamped), as the robot publishes it, compensated for the
tool's weight. Above `limit_n` in `readings` readings in a row: quasi-static contact; above `blow_n` in one: transient
contact, which ISO/TS 15066:2016 table A.2 allows up to twice the quasi-static force. Between ticks nothing is seen: a
sensor faster than the gate is judged by its newest value each tick.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from port_safety.model.history import KEPT
from port_safety.model.readings import Force
from port_safety.model.verdict import Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.required_input import check_positive, emergency, latest, required, stop
from port_safety.rules.rule_type import AGE_S, LOWER, RuleParameters, RuleType, Site, number


@dataclass(frozen=True, slots=True)
class ContactForceRule:
    """limit_n over `readings` in a row, blow_n at once; stale_s: greatest age."""

    limit_n: float
    blow_n: float
    readings: int
    stale_s: float

    def __post_init__(self) -> None:
        check_positive(self, "limit_n", "stale_s")
        if not self.limit_n <= self.blow_n <= 2.0 * self.limit_n:
            raise ValueError(f"blow_n: {self.blow_n} must lie in limit_n ({self.limit_n})..twice that")
        if not 1 <= self.readings <= KEPT:
            raise ValueError(f"readings: {self.readings} must lie in 1..{KEPT}")

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        force, verdicts = required(context, "contact_force", "contact_wrench", Force, self.stale_s)
        if force is None:
            return verdicts
        stamp_ns = context.readings["contact_wrench"].stamp_ns
        if force.magnitude_n > self.blow_n:
            reason = f"a blow of {force.magnitude_n:.0f} N, {self.blow_n:.0f} allowed"
            return [emergency("contact_force", "tool", reason, force.magnitude_n, self.blow_n, "N", stamp_ns)]
        seen = latest(context, "contact_wrench", self.readings)
        held = [each.value.magnitude_n for each in seen if isinstance(each.value, Force)]
        if len(held) == self.readings and min(held) > self.limit_n:
            reason = f"the arm pushes with {min(held):.0f} N, {self.limit_n:.0f} allowed"
            return [stop("contact_force", "tool", reason, min(held), self.limit_n, "N", stamp_ns)]
        return ()


class ContactForceParameters(RuleParameters, frozen=True):
    """Forces at the tool: held in so many readings in a row, in one; greatest age."""

    limit_n: Annotated[float, number("N", gt=0.0, le=100_000.0, stricter=LOWER)]
    blow_n: Annotated[float, number("N", gt=0.0, le=100_000.0, stricter=LOWER)]
    readings: Annotated[int, number("", ge=1, le=KEPT)] = 10
    stale_s: Annotated[float, AGE_S] = 0.1


def _make(name: str, parameters: ContactForceParameters, site: Site) -> ContactForceRule:
    return ContactForceRule(parameters.limit_n, parameters.blow_n, parameters.readings, parameters.stale_s)


RULE = RuleType(
    "contact_force", ContactForceParameters, _make,
    watches=lambda parameters, site: {"contact_wrench": parameters.stale_s},
)  # fmt: skip
