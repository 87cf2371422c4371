"""The device side of an OptoForce / OnRobot HEX converter: binary configuration, frames with counter and 16-bit sum."""

import numpy as np

from port_sim.devices.wrench_device import Numbers, Samples, WrenchDevice

_FRAME = np.dtype([("head", "u1", (4,)), ("number", ">u2"), ("status", ">u2"), ("counts", ">i2", (6,)), ("sum", ">u2")])
_SET, _SET_BYTES = bytes((170, 0, 50, 3)), 9
_INTERNAL_HZ = 1000.0


class OptoforceHex(WrenchDevice):
    """One sensor."""

    frame_bytes = _FRAME.itemsize
    _received = b""

    def encode(self, samples: Samples, numbers: Numbers) -> bytes:
        counts = samples * np.asarray(self.config["counts_per_unit"])
        frames = np.zeros(len(samples), dtype=_FRAME)
        frames["head"] = (170, 7, 8, 16)
        frames["number"] = numbers & 0xFFFF
        frames["counts"] = np.clip(np.rint(counts), -32768, 32767)
        frames["status"] = ((np.abs(counts) > 32767) * (1 << np.arange(9, 3, -1))).sum(axis=1)
        rows = frames.view(np.uint8).reshape(len(frames), _FRAME.itemsize)
        frames["sum"] = rows[:, :20].sum(axis=1, dtype=np.uint16)
        return frames.tobytes()

    def obey(self, data: bytes) -> bytes:
        self._received = (self._received + data)[-256:]
        answers = b""
        while (at := self._received.find(_SET)) >= 0 and len(self._received) - at >= _SET_BYTES:
            command, self._received = self._received[at : at + _SET_BYTES], self._received[at + _SET_BYTES :]
            answers += self._carry_out(command)
        return answers

    def _carry_out(self, command: bytes) -> bytes:
        if sum(command[:7]) != int.from_bytes(command[7:], "big"):
            return b""
        speed = command[4]
        good = speed in (0, 1, 3, 10, 33, 100)
        if good:
            self.streaming = speed != 0
            self.rate_hz = _INTERNAL_HZ / speed if speed else self.rate_hz
        body = bytes((170, 0, 80, 1, 0 if good else 2))
        return body + sum(body).to_bytes(2, "big")
