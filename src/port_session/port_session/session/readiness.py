"""What admission asks: is every required part of the ground healthy, the gate in standby, the robot reporting?

Pure: readings come in with their arrival time on a monotonic clock. Missing means not ready.
"""

from dataclasses import dataclass, field

from port_session.session.machine import LIVE, State

DIAGNOSTICS_AGE_S = 3.0
GATE_AGE_S = 1.0
ODOMETRY_AGE_S = 1.0

#: States of the gate in which it lets a robot move.
GATE_OPEN = ("RUN", "REDUCED", "RECOVER")

#: States of the gate while a stop is in force.
GATE_STOPPED = ("STOPPING", "STOPPED", "RESET_READY")


@dataclass(frozen=True)
class Part:
    """The latest diagnostics of one part. level: ok, warn, error or stale; seen_s: monotonic arrival."""

    level: str
    message: str
    remedy: str
    seen_s: float


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
    """Keeps the newest reading of everything admission asks for."""

    required: tuple[str, ...]
    parts: dict[str, Part] = field(default_factory=dict)
    gate: Gate | None = None
    odometry_s: float | None = None

    def shortcomings(self, now_s: float) -> list[str]:
        """One line for each thing that keeps the session from being admitted, with its remedy; empty: ready."""
        lines = [line for name in self.required if (line := self._part(name, now_s))]
        lines += [line for line in (self._gate(now_s), self._odometry(now_s)) if line]
        return lines

    def gate_is_fresh(self, now_s: float) -> bool:
        return self.gate is not None and now_s - self.gate.seen_s < GATE_AGE_S

    @property
    def gate_stopped(self) -> bool:
        """Whether a stop was in force when the gate was last heard."""
        return self.gate is not None and self.gate.state in GATE_STOPPED

    def _part(self, name: str, now_s: float) -> str:
        part = self.parts.get(name)
        if part is None:
            return f"{name}: nothing heard of it; is its node running?"
        age_s = now_s - part.seen_s
        if age_s >= DIAGNOSTICS_AGE_S:
            return f"{name}: silent for {age_s:.1f} s; is its node running?"
        if part.level == "ok":
            return ""
        return f"{name}: {part.message or part.level}" + (f"; {part.remedy}" if part.remedy else "")

    def _gate(self, now_s: float) -> str:
        if self.gate is None or not self.gate_is_fresh(now_s):
            return "gate: no safety state; is the gate running?"
        if self.gate.state == "STANDBY":
            return ""
        line = f"gate: {self.gate.state}, {self.gate.reason}"
        return line + (f"; {self.gate.remedy}" if self.gate.remedy else "")

    def _odometry(self, now_s: float) -> str:
        if self.odometry_s is not None and now_s - self.odometry_s < ODOMETRY_AGE_S:
            return ""
        return "odometry: none arrives; start the robot and check the odometry topic in its profile"


@dataclass
class GateWatch:
    """Tells when the gate took a live session's permission to move away.

    An armed session first waits, for a moment only, to see the gate open: state messages from before arming may come
    after the answer of the arm service. Once it has been open, anything else counts at once.

    A stop that ends by itself opens the gate again without reset and arming: the session goes back to where it was.
    """

    opened: bool = False
    armed_s: float = 0.0
    interrupted: State | None = None

    def armed(self, now_s: float) -> None:
        """The gate has just accepted arming."""
        self.opened, self.armed_s, self.interrupted = False, now_s, None

    def stop_reason(self, session: State, readiness: Readiness, now_s: float) -> str:
        """Why the session must halt now; empty if it need not."""
        if session not in LIVE:
            return ""
        gate = readiness.gate
        if gate is None or not readiness.gate_is_fresh(now_s):
            return f"the gate is silent for {GATE_AGE_S:g} s"
        if gate.state in GATE_OPEN:
            self.opened = True
            return ""
        if not self.opened and now_s - self.armed_s < GATE_AGE_S:
            return ""
        self.interrupted = session
        return f"gate {gate.state}: {gate.reason}"

    def cleared(self, session: State, readiness: Readiness, now_s: float) -> State | None:
        """The live state to go back to, once the stop that halted it has ended by itself; None otherwise."""
        gate = readiness.gate
        if session is not State.HALTED or gate is None or not readiness.gate_is_fresh(now_s):
            return None
        if gate.state in GATE_STOPPED:
            return None
        back, self.interrupted = self.interrupted, None
        return back if gate.state in GATE_OPEN else None
