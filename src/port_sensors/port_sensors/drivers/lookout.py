"""A thread that looks at the newest frame: pictures that come faster than they can be looked at are skipped, counted.

Keeps slow work away from the thread that reads the camera and from the one that serves ROS.
"""

import threading
from collections.abc import Callable

from port_sensors.drivers.camera import Frame


class Lookout:
    """Calls `look` with one frame after the other, always the newest.

    An error in `look` is kept as `failure` until the next success; the thread goes on.
    """

    def __init__(self, name: str, look: Callable[[Frame], None]) -> None:
        self._look = look
        self._thread = threading.Thread(target=self._run, name=f"lookout {name}")
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._closing = False
        self.skipped = 0
        self.failure = ""

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def offer(self, frame: Frame) -> None:
        """Hand over a frame; returns at once, from any thread."""
        with self._changed:
            self.skipped += self._frame is not None
            self._frame = frame
            self._changed.notify()

    def close(self) -> None:
        """End the thread after the frame it is at, and wait for it."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while (frame := self._next()) is not None:
            try:
                self._look(frame)
                self.failure = ""
            except Exception as error:  # one odd picture must not end the camera; diagnostics say so
                self.failure = f"{type(error).__name__}: {error}"

    def _next(self) -> Frame | None:
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None or self._closing)
            frame, self._frame = self._frame, None
            return None if self._closing else frame
