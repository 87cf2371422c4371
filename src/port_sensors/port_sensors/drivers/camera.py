"""What every camera's driver shares: a thread that keeps the stream open and hands over each frame with its stamp.

The link comes back by itself; what is lost is counted where the camera numbers its frames. Knows no wire.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from port_sensors.core.edges import Gray
from port_sensors.drivers.driver_thread import DriverThread

_END_S = 5.0


@dataclass(frozen=True)
class Frame:
    """One picture. stamp_ns: see CameraLink.stamp_meaning. sequence: the camera's own number, or counted here.

    gray: the picture decoded, where the driver had to decode it anyway.
    """

    jpeg: bytes
    stamp_ns: int
    sequence: int
    gray: Gray | None = None


@dataclass(frozen=True)
class CameraLink:
    """How the link is now. reason and remedy say what is wrong while not connected.

    lost: frames the camera numbered but we never got; None if it numbers none. delay_s: arrival minus stamp.
    """

    connected: bool = False
    reason: str = "not connected yet"
    remedy: str = ""
    received: int = 0
    lost: int | None = None
    rejected_bytes: int = 0
    reconnects: int = 0
    rate_hz: float = 0.0
    delay_s: float = 0.0
    stamp_meaning: str = ""


class Camera(Protocol):
    """What every camera driver offers."""

    def start(self) -> None: ...
    def close(self) -> None: ...
    def link(self) -> CameraLink: ...
    def account(self) -> dict[str, int | None]: ...


class StreamCamera(DriverThread):
    """Reads a camera in a thread of its own and calls `on_frame` there, which must return at once."""

    def __init__(self, name: str, on_frame: Callable[[Frame], None]) -> None:
        super().__init__(f"camera {name}", _END_S)
        self._on_frame = on_frame
        self._link = CameraLink()
        self._last: int | None = None
        self._first: int | None = None
        self._restarts = 0
        self._arrivals_s: deque[float] = deque(maxlen=64)

    def stop(self) -> None:
        """Have the thread end, at the latest after one connection attempt; returns at once."""
        super().stop()
        self._hang_up()

    def link(self) -> CameraLink:
        """The link as it is now; the rate is over the last two seconds."""
        now_s = time.monotonic()
        recent = sum(1 for at_s in tuple(self._arrivals_s) if now_s - at_s < 2.0)
        return replace(self._link, rate_hz=recent / 2.0)

    def account(self) -> dict[str, int | None]:
        """Frames received, frames missing by the camera's own count, bytes that belonged to no frame; first and last
        number, where the camera numbers its frames and did so without beginning anew."""
        link = self._link
        counted = self._last is not None and not self._restarts
        numbers = {"first": self._first, "last": self._last} if counted else {}
        return {"received": link.received, "reported_lost": link.lost, "rejected": link.rejected_bytes, **numbers}

    def _hang_up(self) -> None:
        """End a read that is under way in the camera's thread, where it does not end by itself within a second."""

    def _down(self, reason: str, remedy: str) -> bool:
        before = self._link
        reconnects = before.reconnects + int(before.connected and not self._stop.is_set())
        self._set(connected=False, reason=reason, remedy=remedy, reconnects=reconnects)
        return before.connected

    def _take(
        self, jpeg: bytes, stamp_ns: int | None, sequence: int | None, meaning: str, gray: Gray | None = None
    ) -> None:
        """Hand over a frame; without a stamp it gets that of its arrival."""
        now_ns = time.time_ns()
        stamp_ns = now_ns if stamp_ns is None else stamp_ns
        self._arrivals_s.append(time.monotonic())
        self._set(
            connected=True,
            reason="",
            remedy="",
            received=self._link.received + 1,
            lost=self._lost_before(sequence),
            delay_s=(now_ns - stamp_ns) / 1e9,
            stamp_meaning=meaning,
        )
        self._on_frame(Frame(jpeg, stamp_ns, self._link.received if sequence is None else sequence, gray))

    def _lost_before(self, sequence: int | None) -> int | None:
        """All frames lost so far; a number that went back means that the camera started again."""
        lost, last = self._link.lost, self._last
        self._first = sequence if self._first is None else self._first
        self._restarts += sequence is not None and last is not None and sequence <= last
        self._last = sequence
        if sequence is None:
            return lost
        return (lost or 0) + (max(0, sequence - last - 1) if last is not None else 0)

    def _set(self, **changes: object) -> None:
        # One assignment: readers in other threads see the old link or the new one, never a mixture.
        self._link = replace(self._link, **changes)  # type: ignore[arg-type]
