"""Verdicts: what a rule says of the present moment. The worst one wins.

This file knows no rule, no sensor and no clock.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Severity(IntEnum):
    """How bad a verdict is; the order is the meaning."""

    OK = 0
    LIMIT = 1
    PROTECTIVE_STOP = 2
    EMERGENCY_STOP = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule's word on one source.

    rule, source: who says it and what it looked at ("keep_out", "zone operator_desk"). reason: one line for people.
    value, limit: what was measured and what it was held against, in `unit` (SI); NaN where there is no number.
    scale, scale_angular: the share of the requested linear and angular motion that may pass, 0..1; a LIMIT uses them.
    self_clearing: this stop may end without a reset once its rule is content for the hysteresis time.
    stamp_ns: monotonic time of the reading that caused it; 0 where no reading did.
    removes_power: the drives lose their power at once instead of braking under it.
    missing_input: the input without which the rule cannot judge, if that is why it objects; empty else.

    Raises ValueError for a scale outside 0..1, a nameless rule, a verdict without a reason, an emergency that would
    clear by itself.
    """

    severity: Severity
    rule: str
    source: str
    reason: str
    value: float = math.nan
    limit: float = math.nan
    unit: str = ""
    scale: float = 1.0
    scale_angular: float = 1.0
    self_clearing: bool = False
    stamp_ns: int = 0
    removes_power: bool = False
    missing_input: str = ""

    def __post_init__(self) -> None:
        if not (0.0 <= self.scale <= 1.0 and 0.0 <= self.scale_angular <= 1.0):
            raise ValueError(f"scale: {self.scale}, scale_angular: {self.scale_angular}: both must lie in 0..1")
        if not self.rule or not self.reason:
            raise ValueError("rule and reason: a verdict names both")
        if self.self_clearing and self.severity is Severity.EMERGENCY_STOP:
            raise ValueError("self_clearing: an emergency stop never clears by itself")

    @property
    def key(self) -> tuple[str, str]:
        """What makes two verdicts the same cause: rule and source."""
        return self.rule, self.source

    @property
    def stops(self) -> bool:
        return self.severity >= Severity.PROTECTIVE_STOP


def worst(verdicts: Iterable[Verdict]) -> Severity:
    """The severity that is in force; OK where nobody objects."""
    return max((verdict.severity for verdict in verdicts), default=Severity.OK)


def by_severity(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Worst first; among equals the order of the rules is kept."""
    return tuple(sorted(verdicts, key=lambda verdict: -verdict.severity))
