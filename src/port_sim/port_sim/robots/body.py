"""A simulated robot that lives: a thread that moves the physics on and exchanges truth with the ground.

Commands come in and motion goes out from other threads. It knows no message.
"""

import math
import threading
import time
from typing import Any, Protocol

from port_sim.robots.truth_link import Supply, TruthLink
from port_sim.robots.wheeled import Motion

#: A robot that waits to sit down until it is slow, or for its next step, is not at rest yet.
_STILL_S = 1.0


class Physics(Protocol):
    """What every simulated robot does: those of registry.py, which take a speed and a turn rate, and an arm."""

    own_stop: str

    @property
    def motion(self) -> Motion: ...

    def command(self, *order: Any, **named: Any) -> None:
        """An order of the robot's own kind, and the time."""

    def tell(self, word: str, now_s: float) -> None: ...

    def step(self, now_s: float, powered: bool, runaway: bool = False) -> Motion: ...


class Body:
    """Runs `physics` at `rate_hz`, without power as long as the ground does not answer. rest: the order to stand still.

    While its stop input is open its own controller brings it to rest, whatever it is commanded or told, and however its
    computers run away: the input is wired to the drives.
    """

    def __init__(
        self, physics: Physics, link: TruthLink, rate_hz: float = 100.0, rest: tuple[Any, ...] = (0.0, 0.0)
    ) -> None:
        self._physics, self._link, self._period_s = physics, link, 1.0 / rate_hz
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="body")
        self._rest = self._command = rest
        self._word = ""
        self._still_since_s = math.inf
        self.motion, self.supply = physics.motion, Supply()

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End the thread and wait for it."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._link.close()

    def command(self, *order: Any) -> None:
        """A command, now: a speed and a turn rate, or what else the robot takes."""
        with self._lock:
            if not self.supply.deaf:
                self._command = order
                if not self.supply.stop_input:
                    self._physics.command(*order, time.monotonic())

    def tell(self, word: str) -> None:
        """The stage of the stop profile, now."""
        with self._lock:
            if not self.supply.deaf:
                self._word = word

    @property
    def reason(self) -> str:
        """Why the ground does not answer; empty if it does."""
        return self._link.reason

    def _run(self) -> None:
        while not self._stop.wait(self._period_s):
            supply = self._link.exchange(self.motion)
            self.motion, self.supply = self._move(supply), supply

    @property
    def lies_still(self) -> bool:
        """Whether the hard-wired chain has brought it to rest: it has not moved for a while since its input opened."""
        return time.monotonic() - self._still_since_s >= _STILL_S

    def _move(self, supply: Supply) -> Motion:
        now_s = time.monotonic()
        with self._lock:
            if supply.stop_input:
                self._physics.command(*self._rest, now_s)
            elif supply.deaf:
                self._physics.command(*self._command, now_s)  # it does not even notice silence
            self._physics.tell(self._physics.own_stop if supply.stop_input else self._word, now_s)
            motion = self._physics.step(now_s, supply.powered, supply.runaway and not supply.stop_input)
        if not supply.stop_input or not _same(motion, self.motion):
            self._still_since_s = math.inf
        elif self._still_since_s == math.inf:
            self._still_since_s = now_s
        return motion


def _same(one: Motion, other: Motion) -> bool:
    """Whether nothing of the robot has moved by what counts."""
    return abs(one.v) < 1e-3 and abs(one.w) < 1e-3 and abs(one.height_m - other.height_m) < 1e-5
