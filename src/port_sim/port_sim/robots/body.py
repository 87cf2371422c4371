"""A simulated robot that lives: a thread that moves the physics on and exchanges truth with the ground.

Commands come in and motion goes out from other threads. It knows no message.
"""

import threading
import time

from port_sim.robots.registry import FloorRobot
from port_sim.robots.truth_link import Supply, TruthLink
from port_sim.robots.wheeled import Motion


class Body:
    """Runs `physics` at `rate_hz`, without power as long as the ground does not answer."""

    def __init__(self, physics: FloorRobot, link: TruthLink, rate_hz: float = 100.0) -> None:
        self._physics, self._link, self._period_s = physics, link, 1.0 / rate_hz
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="body")
        self._command = (0.0, 0.0)
        self.motion, self.supply = physics.motion, Supply()

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End the thread and wait for it."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._link.close()

    def command(self, v_mps: float, w_radps: float) -> None:
        """A command, now."""
        with self._lock:
            if not self.supply.deaf:
                self._command = (v_mps, w_radps)
                self._physics.command(v_mps, w_radps, time.monotonic())

    def tell(self, word: str) -> None:
        """The stage of the stop profile, now."""
        with self._lock:
            if not self.supply.deaf:
                self._physics.tell(word, time.monotonic())

    @property
    def reason(self) -> str:
        """Why the ground does not answer; empty if it does."""
        return self._link.reason

    def _run(self) -> None:
        while not self._stop.wait(self._period_s):
            supply = self._link.exchange(self.motion)
            self.motion, self.supply = self._move(supply), supply

    def _move(self, supply: Supply) -> Motion:
        with self._lock:
            if supply.deaf:
                self._physics.command(*self._command, time.monotonic())  # it does not even notice silence
            return self._physics.step(time.monotonic(), supply.powered, supply.runaway)
