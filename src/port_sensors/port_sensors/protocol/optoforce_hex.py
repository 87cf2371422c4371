"""Wire protocol of the OptoForce / OnRobot HEX six-axis sensors on their USB/UART converter (1,000,000 baud).

Frame, 22 bytes: AA 07 08 10 | sample counter u16 | status u16 | Fx Fy Fz Tx Ty Tz int16 counts | sum of all bytes
before, u16, all big-endian. Status: bits 4–9 overload of Tz Ty Tx Fz Fy Fx, 10–12 sensor error, 13–15 error of the
converter. Counts become N and N·m by the sensitivities of the sensor's own certificate. A sum sees every damage to
one byte; of two flipped bits 6 % cancel (of one weight, one each way), of several random bytes less than one in 256.

Configuration: AA 00 32 03 | speed: 1000 / Hz, 0 stops | filter: 0 none, 1–6 for 500, 150, 50, 15, 5, 1.5 Hz | zero: 0
none, 255 now | sum u16; answered by AA 00 50 01 | code, 0 for done | sum u16. Source: OptoForce General DAQ USB/UART
protocol description, as used by the public drivers. Opens nothing, waits for nothing.
"""

import numpy as np
import numpy.typing as npt

from port_sensors.protocol.framing import Layout, Rows
from port_sensors.protocol.stream_protocol import StreamProtocol
from port_sensors.protocol.wrench_protocol import INVALID, SATURATED, Batch, Exchange, Settings

_FRAME = np.dtype([("head", "u1", (4,)), ("number", ">u2"), ("status", ">u2"), ("counts", ">i2", (6,)), ("sum", ">u2")])
_OVERLOAD, _ERROR = 0x03F0, 0xFC00
_SET = bytes((170, 0, 50, 3))
_ANSWER_HEAD = bytes((170, 0, 80, 1))
_ANSWER_BYTES = 7
_INTERNAL_HZ = 1000.0
#: Speeds that the converter knows, as 1000 / Hz, each with the filter that keeps frequencies above half of it out.
_FILTERS = {1: 1, 3: 2, 10: 4, 33: 5, 100: 6}


def _sound(rows: Rows) -> npt.NDArray[np.bool_]:
    sent = rows[:, 20].astype(np.uint16) << 8 | rows[:, 21]
    return np.asarray(rows[:, :20].sum(axis=1, dtype=np.uint16) == sent)


def _summed(body: bytes) -> bytes:
    return body + sum(body).to_bytes(2, "big")


def _answer_end(data: bytes, position: int) -> int:
    head = data[position : position + _ANSWER_BYTES]
    if not _ANSWER_HEAD.startswith(head[:4]):
        return 0
    if len(head) < _ANSWER_BYTES:
        return -1
    return position + _ANSWER_BYTES if head == _summed(head[:5]) else 0


class OptoforceHex(StreamProtocol):
    """One sensor."""

    frame_bytes = _FRAME.itemsize
    layout = Layout(bytes((170, 7, 8, 16)), _FRAME.itemsize, _sound, _answer_end, b"\xaa")
    dtype = _FRAME
    turn = 1 << 16
    check = "sum of all bytes, 16 bits"
    undetected = 2.0**-8  # sums of 20 bytes lie close together: far from the 2^-16 of their width
    bauds = (1_000_000,)

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._speed = round(_INTERNAL_HZ / settings.rate_hz)
        if self._speed not in _FILTERS or abs(self._speed * settings.rate_hz / _INTERNAL_HZ - 1) > 0.01:
            known = ", ".join(f"{_INTERNAL_HZ / speed:.4g}" for speed in _FILTERS)
            raise ValueError(f"rate_hz: {settings.rate_hz:g} is none of {known}")
        if not settings.counts_per_unit:
            raise ValueError("counts_per_unit: missing; see the sensor's certificate")
        self._units = 1.0 / np.array(settings.counts_per_unit)

    def feed(self, chunk: bytes) -> Batch:
        frames, found = self._frames(chunk)
        overload = np.where(frames["status"] & _OVERLOAD, SATURATED, 0)
        error = np.where(frames["status"] & _ERROR, INVALID, 0)
        return Batch(
            numbers=frames["number"].astype(np.int64),
            wrench=(frames["counts"] * self._units).astype(np.float32),
            status=(overload | error).astype(np.uint8),
            rejected_bytes=found.rejected_bytes,
            answers=found.answers,
        )

    def configuration(self) -> tuple[Exchange, ...]:
        return (self.stop(),)

    def start(self) -> Exchange:
        return _set(f"speed {self._speed}", self._speed, _FILTERS[self._speed])

    def stop(self) -> Exchange:
        return _set("speed 0", 0, _FILTERS[self._speed])


def _set(name: str, speed: int, low_pass: int) -> Exchange:
    """The tare is ours: the converter's own zero stays off."""

    def judge(answer: bytes) -> bool:
        return answer[4] == 0

    return Exchange(name, _summed(_SET + bytes((speed, low_pass, 0))), judge)
