"""What the session has heard of the ground's parts and of the gate, and what it makes of the gate's state.

Pure: readings come in with their arrival time on a monotonic clock. Missing means not ready.
"""

from dataclasses import dataclass, field

from port_ros.session_states import LIVE, State
from port_session.session.gate_table import OPEN, SILENT, STOPPED, Reaction, reaction

GATE_AGE_S = 1.0

#: A gate that has been told to close has this time to say that it has, before it is told again.
CLOSED_S = 0.5


@dataclass(frozen=True)
class Part:
    """The latest diagnostics of one part. level: ok, warn, error or stale."""

    level: str
    message: str


@dataclass(frozen=True)
class Gate:
    """The latest state of the safety gate, by name."""

    state: str
    reason: str
    remedy: str
    epoch: int
    seen_s: float


@dataclass
class Readiness:
    """Keeps the newest reading of everything."""

    parts: dict[str, Part] = field(default_factory=dict)
    gate: Gate | None = None

    def gate_is_fresh(self, now_s: float) -> bool:
        return self.gate is not None and now_s - self.gate.seen_s < GATE_AGE_S

    @property
    def gate_stopped(self) -> bool:
        """Whether a stop was in force when the gate was last heard."""
        return self.gate is not None and self.gate.state in STOPPED

    def gate_state(self, now_s: float) -> str:
        """Its state by name; SILENT where it was not heard for a while."""
        return self.gate.state if self.gate is not None and self.gate_is_fresh(now_s) else SILENT

    def halted_by_now(self, why: str, now_s: float) -> str:
        """Why the session was halted, and what the gate says by now: it may have been reset, or stop for another cause.

        why: as it was when the session was halted.
        """
        gate = self.gate
        if gate is None or not self.gate_is_fresh(now_s):
            return f"{why}; now: the gate is silent"
        present = f"gate {gate.state}: {gate.reason}"
        told = why if why == present else f"{why}; now {present}"
        return f"{told}; {gate.remedy}" if gate.remedy else told


@dataclass
class GateWatch:
    """Tells what a session does of itself for what the gate says: see gate_table.

    An armed session first waits, for a moment only, to see the gate open: state messages from before arming may come
    after the answer of the arm service. Once it has been open, anything else counts at once.

    A stop that ends by itself opens the gate again without reset and arming: the session goes back to where it was.
    Any other gate that is open without a live session is a stray one, and must be stopped: one that was armed past the
    session, or that stood open when the session's node was started again.
    """

    opened: bool = False
    armed_s: float = 0.0
    interrupted: State | None = None
    _told_s: float = float("-inf")

    def armed(self, now_s: float) -> None:
        """The gate has just accepted arming."""
        self.opened, self.armed_s, self.interrupted = False, now_s, None

    def closed(self, now_s: float) -> None:
        """The gate has just been told to close, until a person arms it again: nothing goes on by itself."""
        self._told_s, self.interrupted = now_s, None

    def stop_reason(self, session: State, readiness: Readiness, now_s: float) -> str:
        """Why the session must halt now; empty if it need not."""
        state = readiness.gate_state(now_s)
        if session not in LIVE:
            return ""
        if reaction(session, state) is not Reaction.HALT:
            self.opened = True
            return ""
        if state == SILENT:
            return f"the gate is silent for {GATE_AGE_S:g} s"
        if not self.opened and now_s - self.armed_s < GATE_AGE_S:
            return ""
        self.interrupted = session
        return f"gate {state}: {readiness.gate.reason if readiness.gate else ''}"

    def cleared(self, session: State, readiness: Readiness, now_s: float) -> State | None:
        """The live state to go back to, once the stop that halted it has ended by itself; None otherwise."""
        follows = reaction(session, readiness.gate_state(now_s))
        if session is not State.HALTED or follows is Reaction.WAIT:
            return None
        back, self.interrupted = self.interrupted, None
        return back if follows is Reaction.GO_ON_OR_CLOSE else None

    def stray(self, session: State, readiness: Readiness, now_s: float) -> str:
        """Why the gate must be asked to stop although the session is not live; empty if it need not."""
        if reaction(session, readiness.gate_state(now_s)) not in (Reaction.CLOSE, Reaction.GO_ON_OR_CLOSE):
            return ""
        if now_s - self._told_s < CLOSED_S:
            return ""
        return f"the gate is armed while the session is {session.name.lower()}"

    def may_open(self, readiness: Readiness, now_s: float) -> bool:
        """Whether the robot may move now, or later by itself: the gate is open, unheard, or in a stop that may end."""
        state = readiness.gate_state(now_s)
        return state == SILENT or self.interrupted is not None or state in OPEN
