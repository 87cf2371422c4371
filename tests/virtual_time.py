"""Drivers on wires whose time passes only where somebody waits: what a driver's own schedule makes of a pulled cable.

The driver's thread function runs in the test's thread against the simulated device. How long a wait takes depends on
nothing but the driver, so that bounds can be asserted exactly, on any machine.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from port_sensors.transport.serial_port import LinkLost, PortAbsent

#: How a device is gone. absent: its port is not there. silent: nothing comes, what is sent vanishes. refused: whoever
#: sends is told so by the kernel, as with UDP and TCP.
ABSENT, SILENT, REFUSED = "absent", "silent", "refused"
_STEP_S = 0.005
_CALL_S = 1e-5


class VirtualTime:
    """The monotonic clock of this process, while the test runs. Every look at it takes 10 µs: no loop is for ever."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now_s = 1000.0
        patch.setattr(time, "monotonic", self._look)
        patch.setattr(time, "sleep", self.sleep)

    def sleep(self, seconds: float) -> None:
        self.now_s += max(0.0, seconds)

    def _look(self) -> float:
        self.now_s += _CALL_S
        return self.now_s


class Cable:
    """There until `pulled_s`, gone in its `way` until `back_s`."""

    def __init__(self, clock: VirtualTime, way: str) -> None:
        self.clock, self.way = clock, way
        self.pulled_s = self.back_s = float("inf")

    @property
    def there(self) -> bool:
        return not self.pulled_s <= self.clock.now_s < self.back_s


class Bell(threading.Event):
    """A driver's event: waiting for it passes virtual time; it counts as set once `done`."""

    def __init__(self, clock: VirtualTime, done: Callable[[], bool] = lambda: False) -> None:
        super().__init__()
        self._clock, self._done = clock, done

    def is_set(self) -> bool:
        return super().is_set() or self._done()

    def wait(self, timeout: float | None = None) -> bool:
        if not self.is_set():
            self._clock.sleep(timeout or 0.0)
        return self.is_set()


class Line:
    """Between a simulated device, whose `_line` it is, and a driver, whose port it is; there is no thread.

    loses_power: the device does while its cable is pulled, and does not stream until it is told to.
    """

    path = "virtual"

    def __init__(self, cable: Cable, device: Any, loses_power: bool = False) -> None:
        self._cable, self._device, self._loses_power = cable, device, loses_power
        self._heard, self._said, self._refused = deque[bytes](), deque[bytes](), False
        self._end = self._End(self)
        device._line = self._end

    class _End:
        """The device's side."""

        def __init__(self, line: "Line") -> None:
            self._line = line

        def read(self) -> bytes:
            return self._line._heard.popleft() if self._line._heard else b""

        def write(self, data: bytes) -> int:
            if data:  # nothing is not heard: as a chunk of its own it would hold up what is said after it
                self._line._said.append(data)
            return len(data)

    def open(self) -> "Line":
        if not self._cable.there and self._cable.way == ABSENT:
            raise PortAbsent("virtual: no such port", "plug it in")
        self._refused = False
        self._heard.clear()
        self._said.clear()
        return self

    def read(self, timeout_s: float) -> bytes:
        until_s = self._cable.clock.now_s + timeout_s
        while not (said := self._take()) and self._cable.clock.now_s < until_s:
            step_s = _STEP_S if self._cable.there else 10 * _STEP_S
            self._cable.clock.sleep(min(step_s, until_s - self._cable.clock.now_s))
        return said

    def _take(self) -> bytes:
        if self._refused or (not self._cable.there and self._cable.way == ABSENT):
            raise LinkLost("virtual: link lost", "plug it in again")
        if self._cable.there:
            self._device.turn()
        elif self._loses_power:
            self._device.streaming = False
        return self._said.popleft() if self._said else b""

    def write(self, data: bytes) -> None:
        if self._cable.there:
            self._heard.append(data)
        elif self._cable.way == REFUSED:
            self._refused = True

    def discard_input(self) -> None:
        while self._take():
            pass

    def wake(self) -> None:
        """Nobody waits in another thread here."""

    def close(self) -> None:
        """Nothing is held."""
