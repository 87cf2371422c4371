"""The end of a session: stage by stage, INT, then TERM, then KILL. Two seconds where all answer, five at the worst.

Whoever ends in time is not disturbed; time that one stage leaves over goes to the next. Whoever brings a robot to stand
has all the time that it said it needs, though others wait or somebody hurries; what is slow may then take eight.
"""

import asyncio
import signal
import time
from collections.abc import Callable, Collection, Sequence

from port_session.description.process import Process
from port_session.supervisor import linux
from port_session.supervisor.child import Child

#: The whole end of a session, unless its robot takes longer to stop; and what of it each stage keeps for TERM and KILL.
END_S = 4.8
#: What all others have together beside a robot's stop: on a machine with time to spare it takes two seconds in all.
_OTHERS_S = 5.2
_TERM_S = 0.15
_KILL_S = 0.05

#: No stage is waited for longer than this many times what it said it needs.
_PATIENCE = 3.0

#: What leftovers get to end by themselves, and after SIGTERM.
_LEFTOVER_S = 0.2

Running = Sequence[tuple[Process, Child]]


class _Stage:
    """The processes of one stage that still run. kept_s: what one of them must have, as a robot stops meanwhile."""

    def __init__(self, running: Running, number: int) -> None:
        mine = [(process, child) for process, child in running if process.stage == number]
        self.children = [child for _, child in mine]
        self.need_s = max(process.stop_s for process, _ in mine)
        self.kept_s = max((process.stop_s for process, _ in mine if process.stops_robot), default=0.0)

    def grace_s(self, left_s: float, left: "Sequence[_Stage]") -> float:
        """How long it may take from SIGINT on, with left_s for the stages that are left, this one the first of them."""
        if self.kept_s > 0.0:
            return self.need_s
        shared_s = left_s - sum(stage.kept_s + _TERM_S + _KILL_S for stage in left)
        needs_s = sum(stage.need_s for stage in left if stage.kept_s == 0.0)
        return max(0.05, min(shared_s * self.need_s / needs_s, _PATIENCE * self.need_s))


class Ending:
    """hurry: set when whoever waits has lost patience. on_kill: told which process did not end when asked to."""

    def __init__(self, hurry: asyncio.Event, on_kill: Callable[[str, str], None]) -> None:
        self._hurry = hurry
        self._on_kill = on_kill
        self._began_s = time.monotonic()

    async def by_stage(self, running: Running) -> None:
        """End all processes, the last stage first. What has ended already takes none of the others' time."""
        running = [(process, child) for process, child in running if child.alive]
        stages = [_Stage(running, stage) for stage in sorted({process.stage for process, _ in running}, reverse=True)]
        deadline_s = self._began_s + max(END_S, sum(stage.kept_s for stage in stages) + _OTHERS_S)
        for number, stage in enumerate(stages):
            await self._end(stage, stage.grace_s(deadline_s - time.monotonic(), stages[number:]))

    async def _end(self, stage: "_Stage", grace_s: float) -> None:
        for number, wait_s in ((signal.SIGINT, grace_s), (signal.SIGTERM, _TERM_S), (signal.SIGKILL, 2.0)):
            living = [child for child in stage.children if child.alive]
            if not living:
                return
            for child in living:
                child.send(number)
                if number == signal.SIGKILL:
                    self._on_kill(child.name, f"{child.name} did not end when asked to and was killed")
            await self._gone(living, wait_s, heed=stage.kept_s == 0.0)

    async def _gone(self, children: list[Child], timeout_s: float, heed: bool) -> None:
        """Until all have ended or the time is over; and, where that is heeded, until somebody hurries."""
        ended = asyncio.ensure_future(asyncio.wait([child.exited for child in children]))
        hurry = asyncio.ensure_future(self._hurry.wait())
        awaited = [ended, hurry] if heed else [ended]
        await asyncio.wait(awaited, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if heed and self._hurry.is_set() and not ended.done():
            await asyncio.wait([ended], timeout=min(timeout_s, 0.1))
        ended.cancel()
        hurry.cancel()

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
