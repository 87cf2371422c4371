"""The envelope: the set of rules in force, judged whole, every tick."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from port_safety.core.verdict import Verdict
from port_safety.core.view import View


class Rule(Protocol):
    """Looks at one moment and objects, or does not."""

    def judge(self, view: View) -> Sequence[Verdict]:
        """Every objection of this rule; nothing where all is well."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Rules by name, in order, and the hash of the description they were made from."""

    rules: Mapping[str, Rule]
    digest: str

    def judge(self, view: View) -> list[Verdict]:
        """All objections of all rules."""
        verdicts: list[Verdict] = []
        for rule in self.rules.values():
            verdicts.extend(rule.judge(view))
        return verdicts


def digest(description: Any) -> str:
    """SHA-256 of a description in canonical JSON, hexadecimal."""
    text = json.dumps(description, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
