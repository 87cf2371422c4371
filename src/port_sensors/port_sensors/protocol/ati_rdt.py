"""Wire protocol of ATI's Net F/T and Axia Ethernet sensors: Raw Data Transfer over UDP, port 49152.

Record, 36 bytes, big-endian: RDT sequence u32 (counts records sent) | F/T sequence u32 (counts the sensor's own
samples) | status u32 | Fx Fy Fz Tx Ty Tz int32 counts. A datagram holds one record, or several in buffered mode.
UDP's own checksum guards it; a datagram of another length is rejected whole. Status: bit 17 saturation, bit 16 a
latched monitor condition (no fault of the measurement), bit 31 sums up; any other bit is a fault. Counts become N and
N·m by counts per force and torque of the sensor's page `netftapi2.xml` (cfgcpf, cfgcpt).

Request: 1234 | command u16: 2 streams, 0 ends | count u32: 0 for without end; unanswered but for the records.
Source: ATI Network Force/Torque Sensor System manual 9620-05-NET FT, chapter UDP interface using RDT. Opens nothing.
"""

from collections.abc import Sequence

import numpy as np

from port_sensors.protocol.wrench_protocol import INVALID, SATURATED, Batch, Exchange, Settings, WrenchProtocol

_RECORD = np.dtype([("number", ">u4"), ("sample", ">u4"), ("status", ">u4"), ("counts", ">i4", (6,))])
_SATURATION, _HARMLESS = 1 << 17, 1 << 31 | 1 << 16
_HEAD = bytes.fromhex("1234")
_STREAM, _END = 2, 0


class AtiRdt(WrenchProtocol):
    """One sensor."""

    frame_bytes = _RECORD.itemsize
    turn = 1 << 32
    check = "UDP's checksum, 16 bits, and the length"
    undetected = 2.0**-16
    datagrams = True

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        if not settings.counts_per_unit:
            raise ValueError("counts_per_unit: missing; see cfgcpf and cfgcpt in the sensor's netftapi2.xml")
        self._units = 1.0 / np.array(settings.counts_per_unit)

    def feed(self, chunk: bytes) -> Batch:
        return self.feed_all((chunk,))

    def feed_all(self, chunks: Sequence[bytes]) -> Batch:
        whole = b"".join(chunk for chunk in chunks if len(chunk) % _RECORD.itemsize == 0)
        records = np.frombuffer(whole, dtype=_RECORD)
        saturated = np.where(records["status"] & _SATURATION, SATURATED, 0)
        fault = np.where(records["status"] & ~np.uint32(_SATURATION | _HARMLESS), INVALID, 0)
        return Batch(
            numbers=records["number"].astype(np.int64),
            wrench=(records["counts"] * self._units).astype(np.float32),
            status=(saturated | fault).astype(np.uint8),
            rejected_bytes=sum(map(len, chunks)) - len(whole),
        )

    def configuration(self) -> tuple[Exchange, ...]:
        return (self.stop(),)

    def start(self) -> Exchange:
        return _request("start of the stream", _STREAM)

    def stop(self) -> Exchange:
        return _request("end of the stream", _END)


def _request(name: str, command: int) -> Exchange:
    return Exchange(name, _HEAD + command.to_bytes(2, "big") + bytes(4))
