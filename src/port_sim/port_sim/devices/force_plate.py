"""The device side of an SRI M8128 box: answers its commands and streams a recording at its true rate.

All boxes of a ground share one sample clock, as boxes on one sync line do: sample k of every plate is taken k periods
after the ground was switched on. Like the real box it knows nothing of its cable: unplugged, stalled or unread it goes
on, and every sample counts as sent.
"""

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from port_sim.devices.pty_line import PtyLine
from port_sim.faults import Faults
from port_sim.recordings import force_plate_jump
from port_sim.world import World

_FRAME = np.dtype([("head", "u1", (4,)), ("number", ">u2"), ("wrench", "<f4", (6,)), ("sum", "u1")])
_BATCH_S = 0.01
_RATES_HZ = (1.0, 2000.0)


def frames_of(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.void]:
    """The frames of `samples` (N, 6), with the number still 0."""
    frames = np.zeros(len(samples), dtype=_FRAME)
    frames["head"] = (0xAA, 0x55, 0, _FRAME.itemsize - 4)
    frames["wrench"] = samples
    frames["sum"] = frames.view(np.uint8).reshape(len(frames), _FRAME.itemsize)[:, 6:30].sum(axis=1, dtype=np.uint8)
    return frames


class ForcePlate:
    """One box; `config` is the plate's block of the ground's file."""

    def __init__(self, name: str, config: dict[str, Any], ground: dict[str, Any], world: World) -> None:
        self.name = name
        self.faults = Faults()
        self._line = PtyLine(Path(config["port"]))
        self._frames = frames_of(force_plate_jump("right" if "right" in name else "left"))
        self._rate_hz = float(config["rate_hz"])
        self._streaming = False
        self._world = world
        self._sent = 0
        self._next = 0
        self._received = b""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"sim {name}", daemon=True)

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
        """Pull the cable."""
        self._line.unplug()

    def replug(self) -> None:
        """Plug the cable in again."""
        self._line.replug()

    def counts(self) -> dict[str, Any]:
        """sent: samples since the start, whether the line took them or not."""
        return {"sent": self._sent, "streaming": self._streaming, "faults": self.faults.count}

    def _run(self) -> None:
        next_s = time.monotonic()
        while not self._stop.is_set():
            self._obey(self._line.read())
            if self._streaming:
                self._stream(time.monotonic())
            next_s = max(next_s + _BATCH_S, time.monotonic() - 1.0)
            self._stop.wait(max(0.0, next_s - time.monotonic()))

    def _stream(self, now_s: float) -> None:
        """Send every sample whose time has come."""
        due = self._taken_by(now_s) - self._next
        if due <= 0:
            return
        numbers = np.arange(self._next, self._next + due)
        self._next += due
        batch = self._frames[numbers % len(self._frames)]
        batch["number"] = numbers & 0xFFFF
        self._sent += due
        self._line.write(self.faults.apply(batch.tobytes()))

    def _obey(self, data: bytes) -> None:
        self._received = (self._received + data)[-1024:]
        *lines, self._received = self._received.split(b"\r\n")
        for line in lines:
            text = line.decode("ascii", errors="replace")
            if text.startswith("AT+"):
                self._command(text.removeprefix("AT+"))

    def _command(self, text: str) -> None:
        name, _, value = text.partition("=")
        if name == "GSD" and value != "STOP":
            self._begin()
            return
        good = self._set(name, value)
        self._line.write(self.faults.apply(f"ACK+{text}${'OK' if good else 'ERROR'}\r\n".encode("ascii", "replace")))

    def _set(self, name: str, value: str) -> bool:
        if name == "GSD":
            self._streaming = False
            return True
        if name == "SMPF":
            return self._set_rate(value)
        return (name, value) in (("DCKMD", "SUM"), ("SGDM", "(A01,A02,A03,A04,A05,A06);E;1;(WMA:1)"))

    def _set_rate(self, value: str) -> bool:
        try:
            rate_hz = float(value)
        except ValueError:
            return False
        if self._streaming or not _RATES_HZ[0] <= rate_hz <= _RATES_HZ[1]:
            return False
        self._rate_hz = rate_hz
        return True

    def _begin(self) -> None:
        if not self._streaming:
            self._streaming, self._next = True, self._taken_by(time.monotonic())

    def _taken_by(self, now_s: float) -> int:
        """How many samples the ground's sample clock has counted."""
        return int((now_s - self._world.switched_on_s) * self._rate_hz)
