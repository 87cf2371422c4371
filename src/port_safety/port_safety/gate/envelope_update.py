"""A change of the envelope while the gate runs: refused with the reason, or in force from the next tick on."""

from collections.abc import Callable, Mapping
from typing import Any

from port_safety.gate.events import CommandResult, EventKind
from port_safety.gate.gate import Gate
from port_safety.gate.stricter import changed, refusal
from port_safety.rules.envelope import Envelope
from port_safety.rules.registry import EnvelopeError

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
        self.blocks, gate.envelope = blocks, envelope
        gate.tracker.emit(EventKind.ENVELOPE_CHANGED, now_ns, gate.state, reason)
        return CommandResult(True, reason)


def _before(blocks: Mapping[str, Any], path: str) -> object:
    rule, _, key = path.partition(".")
    return blocks[rule][key]
