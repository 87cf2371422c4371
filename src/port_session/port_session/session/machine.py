"""The session's state machine: one table of transitions, injected time, refusals with reason and remedy.

It decides and remembers. It must not look at clocks, files or ROS, and it never touches the robot: whether the robot
may move is the safety gate's word alone; a session only follows it. What it is follows from its events alone: the same
events, read back from a log, make the same session.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from port_ros.session_states import State
from port_session.session.runs import Runs

#: (state, command) → next state. What is not in here is refused. `stop` is the gate's; all others are asked for. The
#: gate asks for `resume` and `arm`, too: where a stop has ended by itself.
TRANSITIONS: dict[tuple[State, str], State] = {
    (State.BOOKED, "admit"): State.ADMITTED,
    (State.BOOKED, "abort"): State.ABORTED,
    (State.ADMITTED, "arm"): State.ARMED,
    (State.ADMITTED, "void_run"): State.ADMITTED,
    (State.ADMITTED, "finish"): State.COMPLETED,
    (State.ADMITTED, "abort"): State.ABORTED,
    (State.ARMED, "start"): State.RUNNING,
    (State.ARMED, "halt"): State.HALTED,
    (State.ARMED, "stop"): State.HALTED,
    (State.ARMED, "void_run"): State.ARMED,
    (State.ARMED, "abort"): State.ABORTED,
    (State.RUNNING, "halt"): State.HALTED,
    (State.RUNNING, "stop"): State.HALTED,
    (State.RUNNING, "void_run"): State.RUNNING,
    (State.RUNNING, "end_run"): State.ADMITTED,
    (State.RUNNING, "finish"): State.COMPLETED,
    (State.RUNNING, "abort"): State.ABORTED,
    (State.HALTED, "arm"): State.ARMED,
    (State.HALTED, "resume"): State.RUNNING,
    (State.HALTED, "halt"): State.HALTED,
    (State.HALTED, "void_run"): State.HALTED,
    (State.HALTED, "end_run"): State.ADMITTED,
    (State.HALTED, "finish"): State.COMPLETED,
    (State.HALTED, "abort"): State.ABORTED,
    (State.ABORTED, "void_run"): State.ABORTED,
    (State.ABORTED, "review"): State.REVIEWED,
    (State.COMPLETED, "void_run"): State.COMPLETED,
    (State.COMPLETED, "review"): State.REVIEWED,
    (State.REVIEWED, "seal"): State.SEALED,
}
COMMANDS = tuple(dict.fromkeys(command for _, command in TRANSITIONS))

#: What people may ask for while the session's nodes run.
STEPS = ("admit", "arm", "start", "halt", "resume", "end_run", "void_run", "finish", "abort")

#: What people may do with the evidence of a session that is over.
AFTERWARDS = ("void_run", "review", "seal")

#: After these no run is open.
_END_A_RUN = ("end_run", "finish", "abort")


@dataclass(frozen=True)
class Event:
    """One command or stop and what came of it. stamp_ns: system clock. run: the newest, or the one it is about."""

    stamp_ns: int
    sequence: int
    before: State
    after: State
    accepted: bool
    command: str
    reason: str
    by: str
    run: int = 0


@dataclass
class Session:
    """One session. `now_ns` gives the system clock; every event goes to `history`.

    runs_asked: how many runs that count its trial asks for. A run that a stop or a halt interrupted goes on under its
    number until it is ended.
    """

    now_ns: Callable[[], int]
    runs_asked: int = 1
    state: State = State.BOOKED
    reason: str = "booked"
    since_ns: int = 0
    runs: Runs = field(default_factory=Runs)
    history: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.since_ns = self.now_ns()

    @property
    def run(self) -> int:
        """Number of the newest run, 0 before the first."""
        return len(self.runs)

    @property
    def runs_left(self) -> int:
        """How many the trial asks for beyond those that count and the open one."""
        run = self.runs.open_run
        return max(0, self.runs_asked - self.runs.counting - (run is not None and not run.void))

    def refusal(self, command: str) -> str:
        """Why `command` is not possible now, with the remedy; empty if it is."""
        if command not in COMMANDS:
            return f"unknown command {command!r}: use one of {', '.join(STEPS)}"
        if (self.state, command) not in TRANSITIONS:
            return f"{command} is not possible while {self.state.name.lower()}: {self.following()}"
        if command in ("arm", "start") and self.runs.open_run is None and not self.runs_left:
            return f"the trial asks for {_counted(self.runs_asked)}, all are done: {self.following()}"
        if command in ("resume", "end_run") and self.runs.open_run is None:
            return f"no run is open: {self.following()}"
        if (self.state, command) == (State.ADMITTED, "finish") and not self.runs:
            return f"there was no run yet: {self.following()}"
        return ""

    def following(self) -> str:
        """What can be done next, for people."""
        steps, before = self.next_steps()
        if not steps:
            return "the session is over"
        *others, last = steps
        either = f"{', '.join(others)} or {last}" if others else last
        return f"next is: {either}" + (f" ({before})" if before else "")

    def next_steps(self) -> tuple[tuple[str, ...], str]:
        """What leads on from here, the usual first, and what must be done before the first; none once it is over."""
        if self.state is State.BOOKED:
            return ("admit",), ""
        if self.state is State.ADMITTED:
            return self._from_admitted()
        if self.state is State.ARMED:
            return ("start",), ""
        if self.state is State.RUNNING:
            return (("end_run", "finish") if self.runs_left else ("finish",)), ""
        if self.state is State.HALTED:
            on = ("resume", "end_run") if self.runs.open_run else ("arm",) if self.runs_left else ()
            return (*on, "finish", "abort"), f"reset the stop before: {on[0]}" if on else ""
        return (), ""

    def _from_admitted(self) -> tuple[tuple[str, ...], str]:
        if not self.runs:
            return ("arm",), ""
        if self.runs_left:
            return ("arm", "finish"), f"{self.runs.counting} of {_counted(self.runs_asked)} done"
        return ("finish", "void_run"), f"{self.runs.counting} of {_counted(self.runs_asked)} done"

    def apply(self, command: str, by: str, reason: str = "") -> Event:
        """Do `command` if the table has it, else refuse it; either way the event is recorded and returned."""
        if refusal := self.refusal(command):
            return self.refuse(command, by, refusal)
        run = self.run + (command == "start" and self.runs.open_run is None)
        return self._take(self._event(TRANSITIONS[self.state, command], True, command, reason or command, by, run))

    def void_run(self, number: int, by: str, reason: str) -> Event:
        """Run `number` (0: the newest) does not count, and `reason` says why; it is kept."""
        run = number or self.run
        if refusal := self.refusal("void_run") or self.runs.why_not_void(run, reason):
            return self.refuse("void_run", by, refusal)
        return self._take(self._event(self.state, True, "void_run", reason, by, run))

    def refuse(self, command: str, by: str, reason: str) -> Event:
        """Record that `command` was refused for a reason from outside of the table (admission, the gate)."""
        return self._take(self._event(self.state, False, command, reason, by, self.run))

    def replay(self, events: Iterable[Event]) -> None:
        """Take up the session where its own events, in their order, left it."""
        for event in events:
            self._take(event)

    def running_s(self) -> float:
        """How long the newest run has been in RUNNING, seconds."""
        before_ns = list(self.runs)[-1].running_ns if self.runs else 0
        return (before_ns + self._present_ns()) / 1e9

    def all_running_s(self) -> float:
        """How long all runs, void ones too, have been in RUNNING, seconds."""
        return (self.runs.running_ns + self._present_ns()) / 1e9

    def _present_ns(self) -> int:
        return self.now_ns() - self.since_ns if self.state is State.RUNNING else 0

    def _event(self, after: State, accepted: bool, command: str, reason: str, by: str, run: int) -> Event:
        number = self.history[-1].sequence + 1 if self.history else 1
        return Event(self.now_ns(), number, self.state, after, accepted, command, reason, by, run)

    def _take(self, event: Event) -> Event:
        """The only place where the session becomes another one."""
        self.history.append(event)
        if not event.accepted:
            return event
        if event.command == "void_run":
            self.runs.make_void(event.run, event.reason)
            return event
        if self.state is State.RUNNING:
            self.runs.add_running(event.stamp_ns - self.since_ns)
        if event.command == "start" and self.runs.open_run is None:
            self.runs.begin(event.stamp_ns)
        if event.command in _END_A_RUN:
            self.runs.end(event.stamp_ns)
        self.state, self.since_ns, self.reason = event.after, event.stamp_ns, event.reason
        return event


def _counted(runs: int) -> str:
    return f"{runs} run" if runs == 1 else f"{runs} runs"
