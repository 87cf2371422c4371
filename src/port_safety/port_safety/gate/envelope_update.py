"""A change of the envelope while the gate runs: refused with the reason, or in force from the next tick on.

Only such changes that make it stricter: whoever admitted a robot admitted it with an envelope; nobody may loosen that
behind their back. What has no stricter direction in its rule's parameters needs a new start of the session.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from port_safety.gate.events import CommandResult
from port_safety.gate.gate import Gate
from port_safety.rules.envelope import Envelope
from port_safety.rules.registry import EnvelopeError, type_of
from port_safety.rules.rule_type import LOWER

#: Makes an envelope of blocks of parameters.
Make = Callable[[Mapping[str, Any]], Envelope]


class EnvelopeUpdates:
    """Of one gate. `blocks` are those of the envelope in force."""

    def __init__(self, gate: Gate, blocks: Mapping[str, Any], make: Make) -> None:
        self.blocks = blocks
        self._gate = gate
        self._make = make

    def amend(self, changes: Mapping[str, object], now_ns: int) -> CommandResult:
        """Put `changes` ("rule.key" → value) in force, all of them or none."""
        for path, value in changes.items():
            rule, _, key = path.partition(".")
            if reason := refusal(self.blocks, rule, key, value):
                return CommandResult(False, reason)
        blocks = changed(self.blocks, changes)
        try:
            envelope = self._make(blocks)
        except EnvelopeError as error:
            return CommandResult(False, str(error))
        return self._put_in_force(envelope, blocks, changes, now_ns)

    def _put_in_force(
        self, envelope: Envelope, blocks: dict[str, Any], changes: Mapping[str, object], now_ns: int
    ) -> CommandResult:
        gate = self._gate
        said = ", ".join(f"{path} {_before(self.blocks, path)} → {value}" for path, value in changes.items())
        reason = f"{said}; envelope {gate.envelope.digest[:16]} → {envelope.digest[:16]}"
        self.blocks = blocks
        gate.put_in_force(envelope, reason, now_ns)
        return CommandResult(True, reason)


def _before(blocks: Mapping[str, Any], path: str) -> object:
    rule, _, key = path.partition(".")
    return blocks[rule][key]


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
