"""A camera that streams JPEG pictures: a thread that keeps the stream open and hands over each frame.

It decodes no picture. The link comes back by itself; what is lost is counted where the camera numbers its frames.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from port_sensors.protocol.mjpeg import MjpegParser, Part, boundary_of
from port_sensors.transport.http_stream import HttpStream, StreamRefused
from port_sensors.transport.serial_port import LinkLost

_BACKOFF_S = (0.1, 0.2, 0.4, 0.8)
_CAPTURE = "capture time, camera's clock"
_ARRIVAL = "arrival at this machine: the camera sends no time"


@dataclass(frozen=True)
class Frame:
    """One picture. stamp_ns: see CameraLink.stamp_meaning. sequence: the camera's own number, or counted here."""

    jpeg: bytes
    stamp_ns: int
    sequence: int


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


class MjpegCamera:
    """Reads `address` in a thread of its own and calls `on_frame` there, which must return at once."""

    def __init__(self, name: str, address: str, on_frame: Callable[[Frame], None], timeout_s: float = 1.0) -> None:
        self._address, self._on_frame, self._timeout_s = address, on_frame, timeout_s
        self._thread = threading.Thread(target=self._run, name=f"camera {name}")
        self._stop = threading.Event()
        self._stream: HttpStream | None = None
        self._link = CameraLink()
        self._last: int | None = None
        self._arrivals_s: deque[float] = deque(maxlen=64)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def close(self) -> None:
        """End the thread and wait for it: at most as long as one connection attempt."""
        self._stop.set()
        if (stream := self._stream) is not None:
            stream.close()
        if self._thread.ident is not None:
            self._thread.join()

    def link(self) -> CameraLink:
        """The link as it is now; the rate is over the last two seconds."""
        now_s = time.monotonic()
        recent = sum(1 for at_s in tuple(self._arrivals_s) if now_s - at_s < 2.0)
        return replace(self._link, rate_hz=recent / 2.0)

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            received = self._link.received
            try:
                self._read_stream()
            except LinkLost as error:
                reconnects = self._link.reconnects + int(self._link.connected)
                self._set(connected=False, reason=error.reason, remedy=error.remedy, reconnects=reconnects)
            failures = 0 if self._link.received > received else failures + 1
            self._stop.wait(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])

    def _read_stream(self) -> None:
        """Read until the link is lost (raises LinkLost) or the camera is closed."""
        self._stream = stream = HttpStream(self._address, self._timeout_s)
        try:
            if (boundary := boundary_of(stream.content_type)) is None:
                raise StreamRefused(
                    f"answers with {stream.content_type or 'nothing'} and no MJPEG stream",
                    "correct the path in `address`",
                )
            parser, before = MjpegParser(boundary), self._link.rejected_bytes
            while not self._stop.is_set():
                for part in parser.feed(stream.read()):
                    self._take(part)
                self._set(rejected_bytes=before + parser.rejected_bytes)
        finally:
            stream.close()

    def _take(self, part: Part) -> None:
        now_ns = time.time_ns()
        stamp_ns = now_ns if part.stamp_ns is None else part.stamp_ns
        self._arrivals_s.append(time.monotonic())
        self._set(
            connected=True,
            reason="",
            remedy="",
            received=self._link.received + 1,
            lost=self._lost_before(part.sequence),
            delay_s=(now_ns - stamp_ns) / 1e9,
            stamp_meaning=_ARRIVAL if part.stamp_ns is None else _CAPTURE,
        )
        sequence = self._link.received if part.sequence is None else part.sequence
        self._on_frame(Frame(part.jpeg, stamp_ns, sequence))

    def _lost_before(self, sequence: int | None) -> int | None:
        """All frames lost so far; a number that went back means that the camera started again."""
        lost, last = self._link.lost, self._last
        self._last = sequence
        if sequence is None:
            return lost
        return (lost or 0) + (max(0, sequence - last - 1) if last is not None else 0)

    def _set(self, **changes: object) -> None:
        # One assignment: readers in other threads see the old link or the new one, never a mixture.
        self._link = replace(self._link, **changes)  # type: ignore[arg-type]
