"""The device side of a Kunwei KWR75: two commands, frames without checksum or counter, in kgf and kgf·m."""

import numpy as np

from port_sim.devices.wrench_device import Numbers, Samples, WrenchDevice

_FRAME = np.dtype([("head", "u1", (2,)), ("wrench", "<f4", (6,)), ("tail", "u1", (2,))])
_KGF_N = 9.80665
_START, _STOP = b"\x48\xaa\x0d\x0a", b"\x43\xaa\x0d\x0a"


class KunweiKwr75(WrenchDevice):
    """One sensor."""

    frame_bytes = _FRAME.itemsize
    _received = b""

    def encode(self, samples: Samples, numbers: Numbers) -> bytes:
        frames = np.zeros(len(samples), dtype=_FRAME)
        frames["head"], frames["tail"] = (0x48, 0xAA), (0x0D, 0x0A)
        frames["wrench"] = samples / _KGF_N
        return frames.tobytes()

    def obey(self, data: bytes) -> bytes:
        self._received = (self._received + data)[-16:]
        start, stop = self._received.rfind(_START), self._received.rfind(_STOP)
        if max(start, stop) >= 0:
            self.streaming = start > stop
            self._received = self._received[max(start, stop) + 4 :]
        return b""
