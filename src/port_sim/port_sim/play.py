"""People play with the demonstration: they stop the robot, are told how it drives on, and it goes to and fro meanwhile.

It presses nothing and arms nothing: that is for people.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

from port_ros.session_states import ENDED
from port_sim.way import Way

#: Of the session: nothing is driven in it any more.
OVER = tuple(state.name for state in ENDED)

#: Of the gate: the robot may move.
MOVING = ("RUN", "REDUCED")

#: Of the gate: the robot is held, and stands.
HELD = ("STOPPED", "RESET_READY", "STANDBY")

#: Slower than this it stands.
STANDSTILL_MPS = 0.02

#: The robot rests at an end of its way for so long before it turns back.
PAUSE_S = 2.0

#: What is seen for so long is told.
_SETTLED_S = 0.3

#: A robot that is held for so long, without a stop, waits for something.
_WAITS_S = 2.0

#: So near it is at an end of its way, m (of a joint: rad).
_NEAR_M = 0.4

OFFER = (
    "the robot goes to and fro now. In a second terminal, after `source scripts/env`:",
    "    port sim estop press       stops it; the page says why, and what is to do",
    "    port sim estop release && port sim reset && port session arm && port session start      lets it drive on",
    "    port sim person enter, port sim unplug left_plate …       more of them: port sim --help",
)


class Console(Protocol):
    """What is needed of the operator's console."""

    @property
    def sight(self) -> Any: ...

    def send_to(self, *goal: float) -> None: ...


def resting(console: Any, for_s: float = 0.8) -> Callable[[], bool]:
    """A condition: the robot has been at rest for `for_s` without a break."""
    since: list[float] = []

    def rests() -> bool:
        now_s = asyncio.get_running_loop().time()
        if not console.sight.speed_mps < STANDSTILL_MPS:
            since.clear()
        elif not since:
            since.append(now_s)
        return bool(since) and now_s - since[0] >= for_s

    return rests


def advice(sight: Any) -> str:
    """What holds the robot and what leads on, for who plays with it; empty while it may move."""
    if sight.session in OVER:
        return (
            f"the session is {sight.session.lower()}: nothing is driven in it any more. Ctrl-C ends the demonstration"
        )
    if sight.safety in ("STOPPING", "STOPPED"):
        undo = "port sim estop release, port sim replug DEVICE, port sim person leave …"
        return f"the gate stopped the robot: {sight.reason}. Undo what you did ({undo})"
    if sight.safety == "RESET_READY":
        return "the stop can be reset. Next: port sim reset"
    if sight.safety == "STANDBY" and sight.session == "HALTED":
        return "reset. Next: port session arm && port session start"
    if sight.safety in MOVING and sight.session == "ARMED":
        return "armed. Next: port session start"
    if sight.safety == "FAULT":
        return f"{sight.reason}. Ctrl-C ends the demonstration"
    return ""


class Guide:
    """Tells what leads on, each time once."""

    def __init__(self, console: Any) -> None:
        self._console = console
        self._told = self._seen = ""
        self._seen_s = -math.inf
        self._waits = resting(console, _WAITS_S)

    def line(self) -> str:
        """What is new to tell; empty if nothing is. Gate and session tell their states one after the other."""
        now_s = asyncio.get_running_loop().time()
        seen = advice(self._console.sight) or self._waiting()
        if seen != self._seen:
            self._seen, self._seen_s = seen, now_s
        settled = now_s - self._seen_s >= _SETTLED_S
        if not settled or seen == self._told or not (seen or self._drives()):
            return ""
        self._told = seen
        return seen or "the robot drives on"

    def _waiting(self) -> str:
        sight = self._console.sight
        held = self._waits() and sight.safety == "REDUCED"
        return f"the robot waits: {sight.reason}" if held else ""

    def _drives(self) -> bool:
        sight = self._console.sight
        return sight.safety in MOVING and sight.session == "RUNNING" and sight.speed_mps > 0.1


class Play:
    """From where the script has led the robot, the goal of its `way`, back, and again."""

    def __init__(self, console: Console, way: Way) -> None:
        self._console, self._way = console, way
        self._here, self._other = way.goal, way.start
        self._guide = Guide(console)
        self._rests = resting(console, PAUSE_S)

    async def lines(self) -> AsyncIterator[str]:
        """What is told meanwhile; without an end."""
        for line in OFFER:
            yield line
        while True:
            if line := self._guide.line():
                yield line
            self._turn_back()
            await asyncio.sleep(0.1)

    def _turn_back(self) -> None:
        rests, sight = self._rests(), self._console.sight
        arrived = self._way.is_at(sight, self._here, _NEAR_M)
        if rests and arrived and sight.safety in MOVING and sight.session == "RUNNING":
            self._here, self._other = self._other, self._here
            self._console.send_to(*self._here)
