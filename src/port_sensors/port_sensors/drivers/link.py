"""What every device's driver shares: a thread that keeps the link, and what may be known about it.

The thread opens the port, serves it until it is lost, and tries again as core.retry has it, so that data is back within
two seconds of replugging. Knows no protocol.
"""

import sys
import time
from abc import abstractmethod
from dataclasses import dataclass
from typing import Generic, TypeVar

from port_sensors.drivers.driver_thread import DriverThread
from port_sensors.transport.port import Port
from port_sensors.transport.serial_port import SerialPort

P = TypeVar("P", bound=Port)

#: Readings of two clocks that lie further apart than this say too little of each other; tried again so often.
_APART_NS = 20_000
_READINGS = 5
_END_S = 3.0


@dataclass(frozen=True)
class Link:
    """The link as it is now. ever: it was up before. reason, remedy: why it is down and what mends it."""

    up: bool = False
    ever: bool = False
    reason: str = "not opened yet"
    remedy: str = "wait a moment"


class Device(DriverThread, Generic[P]):
    """A device on a wire, served by a thread of its own between `start` and `close`."""

    def __init__(self, name: str, path: str, baud: int) -> None:
        super().__init__(name, _END_S)
        self.link = Link()
        self._path = path
        self._baud = baud

    @abstractmethod
    def _open(self) -> P:
        """Open the wire; raises LinkLost."""

    @abstractmethod
    def _serve(self, port: P) -> None:
        """Talk to the device until stopped; raises LinkLost. Calls `_is_up` once the device answers."""

    def _is_up(self) -> None:
        self.link = Link(up=True, ever=True, reason="", remedy="")

    def _down(self, reason: str, remedy: str) -> bool:
        before, self.link = self.link, Link(up=False, ever=self.link.ever, reason=reason, remedy=remedy)
        return before.up

    def _attempt(self) -> None:
        port = self._open()
        try:
            self._serve(port)
        finally:
            port.close()


class SerialDevice(Device[SerialPort]):
    """A device on a serial port."""

    def _open(self) -> SerialPort:
        return SerialPort(self._path, self._baud)


def monotonic_to_system_ns() -> int:
    """What to add to monotonic nanoseconds to get system time, now: steps of the system clock show up here alone.

    A thread that loses the processor between the two clocks' readings would shift a stamp: such a reading is repeated,
    and the tightest counts.
    """
    tightest_ns, offset_ns = sys.maxsize, 0
    for _ in range(_READINGS):
        before_ns, system_ns, after_ns = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
        if after_ns - before_ns < tightest_ns:
            tightest_ns, offset_ns = after_ns - before_ns, system_ns - (before_ns + after_ns) // 2
        if tightest_ns < _APART_NS:
            break
    return offset_ns
