"""The device side of an ATI Net F/T: RDT requests in, records of 36 bytes out, a UDP datagram each."""

import numpy as np

from port_sim.devices.udp_line import UdpLine
from port_sim.devices.wrench_device import Line, Numbers, Samples, WrenchDevice

_RECORD = np.dtype([("number", ">u4"), ("sample", ">u4"), ("status", ">u4"), ("counts", ">i4", (6,))])
#: The sensor's own rate: its sample counter runs at it whatever is sent.
_INTERNAL_HZ = 7000.0
_LARGEST = 2**31 - 1


class AtiRdt(WrenchDevice):
    """One sensor. What damages a datagram makes the receiver's kernel discard it; one cut short is delivered so."""

    frame_bytes = _RECORD.itemsize

    def encode(self, samples: Samples, numbers: Numbers) -> bytes:
        counts = np.rint(samples * np.asarray(self.config["counts_per_unit"]))
        records = np.zeros(len(samples), dtype=_RECORD)
        records["number"] = numbers & 0xFFFFFFFF
        records["sample"] = (numbers * (_INTERNAL_HZ / self.rate_hz)).astype(np.int64) & 0xFFFFFFFF
        records["counts"] = np.clip(counts, -_LARGEST - 1, _LARGEST)
        records["status"] = np.where((np.abs(counts) > _LARGEST).any(axis=1), 1 << 31 | 1 << 17, 0)
        return records.tobytes()

    def obey(self, data: bytes) -> bytes:
        if len(data) == 8 and data.startswith(b"\x12\x34"):
            self.streaming = data[2:4] == b"\x00\x02"
        return b""

    def _make_line(self, port: str) -> Line:
        return UdpLine(port)

    def _send(self, frames: bytes, now_s: float) -> None:
        for place in range(0, len(frames), self.frame_bytes):
            record = frames[place : place + self.frame_bytes]
            damaged = self.faults.apply(record, self.frame_bytes, now_s)
            for start in range(0, len(damaged), self.frame_bytes):
                datagram = damaged[start : start + self.frame_bytes]
                if datagram == record or len(damaged) < self.frame_bytes:
                    self._line.write(datagram)
