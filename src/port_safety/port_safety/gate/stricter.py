"""Which parameters of the rules may change while the gate runs: only such that make the envelope stricter.

Whoever admitted a robot admitted it with an envelope; nobody may loosen that behind their back. What has no
stricter direction in its rule's parameters, or goes the other way, needs a new start of the session.
"""

import math
from collections.abc import Mapping
from typing import Any

from port_safety.rules.registry import type_of
from port_safety.rules.rule_type import LOWER


def refusal(blocks: Mapping[str, Any], rule: str, key: str, value: object) -> str:
    """Why `key` of the block `rule` may not become `value` while the gate runs; empty if it may."""
    block = blocks.get(rule)
    if not isinstance(block, Mapping):
        return f"{rule}: only parameters of rules in force may change while the gate runs; start the session anew"
    direction = type_of(rule, block).stricter(key)
    if not direction:
        return f"{rule}.{key}: does not change while the gate runs; start the session anew"
    before = block.get(key)
    if not _is_number(value) or not _is_number(before):
        return f"{rule}.{key}: expected a number where one is set, got {value!r} for {before!r}"
    if (value <= before) if direction is LOWER else (value >= before):  # type: ignore[operator]
        return ""
    return f"{rule}.{key}: {value} is looser than {before}; while the gate runs it may only become {direction}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def changed(blocks: Mapping[str, Any], changes: Mapping[str, object]) -> dict[str, Any]:
    """The blocks with `changes` by "rule.key". They have been found to be stricter (`refusal`)."""
    made = {name: dict(block) for name, block in blocks.items()}
    for path, value in changes.items():
        rule, _, key = path.partition(".")
        made[rule][key] = float(value)  # type: ignore[arg-type]
    return made
