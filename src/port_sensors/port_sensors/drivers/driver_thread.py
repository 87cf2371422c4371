"""The thread in which a driver keeps its link: it tries, says why it failed, waits and tries again.

Whatever is raised inside is named, and the link is down from then on until the device answers again: `LinkLost` is what
happens to wires, anything else is a fault of ours or of a library. That, too, is tried again, because one odd frame may
be behind it and the devices beside it in the process are sound. A link is never up without its thread. What no retry
can mend, a wrong setting, is refused before there is a thread. Knows no device and no ROS.
"""

import random
import sys
import threading
import time
import traceback
from abc import ABC, abstractmethod
from pathlib import Path

from port_ros.network_address import without_logins
from port_sensors.core.retry import Retry
from port_sensors.transport.serial_port import LinkLost

_REPORT_IT = "it is tried again; if this stays, report it with the log of this node"
_ENDED = "the driver's thread has ended", "end the session and start it again"


class DriverThread(ABC):
    """A thread between `start` and `close`. end_s: how long `close` waits for it."""

    def __init__(self, name: str, end_s: float) -> None:
        self.name = name
        self._end_s = end_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._fault = ""

    def start(self) -> None:
        """Begin to open the device."""
        self._thread.start()

    def stop(self) -> None:
        """Tell the thread to end in order; returns at once."""
        self._stop.set()

    def close(self) -> None:
        """End the thread in order and wait for it. Raises TimeoutError if it hangs."""
        self.stop()
        if self._thread.ident is not None:
            self._thread.join(self._end_s)
            if self._thread.is_alive():
                raise TimeoutError(f"{self.name}: the driver's thread did not end within {self._end_s:g} s")

    @abstractmethod
    def _attempt(self) -> None:
        """Open the device and serve it until it is lost (raises LinkLost) or `_stop` is set."""

    @abstractmethod
    def _down(self, reason: str, remedy: str) -> bool:
        """The link is down from now on, and why; returns whether it was up."""

    def _run(self) -> None:
        retry = Retry()
        try:
            while not self._stop.is_set():
                began_s = time.monotonic()
                worked = self._try()
                self._stop.wait(retry.pause_s(worked, time.monotonic() - began_s, random.random()))
        finally:
            self._down(*_ENDED)

    def _try(self) -> bool:
        """One attempt; whether it got through to the device and was lost later."""
        try:
            self._attempt()
        except LinkLost as lost:
            self._fault = ""
            return self._down(without_logins(lost.reason), lost.remedy)
        except Exception as error:  # anything: a driver's thread must neither die of it nor hide it
            self._down(self._named(error), _REPORT_IT)
            return False  # however far it got: a fault that comes again at once is not to be tried ten times a second
        return True

    def _named(self, error: Exception) -> str:
        """The fault in one line; where it came from is written to the log once."""
        frames = traceback.extract_tb(error.__traceback__)
        where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"
        said = without_logins(" ".join(str(error).split()))
        fault = f"fault in the driver: {type(error).__name__} at {where}" + (f" ({said})" if said else "")
        if fault != self._fault:
            self._fault = fault
            print(f"{self.name}: {fault}\n{''.join(traceback.format_list(frames))}", file=sys.stderr, flush=True)
        return fault
