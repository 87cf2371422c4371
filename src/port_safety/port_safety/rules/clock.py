"""`clock`: the stamps of every source agree with our clock, and our own clock is not set while a robot is watched.

Two-sided: stamps that run ahead make old data look young, stamps that lag make young data look old. One odd stamp is
the network's; `readings` of them in a row on the same side are a clock's. `input_timeout` catches what is far off.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Annotated

from port_safety.model.history import KEPT, History
from port_safety.model.readings import ClockStep
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import NS_PER_S, RuleContext
from port_safety.rules.rule_type import LOWER, RuleParameters, RuleType, Site, number


@dataclass(frozen=True, slots=True)
class ClockRule:
    """sources: inputs by name. ahead_s, behind_s: how far a stamp may lie off; step_s: how far our clock may be set.

    stale_s: how old the last look at our clock may be.
    """

    sources: tuple[str, ...]
    ahead_s: float
    behind_s: float
    step_s: float
    readings: int
    stale_s: float = 1.0

    def __post_init__(self) -> None:
        for name in ("ahead_s", "behind_s", "step_s", "stale_s"):
            if not getattr(self, name) > 0.0:
                raise ValueError(f"{name}: {getattr(self, name)} must be above 0")
        if not 1 <= self.readings <= KEPT:
            raise ValueError(f"readings: {self.readings} must lie in 1..{KEPT}")

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        verdicts = self._system_clock(context)
        ahead_ns, behind_ns = -self.ahead_s * NS_PER_S, self.behind_s * NS_PER_S
        for name in self.sources:
            history = context.histories.get(name)
            # Where the newest stamp is well, and it nearly always is, no other needs to be looked at.
            if history and history.lags_ns and not ahead_ns <= history.lags_ns[-1] <= behind_ns:
                verdicts += self._source(name, history)
        return verdicts

    def _source(self, name: str, history: History) -> list[Verdict]:
        """A stop when all of the last stamps are off to the same side; it tells by how much the newest is."""
        if len(history.lags_ns) < self.readings:
            return []
        lags_ns = list(islice(reversed(history.lags_ns), self.readings))
        newest_s = lags_ns[0] / NS_PER_S
        if min(lags_ns) / NS_PER_S > self.behind_s:
            return [_stop(name, f"stamps lag by {newest_s:.2f} s", newest_s, self.behind_s)]
        if max(lags_ns) / NS_PER_S < -self.ahead_s:
            return [_stop(name, f"stamps run {-newest_s:.2f} s ahead", -newest_s, self.ahead_s)]
        return []

    def _system_clock(self, context: RuleContext) -> list[Verdict]:
        reading = context.readings.get("system_clock")
        if reading is None or not isinstance(reading.value, ClockStep):
            return [_stop("system_clock", "nobody has looked at it yet", math.nan, self.step_s)]
        age_s = reading.age_ns(context.now_ns) / NS_PER_S
        if not age_s <= self.stale_s:
            return [_stop("system_clock", f"nobody has looked at it for {age_s:.2f} s", age_s, self.stale_s)]
        step_s = reading.value.step_s
        if abs(step_s) <= self.step_s:
            return []
        return [_stop("system_clock", f"it was set by {step_s:+.2f} s", abs(step_s), self.step_s)]


def _stop(name: str, reason: str, value: float, limit: float) -> Verdict:
    return Verdict(Severity.PROTECTIVE_STOP, "clock", name, f"clock of {name}: {reason}", value, limit, "s")


class ClockParameters(RuleParameters, frozen=True):
    """How far stamps may lie off, and over how many readings; how far the system clock may be set, and how old the last
    look at it may be."""

    ahead_s: Annotated[float, number("s", gt=0.0, le=1.0, stricter=LOWER)] = 0.05
    behind_s: Annotated[float, number("s", gt=0.0, le=5.0, stricter=LOWER)] = 0.4
    step_s: Annotated[float, number("s", gt=0.0, le=5.0, stricter=LOWER)] = 0.1
    readings: Annotated[int, number("", ge=1, le=KEPT)] = 5
    stale_s: Annotated[float, number("s", ge=0.3, le=10.0, stricter=LOWER)] = 1.0


def _make(name: str, parameters: ClockParameters, site: Site) -> ClockRule:
    sources = [f"estop {station}" for station in site.estops] + [site.motion_input, *site.place_inputs]
    if site.by_joints and "joints" not in sources:
        sources.append("joints")
    sources += [f"occupancy {source}" for source in site.lookouts]
    sources += [f"force_plate {plate}" for plate in site.plates]
    return ClockRule(
        tuple(sources), parameters.ahead_s, parameters.behind_s, parameters.step_s, parameters.readings,
        parameters.stale_s,
    )  # fmt: skip


RULE = RuleType("clock", ClockParameters, _make, watches=lambda parameters, site: {"system_clock": parameters.stale_s})
