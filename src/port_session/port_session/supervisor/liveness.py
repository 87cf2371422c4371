"""Does a process still work? By its heartbeats, and by what the kernel says of it. Ends nothing itself.

A node that is stopped or deadlocked lives and says nothing. One that a busy machine keeps from its core is silent too,
and must not be ended for it. What is counted are therefore looks at regular times, not seconds: a look that came late
counts for nobody, nor does one at a process that waits for the disk, or for a core of a machine that is too busy.
"""

import contextlib
import time
from pathlib import Path

from port_ros import machine_load
from port_ros.heartbeat import CLOSES
from port_session.supervisor.child import Child

#: How often is looked, and how late a look may come.
LOOK_S = 1.0
_LATE_S = 0.5

#: So many looks in a row find a process silent before it counts as hung; one that has not spoken yet may be loading.
PATIENCE = 10
PATIENCE_AT_START = 90

#: Of proc(5): stopped by a signal; waits for the disk; held by a debugger; runs or wants to.
_STOPPED, _DISK, _DEBUGGED, _RUNS = "T", "D", "t", "R"


class Silence:
    """Of one process. looks: how many in a row found it silent. stopped: by SIGSTOP, as last seen.

    speaks: it will send heartbeats, or has; of any other only is seen whether it is stopped.
    """

    def __init__(self, speaks: bool) -> None:
        self._speaks = speaks
        self._patience = PATIENCE_AT_START
        self._closes = False
        self.looks = 0
        self.stopped = False

    @property
    def hung(self) -> bool:
        return self.left_s == 0.0

    @property
    def left_s(self) -> float:
        """How much longer it may be silent."""
        return max(0.0, ((PATIENCE if self.stopped else self._patience) - self.looks) * LOOK_S)

    def look(self, heard: bytes, states: str, busy: bool) -> None:
        """One look: what came since the last, the states of its threads, whether this machine is too busy."""
        self.stopped = states.startswith(_STOPPED)
        if heard:
            self._speaks, self._patience = True, PATIENCE
            self._closes = CLOSES in heard
        if heard or not (self.stopped or (self._speaks and not self._closes)):
            self.looks = 0
        elif self.stopped or not (_DISK in states or _DEBUGGED in states or (busy and _RUNS in states)):
            self.looks += 1

    def __str__(self) -> str:
        why = ": it is stopped (SIGSTOP)" if self.stopped else ""
        return f"does not answer for {self.looks * LOOK_S:.0f} s{why}"


class Liveness:
    """Of the processes of one session, looked at every LOOK_S."""

    def __init__(self) -> None:
        self._silences: dict[Child, Silence] = {}
        self._looked_s = time.monotonic()

    def watch(self, child: Child, speaks: bool) -> None:
        """From now on; speaks: it sends heartbeats."""
        self._silences[child] = Silence(speaks)

    def of(self, child: Child) -> Silence:
        """How silent it is."""
        return self._silences[child]

    def look(self) -> list[Child]:
        """Look at all that live; returns those that hang."""
        now_s = time.monotonic()
        late_s, self._looked_s = now_s - self._looked_s - LOOK_S, now_s
        self._silences = {child: silence for child, silence in self._silences.items() if child.alive}
        busy = machine_load.read(max(0.0, late_s)).busy
        for child, silence in self._silences.items():
            heard = child.heard()
            if heard or late_s < _LATE_S:
                silence.look(heard, "" if heard else thread_states(child.pid), busy)
        return [child for child, silence in self._silences.items() if silence.hung]


def thread_states(pid: int) -> str:
    """One letter a thread, as in proc(5), the main thread's first; empty for a process that has ended."""
    states = []
    with contextlib.suppress(OSError):
        for task in sorted(Path(f"/proc/{pid}/task").iterdir(), key=lambda path: int(path.name)):
            states.append((task / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0])
    return "".join(states)
