"""Whether the session that armed the gate is still there and live. A gate that is open without it stops the robot.

The session's node tells its state twice a second and on each change. Right after the gate has opened (armed, or a stop
that ended by itself) words from before it may still arrive: so a session that is not live is waited for, for as long
as its silence is; one that is over, or that was live since, is not.
"""

from dataclasses import dataclass

from port_safety.gate.gate import Gate
from port_safety.gate.state_machine import ARMED
from port_safety.model.verdict import Severity

#: The session's node may be silent for this long: four of its words.
SILENT_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class SessionWord:
    """One word of the session: its state by name. live: the robot may move. ended: it never may again."""

    state: str
    live: bool
    ended: bool


class SessionWatch:
    """Takes the session's words with their arrival (monotonic, ns)."""

    def __init__(self) -> None:
        self._word: SessionWord | None = None
        self._heard_ns = self._live_ns = -1

    def note(self, word: SessionWord, now_ns: int) -> None:
        self._word, self._heard_ns = word, now_ns
        if word.live:
            self._live_ns = now_ns

    def objection(self, opened_ns: int, is_open: bool, now_ns: int) -> str:
        """Why a gate that opened last at `opened_ns` must not be open, nor open by itself; empty if it may."""
        word = self._word
        silent_ns = now_ns - max(opened_ns, self._heard_ns)
        if silent_ns > SILENT_NS:
            return f"session: silent for {(now_ns - self._heard_ns) / 1e9:.1f} s" if word else "session: never heard"
        if word is None or word.live:
            return ""
        waited = self._live_ns >= opened_ns or now_ns - opened_ns > SILENT_NS
        if word.ended or (is_open and waited and self._heard_ns >= opened_ns):
            return f"session: {word.state}, but the gate is armed"
        return ""

    def follow(self, gate: Gate, now_ns: int) -> bool:
        """Stop a gate that is open, or would open by itself, without a live session; whether it had to be."""
        is_open = gate.state in ARMED
        if not is_open and not (gate.stop is not None and gate.stop.self_clearing):
            return False
        reason = self.objection(gate.tracker.opened_ns, is_open, now_ns)
        if reason:
            gate.add_verdict(Severity.PROTECTIVE_STOP, "session", "session", reason, now_ns)
            gate.tick(now_ns)
        return bool(reason)
