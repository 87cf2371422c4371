"""The session's state machine: one table of transitions, injected time, refusals with reason and remedy.

It decides and remembers. It must not look at clocks, files or ROS, and it never touches the robot: whether the robot
may move is the safety gate's word alone; a session only follows it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum


class State(IntEnum):
    """The numbers are those of port_interfaces/SessionState."""

    BOOKED = 0
    ADMITTED = 1
    ARMED = 2
    RUNNING = 3
    HALTED = 4
    ABORTED = 5
    COMPLETED = 6
    REVIEWED = 7
    SEALED = 8


#: (state, command) → next state. What is not in here is refused. `stop` and `resume` are the gate's, all others are
#: asked for.
TRANSITIONS: dict[tuple[State, str], State] = {
    (State.BOOKED, "admit"): State.ADMITTED,
    (State.BOOKED, "abort"): State.ABORTED,
    (State.ADMITTED, "arm"): State.ARMED,
    (State.ADMITTED, "abort"): State.ABORTED,
    (State.ARMED, "start"): State.RUNNING,
    (State.ARMED, "halt"): State.HALTED,
    (State.ARMED, "stop"): State.HALTED,
    (State.ARMED, "abort"): State.ABORTED,
    (State.RUNNING, "halt"): State.HALTED,
    (State.RUNNING, "stop"): State.HALTED,
    (State.RUNNING, "complete"): State.COMPLETED,
    (State.RUNNING, "abort"): State.ABORTED,
    (State.HALTED, "arm"): State.ARMED,
    (State.HALTED, "resume"): State.RUNNING,
    (State.HALTED, "halt"): State.HALTED,
    (State.HALTED, "complete"): State.COMPLETED,
    (State.HALTED, "abort"): State.ABORTED,
    (State.ABORTED, "review"): State.REVIEWED,
    (State.COMPLETED, "review"): State.REVIEWED,
    (State.REVIEWED, "seal"): State.SEALED,
}
COMMANDS = tuple(dict.fromkeys(command for _, command in TRANSITIONS))

#: What people may ask for while the session runs; reviewing and sealing happen after its nodes are gone.
STEPS = ("admit", "arm", "start", "halt", "complete", "abort")

#: What leads on from each state, for the remedy of a refusal: the steps, and what must be done before the first.
NEXT: dict[State, tuple[tuple[str, ...], str]] = {
    State.BOOKED: (("admit",), ""),
    State.ADMITTED: (("arm",), ""),
    State.ARMED: (("start",), ""),
    State.RUNNING: (("complete",), ""),
    State.HALTED: (("arm", "complete", "abort"), "reset the stop before arming"),
}

#: From these a robot may be moving.
LIVE = (State.ARMED, State.RUNNING)
ENDED = (State.ABORTED, State.COMPLETED, State.REVIEWED, State.SEALED)


@dataclass(frozen=True)
class Event:
    """One command or stop and what came of it. stamp_ns: system clock."""

    stamp_ns: int
    sequence: int
    before: State
    after: State
    accepted: bool
    command: str
    reason: str
    by: str


@dataclass
class Session:
    """One session. `now_ns` gives the system clock; every event goes to `history`.

    `run` counts runs, 0 before the first; a run that a stop or a halt interrupted goes on under its number.
    """

    now_ns: Callable[[], int]
    state: State = State.BOOKED
    run: int = 0
    reason: str = "booked"
    since_ns: int = 0
    history: list[Event] = field(default_factory=list)
    _running_before_ns: int = 0

    def __post_init__(self) -> None:
        self.since_ns = self.now_ns()

    def refusal(self, command: str) -> str:
        """Why `command` is not possible now, with the remedy; empty if it is."""
        if command not in COMMANDS:
            return f"unknown command {command!r}: use one of {', '.join(STEPS)}"
        if (self.state, command) in TRANSITIONS:
            return ""
        return f"{command} is not possible while {self.state.name.lower()}: {self.following()}"

    def following(self) -> str:
        """What can be done next, for people."""
        if self.state not in NEXT:
            return "the session is over"
        steps, before = NEXT[self.state]
        *others, last = steps
        either = f"{', '.join(others)} or {last}" if others else last
        return f"next is: {either}" + (f" ({before})" if before else "")

    def apply(self, command: str, by: str, reason: str = "") -> Event:
        """Do `command` if the table has it, else refuse it; either way the event is recorded and returned."""
        if refusal := self.refusal(command):
            return self.refuse(command, by, refusal)
        before, now_ns = self.state, self.now_ns()
        if before is State.RUNNING:
            self._running_before_ns += now_ns - self.since_ns
        self.state = TRANSITIONS[before, command]
        if self.state is State.RUNNING and self.run == 0:
            self.run = 1
        self.since_ns, self.reason = now_ns, reason or command
        return self._record(now_ns, before, True, command, self.reason, by)

    def refuse(self, command: str, by: str, reason: str) -> Event:
        """Record that `command` was refused for a reason from outside of the table (admission, the gate)."""
        return self._record(self.now_ns(), self.state, False, command, reason, by)

    def running_s(self) -> float:
        """How long the session has been in RUNNING in all, seconds."""
        current_ns = self.now_ns() - self.since_ns if self.state is State.RUNNING else 0
        return (self._running_before_ns + current_ns) / 1e9

    def _record(self, stamp_ns: int, before: State, accepted: bool, command: str, reason: str, by: str) -> Event:
        event = Event(stamp_ns, len(self.history) + 1, before, self.state, accepted, command, reason, by)
        self.history.append(event)
        return event
