"""The device side of a Robotiq FT 300: Modbus write starts the stream, a burst of FF ends it; CRC-16/MODBUS."""

import numpy as np

from port_sim.devices.crc16 import MODBUS, crc16
from port_sim.devices.wrench_device import Numbers, Samples, WrenchDevice

_UNITS = np.array([0.01, 0.01, 0.01, 0.001, 0.001, 0.001])
_START = bytes.fromhex("0910019A0001020200CDCA")
_BURST = b"\xff" * 50


def frame_of(sample: Samples) -> bytes:
    """One frame; the sensor's range is ±300 N and ±30 N·m, beyond it saturates."""
    counts = np.clip(np.rint(sample / _UNITS), -32768, 32767).astype("<i2")
    body = b"\x20\x4e" + bytes(counts)
    return body + crc16(body, MODBUS)


class RobotiqFt300(WrenchDevice):
    """One sensor."""

    frame_bytes = 16
    _received = b""

    def encode(self, samples: Samples, numbers: Numbers) -> bytes:
        return b"".join(frame_of(sample) for sample in samples)

    def obey(self, data: bytes) -> bytes:
        self._received = (self._received + data)[-128:]
        if _BURST in self._received:
            self.streaming, self._received = False, self._received.rpartition(b"\xff")[2]
        if _START not in self._received:
            return b""
        self.streaming, self._received = True, b""
        return _START[:6] + crc16(_START[:6], MODBUS)
