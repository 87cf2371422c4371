"""The device side of an SRI M8128 box: ASCII commands, frames with SUM8. Source: SRI M8128 user's manual."""

import numpy as np

from port_sim.devices.wrench_device import Numbers, Samples, WrenchDevice

_FRAME = np.dtype([("head", "u1", (4,)), ("number", ">u2"), ("wrench", "<f4", (6,)), ("sum", "u1")])
_RATES_HZ = (1.0, 2000.0)
_KNOWN = {"DCKMD": "SUM", "SGDM": "(A01,A02,A03,A04,A05,A06);E;1;(WMA:1)"}


def frames_of(samples: Samples, numbers: Numbers) -> bytes:
    """The frames of `samples` (N, 6) with the low 16 bits of `numbers`."""
    frames = np.zeros(len(samples), dtype=_FRAME)
    frames["head"] = (0xAA, 0x55, 0, _FRAME.itemsize - 4)
    frames["number"] = numbers & 0xFFFF
    frames["wrench"] = samples
    frames["sum"] = frames.view(np.uint8).reshape(len(frames), _FRAME.itemsize)[:, 6:30].sum(axis=1, dtype=np.uint8)
    return frames.tobytes()


class SriM8128(WrenchDevice):
    """One box."""

    frame_bytes = _FRAME.itemsize
    _received = b""

    def encode(self, samples: Samples, numbers: Numbers) -> bytes:
        return frames_of(samples, numbers)

    def obey(self, data: bytes) -> bytes:
        self._received = (self._received + data)[-1024:]
        *lines, self._received = self._received.split(b"\r\n")
        texts = [line.decode("ascii", errors="replace") for line in lines]
        return b"".join(self._command(text.removeprefix("AT+")) for text in texts if text.startswith("AT+"))

    def _command(self, text: str) -> bytes:
        name, _, value = text.partition("=")
        if name == "GSD" and value != "STOP":
            self.streaming = True
            return b""
        good = self._set(name, value)
        return f"ACK+{text}${'OK' if good else 'ERROR'}\r\n".encode("ascii", "replace")

    def _set(self, name: str, value: str) -> bool:
        if name == "GSD":
            self.streaming = False
            return True
        if name == "SMPF":
            return self._set_rate(value)
        return _KNOWN.get(name) == value

    def _set_rate(self, value: str) -> bool:
        try:
            rate_hz = float(value)
        except ValueError:
            return False
        if self.streaming or not _RATES_HZ[0] <= rate_hz <= _RATES_HZ[1]:
            return False
        self.rate_hz = rate_hz
        return True
