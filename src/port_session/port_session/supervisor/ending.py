"""The end of a session: stage by stage, INT, then TERM, then KILL, all of it within five seconds.

Whoever ends in time is not disturbed; time that one stage leaves over goes to the next.
"""

import asyncio
import signal
import time
from collections.abc import Callable, Collection, Sequence

from port_session.description.processes import Process
from port_session.supervisor import linux
from port_session.supervisor.child import Child

#: The whole end of a session, and what of it each stage keeps for TERM and KILL.
END_S = 4.8
_TERM_S = 0.15
_KILL_S = 0.05

#: No stage is waited for longer than this many times what it said it needs.
_PATIENCE = 3.0

#: What leftovers get to end by themselves, and after SIGTERM.
_LEFTOVER_S = 0.2

Running = Sequence[tuple[Process, Child]]


class Ending:
    """hurry: set when whoever waits has lost patience. on_kill: told which process did not end when asked to."""

    def __init__(self, hurry: asyncio.Event, on_kill: Callable[[str, str], None]) -> None:
        self._hurry = hurry
        self._on_kill = on_kill
        self._deadline_s = time.monotonic() + END_S

    async def by_stage(self, running: Running) -> None:
        """End all processes, the last stage first. What has ended already takes none of the others' time."""
        running = [(process, child) for process, child in running if child.alive]
        stages = sorted({process.stage for process, _ in running}, reverse=True)
        needs = {stage: max(p.stop_s for p, _ in running if p.stage == stage) for stage in stages}
        for number, stage in enumerate(stages):
            left = stages[number:]
            budget_s = self._deadline_s - time.monotonic() - (_TERM_S + _KILL_S) * len(left)
            share = budget_s * needs[stage] / sum(needs[s] for s in left)
            grace_s = max(0.05, min(share, _PATIENCE * needs[stage]))
            await self._stage([child for process, child in running if process.stage == stage], grace_s)

    async def _stage(self, children: list[Child], grace_s: float) -> None:
        for number, wait_s in ((signal.SIGINT, grace_s), (signal.SIGTERM, _TERM_S), (signal.SIGKILL, 2.0)):
            living = [child for child in children if child.alive]
            if not living:
                return
            for child in living:
                child.send(number)
                if number == signal.SIGKILL:
                    self._on_kill(child.name, f"{child.name} did not end when asked to and was killed")
            await self._gone(living, wait_s)

    async def _gone(self, children: list[Child], timeout_s: float) -> None:
        """Until all have ended, the time is over, or somebody hurries."""
        ended = asyncio.ensure_future(asyncio.wait([child.exited for child in children]))
        hurry = asyncio.ensure_future(self._hurry.wait())
        await asyncio.wait([ended, hurry], timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if self._hurry.is_set() and not ended.done():
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
