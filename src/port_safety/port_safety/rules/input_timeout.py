"""`fresh`: every input that the envelope relies on is there, young, and a number.

Never received equals stale. A stamp in the future is stale. A missing command only takes the motion away: the robot's
own stack may rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from port_safety.model.readings import Freshness, Reading, age_in_words, freshness
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import NS_PER_S, RuleContext


@dataclass(frozen=True, slots=True)
class TimedInput:
    """One input: its name, its greatest age in s, and how bad its loss is."""

    name: str
    limit_s: float
    severity: Severity

    def __post_init__(self) -> None:
        if not self.limit_s > 0.0:
            raise ValueError(f"{self.name}: limit_s {self.limit_s} must be above 0")


@dataclass(frozen=True, slots=True)
class InputTimeoutRule:
    """The inputs watched, and how old a command may be."""

    inputs: tuple[TimedInput, ...]
    command_s: float

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        verdicts = [
            Verdict(
                watched.severity,
                "fresh",
                watched.name,
                f"{watched.name}: {reason}",
                value=value,
                limit=watched.limit_s,
                unit="s",
                stamp_ns=0 if reading is None else reading.received_ns,
            )
            for watched in self.inputs
            for reading in (context.readings.get(watched.name),)
            for reason, value in (objection(reading, watched.limit_s, context.now_ns),)
            if reason
        ]
        return verdicts + self._command(context) if context.armed else verdicts

    def _command(self, context: RuleContext) -> list[Verdict]:
        nan = float("nan")
        if context.request_received_ns is None:
            age_s, reason = nan, "command: no data"
        else:
            age_s = (context.now_ns - context.request_received_ns) / NS_PER_S
            reason = f"command: none for {age_s:.2f} s" if age_s > self.command_s else ""
        if not reason:
            return []
        return [Verdict(Severity.LIMIT, "fresh", "command", reason, age_s, self.command_s, "s", 0.0, 0.0)]


def objection(reading: Reading | None, limit_s: float, now_ns: int) -> tuple[str, float]:
    """Why an input cannot be relied on ("" if it can), and its age in s (NaN if never received)."""
    if reading is None:
        return "no data", float("nan")
    age_s = reading.age_ns(now_ns) / NS_PER_S
    match freshness(reading, limit_s, now_ns):
        case Freshness.OK:
            return "", age_s
        case Freshness.NEVER:
            return "no data: not stamped yet, or by a clock that was never set", float("nan")
        case Freshness.INVALID:
            return reading.fault, age_s
        case Freshness.EARLY:
            return f"stamped {(reading.stamp_ns - now_ns) / NS_PER_S:.2f} s in the future", age_s
        case _:
            return age_in_words(reading, now_ns), age_s
