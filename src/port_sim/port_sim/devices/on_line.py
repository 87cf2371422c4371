"""What every simulated device on a wire has in common: a thread in which it lives, and a cable that can be pulled."""

import threading
from typing import Protocol


class Cable(Protocol):
    """A line that can be pulled and plugged in again."""

    def unplug(self) -> None: ...

    def replug(self) -> None: ...


class OnLine:
    """A device that sets `_line`, `_stop` and `_thread` when it is made."""

    _line: Cable
    _stop: threading.Event
    _thread: threading.Thread

    def start(self) -> None:
        """Plug in and switch on."""
        self._line.replug()
        self._thread.start()

    def close(self) -> None:
        """Switch off and take the line away."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(1.0)
        self._line.unplug()

    def unplug(self) -> None:
        """Pull the cable; the device keeps running, so what it holds runs out."""
        self._line.unplug()

    def replug(self) -> None:
        """Plug the cable in again."""
        self._line.replug()
