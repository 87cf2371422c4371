"""The scripted session of the demonstration: drive, slow down, emergency stop, reset, drive on.

It does what an operator and a person at the e-stop station would do, through the same doors: the session's service and
the simulated hardware. It never touches the gate.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from port_ros.machine_load import MachineLoad, read
from port_sim.control_client import GroundUnreachable, request
from port_sim.patience import Patience, explain, is_late
from port_sim.play import MOVING, OVER, Guide, resting
from port_sim.way import Way

LIMIT_BEGAN, RESET_REFUSED = 8, 5

#: Of the gate, while a stop is in force.
STOPPED = ("STOPPING", "STOPPED", "RESET_READY")

#: How often a machine that is too busy may stop the robot on its way before the script gives up.
_STOPS_MOST = 5

#: What came late on a busy machine is there again after so long; what is away for longer, somebody took away.
_LATE_FOR_S = 3.0

#: What takes longer than this at the start is told.
_TELL_S = 15.0

#: How long the simulated ground may take to answer.
_ANSWER_S = 30.0

#: An operator looks at the page before admitting; by then every node has reported its health.
LOOK_S = 1.5


class Console(Protocol):
    """What the script needs of the operator's console."""

    @property
    def sight(self) -> Any: ...

    def saw(self, wanted: Callable[[Any], bool]) -> bool: ...

    def ask(self, command: str, timeout_s: float = ...) -> tuple[bool, str]: ...


class ScriptFailed(Exception):
    """A step did not come to its end; the message says which and what was seen instead."""


async def until(console: Console, what: str, condition: Callable[[], bool], patience: Patience | None = None) -> None:
    """Wait for `condition` while things move on; ScriptFailed with what is seen instead."""
    patience = patience or Patience()
    while not condition():
        sight = console.sight
        if patience.is_over(sight, _now_s()):
            seen = f"gate {sight.safety or 'silent'} ({sight.reason}), session {sight.session or 'silent'}"
            raise ScriptFailed(f"{what}: nothing has moved on for {patience.quiet_s(_now_s()):.0f} s; {seen}")
        await asyncio.sleep(0.05)


async def ask(
    console: Console,
    command: str,
    patience: Patience | None = None,
    mend: Callable[[], Awaitable[None]] | None = None,
) -> str:
    """Ask the session for a step, again while it is refused and things move on. mend: what is done about a refusal."""
    patience = patience or Patience(20.0)
    while True:
        accepted, reason = await asyncio.to_thread(console.ask, command)
        if accepted:
            return reason
        if patience.is_over(console.sight, _now_s()):
            raise ScriptFailed(f"{command}: refused: {reason}")
        if mend is not None:
            await mend()
        await asyncio.sleep(0.5)


def _now_s() -> float:
    return asyncio.get_running_loop().time()


#: The e-stop is pressed after this share of the way.
STOP_AT = 0.72

#: What people see of a robot with legs in each stage of its stop.
POSTURES = {"settle": "it kneels", "sit": "it sits down", "damp": "its joints turn soft", "cut": "now its power may go"}


async def settles(console: Console, socket: Path) -> AsyncIterator[str]:
    """A robot with legs comes to rest; a line for each stage seen. Raises ScriptFailed if it falls."""
    seen: set[str] = set()
    patience = Patience(20.0)
    while not patience.is_over(console.sight, _now_s()):
        stage = console.sight.stage
        if stage in POSTURES and stage not in seen:
            seen.add(stage)
            yield f"{stage}: {POSTURES[stage]}"
        truth = await asyncio.to_thread(request, socket, {"do": "status"}, _ANSWER_S)
        if truth["fell"]:
            raise ScriptFailed("the robot fell")
        if not truth["powered"]:
            yield f"its power is cut; its body is {truth['robot']['height_m']:.2f} m above the floor"
            return
        await asyncio.sleep(0.05)
    raise ScriptFailed(f"the power was not cut; {patience.quiet_s(_now_s()):.0f} s ago the stop came to its last stage")


@dataclass(frozen=True)
class Script:
    """The acts of the demonstration, in order. way: that of the robot. legged: the robot settles before its power goes.

    machine: how busy this machine is. Where it is too busy, the robot may be stopped on its way for what came late; the
    stop is then reset as an operator would, and the robot set off again.
    people: somebody is there who may stop the robot. What they do is no failure: the script tells how the robot drives
    on, waits, and goes on with it.
    Each act yields a line for people at each step and raises ScriptFailed where one does not come to its end.
    """

    console: Console
    socket: Path
    way: Way
    legged: bool
    machine: Callable[[], MachineLoad] = read
    people: bool = False

    async def play(self) -> AsyncIterator[str]:
        meets = (self._meets_a_person,) if self.way.reaches else ()
        acts = (self._gets_ready, self._is_slowed, *meets, self._goes_on, self._is_stopped, self._is_reset)
        for act in (*acts, self._arrives):
            async for line in act():
                yield line

    async def _gets_ready(self) -> AsyncIterator[str]:
        ready = self._in_state("STANDBY", "RESET_READY")
        waiting = asyncio.create_task(self._until("the gate gets ready", ready, 60.0))
        try:
            if not (await asyncio.wait({waiting}, timeout=_TELL_S))[0]:
                yield f"the gate is not ready yet: {self.console.sight.reason}"
            await waiting
        finally:
            waiting.cancel()
        if self.console.sight.safety == "RESET_READY":
            yield f"a stop while starting: {self.console.sight.reason}; resetting it"
            await self._press_reset()
            await self._until("the gate gets ready", self._in_state("STANDBY"))
        yield "every input is healthy; the gate is in STANDBY"
        await asyncio.sleep(LOOK_S)
        await self._ask("admit", 60.0)  # each try looks at everything for some seconds
        yield "admitted: every device and the broker answered"

    async def _is_slowed(self) -> AsyncIterator[str]:
        await self._set_off()
        yield f"armed and started: the robot {self._moves}"
        async for line in self._gets_to("a limit near the crossing", self._saw(LIMIT_BEGAN, "crossing")):
            yield line
        yield f"the gate slows the robot {'that reaches into' if self.way.reaches else 'before'} the crossing"

    async def _meets_a_person(self) -> AsyncIterator[str]:
        """Who comes near stops it; it goes on by itself when they have left."""
        await self._hardware(do="person", action="enter")
        await self._until("the robot stands for the person", self._in_state("STOPPED"))
        yield f"a person comes, the robot stands: {self.console.sight.reason}"
        await self._hardware(do="person", action="leave")
        await self._until("the robot may move again", self._in_state(*MOVING))
        yield "the person has left, and the robot goes on by itself"

    async def _goes_on(self) -> AsyncIterator[str]:
        most = partial(self._sees, partial(self.way.is_past, share=STOP_AT))
        async for line in self._gets_to("the robot has done most of its way", most):
            yield line

    async def _is_stopped(self) -> AsyncIterator[str]:
        await self._hardware(do="estop", action="press")
        yield "e-stop pressed"
        if self.legged:
            async for line in settles(self.console, self.socket):
                yield line
        await self._until("the robot stands", self._in_state("STOPPED"))
        yield f"the robot stands: {self.console.sight.reason}"

    async def _is_reset(self) -> AsyncIterator[str]:
        await self._press_reset()
        await self._until("the reset is refused", self._saw(RESET_REFUSED))
        yield "reset refused, as it must be: the button is still down"
        await self._hardware(do="estop", action="release")
        await self._until("the stop can be reset", self._in_state("RESET_READY"))
        await self._press_reset()
        await self._until("the reset is accepted", self._in_state("STANDBY"))
        yield "e-stop released, reset accepted; nothing moves before it is armed again"

    async def _arrives(self) -> AsyncIterator[str]:
        await self._set_off()
        yield f"armed again: the robot {self._moves} to {'its goal' if self.way.reaches else 'the end of the lane'}"
        there = partial(self._sees, self.way.has_arrived)
        async for line in self._gets_to("the robot reaches its goal", there):
            yield line
        await self._until("the robot rests", resting(self.console))
        yield "the robot is at its goal"

    async def _gets_to(self, what: str, there: Callable[[], bool]) -> AsyncIterator[str]:
        """The robot on its way, until it is `there`; a line for each stop."""
        way = self._gets_to_among_people if self.people else self._gets_to_alone
        async for line in way(what, there):
            yield line

    async def _gets_to_alone(self, what: str, there: Callable[[], bool]) -> AsyncIterator[str]:
        """Only this machine may bring about stops."""
        stopped = self._in_state(*STOPPED)
        for _ in range(_STOPS_MOST):
            await self._until(what, lambda: stopped() or there())
            if not stopped():
                return
            reason, load = self.console.sight.reason, self.machine()
            if not load.busy:
                raise ScriptFailed(f"{what}: the gate stopped the robot: {reason}")
            yield self._late_stop(reason, load)
            await self._go_on()
        raise ScriptFailed(f"{what}: the gate stopped the robot {_STOPS_MOST} times")

    async def _gets_to_among_people(self, what: str, there: Callable[[], bool]) -> AsyncIterator[str]:
        """Who stops the robot lets it drive on, too; only what this machine brought about is reset for them."""
        guide, moving = Guide(self.console), self._in_state(*MOVING)
        stopped_s = math.nan
        while not (there() and moving()):
            sight, load = self.console.sight, self.machine()
            if sight.session in OVER:
                raise ScriptFailed(f"{what}: somebody ended the session: it is {sight.session.lower()}")
            if sight.safety not in STOPPED:
                stopped_s = math.nan
            elif math.isnan(stopped_s):
                stopped_s = _now_s()
            by_machine = load.busy and is_late(sight.reason) and _now_s() - stopped_s < _LATE_FOR_S
            if by_machine and sight.safety == "RESET_READY":
                yield self._late_stop(sight.reason, load)
                await self._go_on()
            elif not by_machine and (line := guide.line()):
                yield line
            await asyncio.sleep(0.05)

    @staticmethod
    def _late_stop(reason: str, load: MachineLoad) -> str:
        return f"the gate stopped the robot ({reason}): {explain(reason, load)}; resetting the stop, and on"

    async def _go_on(self) -> None:
        """After a stop: some end by themselves, and the session goes on; the others are reset, and it is armed anew."""
        await self._until("the stop can be reset", self._in_state("RESET_READY", "RUN", "REDUCED", "STANDBY"))
        if self._in_state("RUN", "REDUCED")():
            return
        if self._in_state("RESET_READY")():
            await self._press_reset()
        await self._until("the reset is accepted", self._in_state("STANDBY"))
        await self._set_off()

    async def _set_off(self) -> None:
        await self._ask("arm")
        await self._ask("start")

    async def _ask(self, command: str, patience_s: float = 20.0) -> None:
        await ask(self.console, command, Patience(patience_s, self.machine), partial(self._clear_the_way, command))

    async def _clear_the_way(self, command: str) -> None:
        """What this machine stopped before the robot set off is reset, and armed anew where it was armed."""
        sight = self.console.sight
        if sight.safety == "RESET_READY" and self.machine().busy:
            await self._press_reset()
            await self._until("the reset is accepted", self._in_state("STANDBY", *STOPPED[:2]))
        if command == "start" and sight.session == "HALTED":
            await asyncio.to_thread(self.console.ask, "arm")

    async def _press_reset(self) -> None:
        await self._hardware(do="reset", seconds=0.3)

    async def _hardware(self, **message: Any) -> None:
        try:
            answer = await asyncio.to_thread(request, self.socket, message, _ANSWER_S)
        except GroundUnreachable as error:
            raise ScriptFailed(str(error)) from error
        if not answer.get("ok"):
            raise ScriptFailed(f"{message}: {answer.get('error')}")

    async def _until(self, what: str, condition: Callable[[], bool], patience_s: float = 40.0) -> None:
        await until(self.console, what, condition, Patience(patience_s, self.machine))

    def _in_state(self, *names: str) -> Callable[[], bool]:
        return lambda: self.console.sight.safety in names

    def _sees(self, condition: Callable[[Any], bool]) -> bool:
        return condition(self.console.sight)

    @property
    def _moves(self) -> str:
        return "moves" if self.way.reaches else "drives"

    def _saw(self, kind: int, about: str = "") -> Callable[[], bool]:
        return lambda: self.console.saw(lambda event: event.kind == kind and about in event.reason)
