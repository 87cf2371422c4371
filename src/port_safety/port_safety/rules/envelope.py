"""The envelope: the set of rules in force, judged whole, every tick."""

import hashlib
import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from port_safety.model.geometry import Point
from port_safety.model.verdict import Verdict
from port_safety.rules.context import RuleContext


class Rule(Protocol):
    """Looks at one moment and objects, or does not."""

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        """Every objection of this rule; nothing where all is well."""


@runtime_checkable
class LastRule(Protocol):
    """Looks at what the other rules leave of the request."""

    def judge_last(self, context: RuleContext, share: float, share_angular: float) -> Sequence[Verdict]:
        """As `judge`; `share` and `share_angular` of the request may pass after all other rules."""


@runtime_checkable
class Boundary(Protocol):
    """A rule about the edge of a zone: a person may lead a robot that is over it back."""

    @property
    def key(self) -> tuple[str, str]:
        """That of its verdicts."""

    def clearance_m(self, point: Point) -> float:
        """How far the footprint of a robot at `point` is from the edge; below 0 it is over it."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Rules by name, in order, those that come last, and the hash of the description they were made from.

    overridable: names of the rules that a person may override for a while. watched: every input that a rule holds to a
    greatest age, s; judged_inputs: those of them whose values some rule judges, too.
    """

    rules: Mapping[str, Rule]
    digest: str
    last_rules: Mapping[str, LastRule] = field(default_factory=dict)
    overridable: frozenset[str] = frozenset()
    watched: Mapping[str, float] = field(default_factory=dict)
    judged_inputs: frozenset[str] = frozenset()

    def judge(self, context: RuleContext, overridden: Container[str] = ()) -> list[Verdict]:
        """All objections of all rules but those that are overridden."""
        verdicts: list[Verdict] = []
        for name, rule in self.rules.items():
            if name not in overridden:
                verdicts.extend(rule.judge(context))
        return _told_once(verdicts)

    @property
    def boundaries(self) -> dict[tuple[str, str], Boundary]:
        """Rules about the edges of zones, by the key of their verdicts."""
        return {rule.key: rule for rule in self.rules.values() if isinstance(rule, Boundary)}

    def judge_last(self, context: RuleContext, said: Sequence[Verdict]) -> list[Verdict]:
        """The objections of the last rules, after everything that was `said` in this tick."""
        share = min((verdict.scale for verdict in said), default=1.0)
        share_angular = min((verdict.scale_angular for verdict in said), default=1.0)
        return [
            verdict for rule in self.last_rules.values() for verdict in rule.judge_last(context, share, share_angular)
        ]


def _told_once(verdicts: list[Verdict]) -> list[Verdict]:
    """An input that is missing is told by the rule that watches it, not once more by each that cannot judge without."""
    if not any(verdict.missing_input for verdict in verdicts):
        return verdicts
    told = {verdict.source for verdict in verdicts if verdict.stops and not verdict.missing_input}
    return [verdict for verdict in verdicts if verdict.missing_input not in told]


def digest(description: Any) -> str:
    """SHA-256 of a description in canonical JSON, hexadecimal."""
    text = json.dumps(description, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
