"""The end of a session: stage by stage, INT, then TERM, then KILL. Two seconds where all answer at once.

Each process has the time that its description gives it: who writes evidence or brings a robot to stand takes what it
needs, and what is waited for is told. Who hurries cuts short all but the robot's stop.
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Collection, Sequence

from port_session.description.process import Process
from port_session.supervisor import linux
from port_session.supervisor.child import Child
from port_session.supervisor.liveness import Liveness

#: What SIGTERM gets before SIGKILL, and a process after SIGKILL; together less than port_ros.end_order.STAGE_MARGIN_S.
_TERM_S = 0.5
_KILL_S = 2.0

#: How long nothing is said about a wait, and how often something is from then on.
_PATIENCE_S = 1.5
_SAY_S = 2.0

#: So many looks in a row that found it silent are told.
_SILENT_LOOKS = 3

#: So much of what a process says of itself fits into a line.
_LONGEST_WORDS = 100

#: How often a wait looks whether somebody hurries.
_LOOK_S = 0.05

#: What somebody in a hurry still grants whoever does not stop a robot.
_HURRY_S = 0.1

#: What leftovers get to end by themselves, and after SIGTERM.
_LEFTOVER_S = 0.2

#: Exit code by which a process says that its configuration is wrong: it has never run.
BAD_CONFIGURATION = 2

Running = Sequence[tuple[Process, Child]]


class Ending:
    """hurry: set when whoever waits has lost patience. say: told ("killed" or "waiting", process, one line).

    liveness: looked at by somebody else meanwhile; nobody waits for a process that does not answer.
    """

    def __init__(self, hurry: asyncio.Event, say: Callable[[str, str, str], None], liveness: Liveness) -> None:
        self._hurry = hurry
        self._liveness = liveness
        self._say = say

    async def by_stage(self, processes: Running) -> None:
        """End all `processes`, the last stage first. Whoever has ended takes none of the others' time."""
        for stage in sorted({process.stage for process, _ in processes}, reverse=True):
            mine = [(process, child) for process, child in processes if process.stage == stage]
            await asyncio.gather(*(self._end(process, child) for process, child in mine if child.alive))
            for process, child in mine:
                await self._let_the_relay_stop_the_robot(process, child)

    async def _let_the_relay_stop_the_robot(self, process: Process, child: Child) -> None:
        """Whoever should have stopped the robot died: the hard-wired chain does it, while all others still watch."""
        died = not child.alive and child.exited.result() not in (0, BAD_CONFIGURATION)
        left_s = child.ended_s + process.stop_s - time.monotonic()
        if process.required and process.stops_robot and died and left_s > 0.0:
            text = f"{process.name} did not stop the robot, its relay does; watching for {left_s:.0f} s"
            self._say("waiting", process.name, text)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), left_s)

    async def _end(self, process: Process, child: Child) -> None:
        child.send(signal.SIGINT)
        if await self._ends_itself(process, child):
            return
        child.send(signal.SIGTERM)
        if await _ended(child, _HURRY_S if self._hurry.is_set() else _TERM_S):
            return
        child.send(signal.SIGKILL)
        self._say("killed", process.name, f"{process.name} did not end when asked to and was killed")
        await _ended(child, _KILL_S)

    async def _ends_itself(self, process: Process, child: Child) -> bool:
        """Wait until it has ended, its time is over, it hangs, or somebody hurries who may; a long wait is told."""
        began_s = time.monotonic()
        say_s = began_s + _PATIENCE_S
        while child.alive and (left_s := began_s + process.stop_s - time.monotonic()) > 0.0:
            if self._hurry.is_set() and not process.stops_robot:
                return await _ended(child, min(left_s, _HURRY_S))
            if self._liveness.of(child).hung:
                return False
            if time.monotonic() >= say_s:
                say_s += _SAY_S
                self._say("waiting", process.name, self._waiting(process, child, left_s))
            await _ended(child, min(left_s, _LOOK_S))
        return not child.alive

    def _waiting(self, process: Process, child: Child, left_s: float) -> str:
        """What is waited for, in its own words where it has some."""
        silence = self._liveness.of(child)
        own = f": {child.last_words[:_LONGEST_WORDS]}" if child.last_words else ""
        if silence.looks >= _SILENT_LOOKS:
            own, left_s = f", which {silence}", min(left_s, silence.left_s)
        hurry = "it brings the robot to rest" if process.stops_robot else "Ctrl-C again does not wait"
        return f"waiting for {process.name}{own} ({left_s:.0f} s at most; {hurry})"

    async def leftovers(self, known: Collection[int], mark: bytes) -> int:
        """End what the processes left behind; returns how many there were once they had had time to go."""
        count = 0
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGKILL):
            left = await self._reaped(known, mark)
            count = max(count, len(left))
            for pid in left:
                linux.send(pid, number)
            if not left:
                break
        await self._reaped(known, mark)
        return count

    async def _reaped(self, known: Collection[int], mark: bytes) -> list[int]:
        deadline_s = time.monotonic() + _LEFTOVER_S
        while (left := linux.reap(known, mark)) and time.monotonic() < deadline_s:
            await asyncio.sleep(0.01)
        return left


async def _ended(child: Child, timeout_s: float) -> bool:
    """Whether it has ended within this time."""
    await asyncio.wait([child.exited], timeout=timeout_s)
    return not child.alive
