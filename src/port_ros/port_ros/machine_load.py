"""Is this machine too busy? Asked before a device, a network or a person is blamed for what comes late or not at all.

Three witnesses: how late a thread of this process wakes, how many tasks want a core (/proc/loadavg), and how much of
the time one had to wait (/proc/pressure/cpu, where the kernel has it). Only words depend on the answer: it makes no
fault less of a fault, and nothing that stops a robot asks. Knows no ROS. Source: proc(5), Linux' psi.rst.
"""

import os
import re
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

#: Twice as many tasks want a core as there are, and one of them waits most of the time; or a thread woke this late.
_CROWD = 2.0
_WAITING_SHARE = 0.5
_LATE_S = 0.25
#: How long a late wake counts: what it delayed is noticed some seconds later.
_REMEMBERED_S = 10.0
_PERIOD_S = 0.05


@dataclass(frozen=True)
class MachineLoad:
    """The machine as it is now.

    load: tasks that run or want to, over the last minute. waiting_share: of the last 10 s, in which a task waited for a
    core, 0 to 1; None where the kernel does not say. late_s: how late a thread of this process woke lately, at worst.
    """

    load: float
    cores: int
    waiting_share: float | None = None
    late_s: float = 0.0

    @property
    def busy(self) -> bool:
        """Whether what came late may have come late because of this machine."""
        waiting = self.waiting_share is None or self.waiting_share >= _WAITING_SHARE
        return self.late_s >= _LATE_S or (waiting and self.load >= _CROWD * self.cores)

    @property
    def slowness(self) -> float:
        """How many times longer than alone something may take here, at least 1."""
        return max(1.0, self.load / self.cores) if self.busy else 1.0

    def __str__(self) -> str:
        """As in "load 13 on 2 cores"."""
        late = f", a thread woke {self.late_s:.1f} s late" if self.late_s >= _LATE_S else ""
        return f"load {self.load:.0f} on {self.cores} core{'s' if self.cores > 1 else ''}{late}"


def read(late_s: float = 0.0, proc: Path = Path("/proc")) -> MachineLoad:
    """What the kernel says now. late_s: as a `LoadWatch` of this process has it."""
    load = float(_text(proc / "loadavg").split()[0])
    pressure = re.match(r"some avg10=([0-9.]+)", _text(proc / "pressure" / "cpu"))
    share = float(pressure[1]) / 100.0 if pressure else None
    return MachineLoad(load, len(os.sched_getaffinity(0)), share, late_s)


def remedy_for_late(remedy: str, load: MachineLoad | None = None) -> str:
    """What mends something that came late or not at all: on a machine that is too busy, other work is ended first."""
    load = read() if load is None else load
    return f"{too_busy(load)}; if it stays, {remedy}" if load.busy else remedy


def too_busy(load: MachineLoad) -> str:
    """What mends what came late because of this machine."""
    return f"this machine is too busy ({load}), end other work on it"


def _text(file: Path) -> str:
    """Pressure is missing in many kernels and containers, or is there and cannot be read."""
    try:
        return file.read_text()
    except OSError:
        return "0"


class LateWakes:
    """How late wakes were, by the times at which they were due and came, s on the monotonic clock."""

    def __init__(self) -> None:
        self._late: deque[tuple[float, float]] = deque()

    def woke(self, due_s: float, now_s: float) -> None:
        """One wake."""
        if now_s - due_s >= _LATE_S:
            self._late.append((now_s, now_s - due_s))
        while self._late and now_s - self._late[0][0] > _REMEMBERED_S:
            self._late.popleft()

    def worst_s(self, now_s: float) -> float:
        """The latest of the last seconds; 0 if all were in time. From any thread."""
        return max((late_s for at_s, late_s in tuple(self._late) if now_s - at_s <= _REMEMBERED_S), default=0.0)


class LoadWatch:
    """Measures in a thread of its own how late it wakes, until `close`."""

    def __init__(self) -> None:
        self._wakes = LateWakes()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="machine load", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread and wait for it."""
        self._stop.set()
        self._thread.join()

    def look(self) -> MachineLoad:
        """The machine as it is now."""
        return read(self._wakes.worst_s(time.monotonic()))

    def _run(self) -> None:
        due_s = time.monotonic() + _PERIOD_S
        while not self._stop.wait(_PERIOD_S):
            now_s = time.monotonic()
            self._wakes.woke(due_s, now_s)
            due_s = now_s + _PERIOD_S
