"""A simulated device that streams wrenches: replays the recording over a wire at its true rate.

All devices of a ground share one sample clock, as boxes on one sync line do: sample k of every plate is taken k periods
after the ground was switched on. Like the real ones it knows nothing of its cable: unplugged, stalled or unread it goes
on, and every sample counts as sent. What its bytes mean is the business of the file of its wire, beside this one.
"""

import threading
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from port_sim.devices.on_line import OnLine
from port_sim.devices.pty_line import PtyLine
from port_sim.faults import Faults
from port_sim.recordings import force_plate_jump
from port_sim.world import World

Samples = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]

RECORDED_HZ = 2000.0
_BATCH_S = 0.01
#: A machine that let us wait gets what is due in pieces: a real device never bursts.
_BURST_S = 0.1


class Line(Protocol):
    """The device's end of a cable."""

    def replug(self) -> None: ...
    def unplug(self) -> None: ...
    def read(self) -> bytes: ...
    def write(self, data: bytes) -> int: ...


def recorded(side: str, numbers: Numbers, rate_hz: float) -> Samples:
    """What the plate `side` of a device at `rate_hz` measures as samples `numbers`: float32 (N, 6), N and N·m."""
    recording = force_plate_jump(side)
    places = np.rint(numbers * (RECORDED_HZ / rate_hz)).astype(np.int64) % len(recording)
    samples: Samples = recording[places]
    return samples


class WrenchDevice(OnLine, ABC):
    """One device; `config` is its block of the ground's file."""

    #: Bytes a sample takes on the wire.
    frame_bytes: int

    def __init__(self, name: str, config: dict[str, Any], ground: dict[str, Any], world: World) -> None:
        self.name = name
        self.faults = Faults()
        self.streaming = False
        self.rate_hz = float(config["rate_hz"])
        self.config = config
        self._side = "right" if "right" in name else "left"
        self._line: Line = self._make_line(str(config["port"]))
        self._world = world
        self._sent = self._unsent = 0
        self.first_number = 0
        self._next = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"sim {name}", daemon=True)

    @abstractmethod
    def encode(self, samples: Samples, numbers: Numbers) -> bytes:
        """The frames of `samples` (N, 6), which are the device's samples `numbers` since the ground was switched on."""

    @abstractmethod
    def obey(self, data: bytes) -> bytes:
        """Take bytes from the edge, set `streaming` and `rate_hz`, and answer."""

    def counts(self) -> dict[str, Any]:
        """sent: samples since the start, whether the line took them or not. unsent: taken while it was to be quiet."""
        return {"sent": self._sent, "unsent": self._unsent, "streaming": self.streaming, "faults": self.faults.count}

    def _make_line(self, port: str) -> Line:
        return PtyLine(Path(port))

    def _run(self) -> None:
        next_s = time.monotonic()
        while not self._stop.is_set():
            self.turn()
            next_s = max(next_s + _BATCH_S, time.monotonic() - 1.0)
            self._stop.wait(max(0.0, next_s - time.monotonic()))

    def turn(self) -> None:
        """Hear what was said and send what is due."""
        self._hear(self._line.read())
        if self.streaming:
            self._stream(time.monotonic())

    def _hear(self, data: bytes) -> None:
        if not data:
            return
        before = self.streaming
        answer = self.obey(data)
        if self.streaming and not before:
            self._begin(self._taken_by(time.monotonic()))
        if answer:
            self._line.write(self.faults.apply(answer, len(answer), time.monotonic()))

    def _begin(self, number: int) -> None:
        """Stream from sample `number` on; those since an earlier stream were taken and never sent."""
        self._unsent += number - self._next if self._sent else 0
        self._next = self.first_number = number

    def _stream(self, now_s: float) -> None:
        """Send every sample whose time has come."""
        due = min(self._taken_by(now_s) - self._next, round(_BURST_S * self.rate_hz))
        if due <= 0:
            return
        numbers = np.arange(self._next, self._next + due)
        self._next += due
        self._sent += due
        frames = self.encode(recorded(self._side, numbers, self.rate_hz), numbers)
        self._send(frames, now_s)

    def _send(self, frames: bytes, now_s: float) -> None:
        self._line.write(self.faults.apply(frames, self.frame_bytes, now_s))

    def _taken_by(self, now_s: float) -> int:
        """How many samples the ground's sample clock has counted."""
        return int((now_s - self._world.switched_on_s) * self.rate_hz)
