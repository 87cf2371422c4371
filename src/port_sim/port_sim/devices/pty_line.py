"""The device's end of a serial line: a pseudo-terminal under a stable name, which can be unplugged and replugged.

A real adapter and its driver hold 64 KiB that nobody has fetched yet; a pseudo-terminal holds 4. The line keeps the
difference; what does not fit even then is gone, as on a real wire that nobody reads.
"""

import contextlib
import os
import select
import threading
import time
import tty
from pathlib import Path

_READ_BYTES = 4096
_HELD_BYTES = 65536


class PtyLine:
    """A line whose far end is found at `path` while it is plugged in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offered_bytes = 0
        self.taken_bytes = 0
        self._lock = threading.Lock()
        self._master: int | None = None
        self._slave: int | None = None
        self._held = bytearray()

    @property
    def plugged(self) -> bool:
        """Whether the line exists."""
        return self._master is not None

    def replug(self) -> None:
        """Make a new pseudo-terminal and name it; nothing happens if there is one."""
        with self._lock:
            if self._master is not None:
                return
            self._master, self._slave = os.openpty()
            tty.setraw(self._slave)  # held open and raw: else it echoes what we write before anybody opens it
            os.set_blocking(self._master, False)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.unlink(missing_ok=True)
            self.path.symlink_to(os.ttyname(self._slave))

    def unplug(self) -> None:
        """Take name and line away: whoever has it open gets an error."""
        with self._lock:
            self.path.unlink(missing_ok=True)
            for fd in (self._master, self._slave):
                if fd is not None:
                    with contextlib.suppress(OSError):
                        os.close(fd)
            self._master = self._slave = None
            self._held.clear()

    def wait(self, timeout_s: float) -> None:
        """Return once there is something to read, or after `timeout_s`."""
        master = self._master
        if master is None:
            time.sleep(timeout_s)
            return
        with contextlib.suppress(OSError):
            select.select([master], [], [], timeout_s)

    def read(self) -> bytes:
        """What the other end has sent; never waits."""
        with self._lock:
            if self._master is None:
                return b""
            try:
                return os.read(self._master, _READ_BYTES)
            except OSError:
                return b""

    def write(self, data: bytes) -> int:
        """Send after what is still held; drop what cannot be held. Returns the number of bytes of `data` kept."""
        with self._lock:
            self.offered_bytes += len(data)
            if self._master is None:
                return 0
            room = _HELD_BYTES - len(self._held)
            self._held += data[:room]
            with contextlib.suppress(OSError):
                del self._held[: os.write(self._master, self._held)]
            kept = min(room, len(data))
            self.taken_bytes += kept
            return kept
