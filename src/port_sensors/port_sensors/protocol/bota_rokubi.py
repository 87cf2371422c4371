"""Wire protocol of Bota Systems' serial force-torque sensors (Rokubi, SensONE, serial gen 0).

Frame, 37 bytes: AA | status u16 | Fx Fy Fz Mx My Mz float32 | time u32 in µs | temperature float32 in °C | CRC-16/X-25
over the 34 bytes between, all little-endian. Status bits: 0 measurements skipped, 1 overrange, 2 invalid, 3 raw.
The device counts microseconds, not samples: a sample's number is the number before it plus the periods between.
Every damage of up to three bits is seen, and all but one in 65,536 of any other.

Commands are ASCII without a line end: `C` (be configured; stops the stream), `c,temperature compensation,calibration
matrix,format (0: binary),baud code`, `f,SINC length,chop,fast,skip`, `R` (run); answers are `r,0,C,0` with the
command's letter and a code, 0 for done. Samples a second are 51,200 / SINC length; 460,800 baud carry 1,245 frames a
second. Source: Bota Systems' open ROS driver (bota_driver, rokubimini_serial) and its Python example. Opens nothing.
"""

import re

import numpy as np
import numpy.typing as npt

from port_sensors.protocol.crc import X25, Crc16
from port_sensors.protocol.framing import Layout, Rows
from port_sensors.protocol.stream_protocol import StreamProtocol
from port_sensors.protocol.wrench_protocol import INVALID, SATURATED, Batch, Exchange, Settings

_FRAME = np.dtype(
    [("head", "u1"), ("status", "<u2"), ("wrench", "<f4", (6,)), ("time", "<u4"), ("celsius", "<f4"), ("crc", "<u2")]
)
_SKIPPED, _OVERRANGE, _INVALID, _RAW = 1, 2, 4, 8
_MODULATOR_HZ = 51_200
_SINC_LENGTHS = (51, 2048)
_BAUD_460800 = 4
_TIME_TURN_US = 1 << 32
_CRC = Crc16(X25, 34)
_ANSWER = re.compile(rb"r,\d,[A-Za-z],\d")
_ANSWER_BYTES = 7


def _sound(rows: Rows) -> npt.NDArray[np.bool_]:
    sent = rows[:, 35].astype(np.uint16) | rows[:, 36].astype(np.uint16) << 8
    return np.asarray(_CRC.of(rows[:, 1:35]) == sent)


def _answer_end(data: bytes, position: int) -> int:
    head = data[position : position + _ANSWER_BYTES]
    if not head.startswith(b"r"):
        return 0
    if len(head) < _ANSWER_BYTES:
        return -1
    return position + _ANSWER_BYTES if _ANSWER.fullmatch(head) else 0


class BotaRokubi(StreamProtocol):
    """One sensor, calibrated units, binary frames."""

    frame_bytes = _FRAME.itemsize
    layout = Layout(b"\xaa", _FRAME.itemsize, _sound, _answer_end, b"r")
    dtype = _FRAME
    turn = 1 << 32
    check = "CRC-16/X-25 over the data"
    undetected = 2.0**-16
    bauds = (460_800,)  # as `configuration` sets it

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._sinc = round(_MODULATOR_HZ / settings.rate_hz)
        true_hz = _MODULATOR_HZ / self._sinc
        if not _SINC_LENGTHS[0] <= self._sinc <= _SINC_LENGTHS[1] or abs(true_hz / settings.rate_hz - 1) > 0.01:
            raise ValueError(f"rate_hz: {settings.rate_hz:g} is not 51200 / n with n in 51…2048")
        self._period_us = 1e6 / true_hz
        self._time_us: int | None = None
        self._number = 0

    def feed(self, chunk: bytes) -> Batch:
        frames, found = self._frames(chunk)
        return Batch(
            numbers=self._numbered(frames["time"].astype(np.int64)),
            wrench=np.ascontiguousarray(frames["wrench"], dtype=np.float32),
            status=_status(frames["status"]),
            rejected_bytes=found.rejected_bytes,
            answers=found.answers,
            temperature_c=float(frames["celsius"][-1]) if len(frames) else None,
        )

    def configuration(self) -> tuple[Exchange, ...]:
        setup = f"c,0,1,0,{_BAUD_460800}"
        return self.stop(), _command(setup), _command(f"f,{self._sinc},0,0,1")

    def start(self) -> Exchange:
        return _command("R")

    def stop(self) -> Exchange:
        return _command("C")

    def _numbered(self, time_us: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Sample numbers of sample times. A clock that began anew jumps far, which `core.accounting` notices."""
        if not len(time_us):
            return time_us
        before = time_us[0] if self._time_us is None else self._time_us
        periods = np.rint((np.diff(time_us, prepend=before) % _TIME_TURN_US) / self._period_us).astype(np.int64)
        numbers: npt.NDArray[np.int64] = (self._number + np.cumsum(periods)) % self.turn
        self._time_us, self._number = int(time_us[-1]), int(numbers[-1])
        return numbers


def _status(told: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint8]:
    saturated = np.where(told & _OVERRANGE, SATURATED, 0)
    invalid = np.where(told & (_INVALID | _RAW), INVALID, 0)
    return (saturated | invalid).astype(np.uint8)


def _command(text: str) -> Exchange:
    letter = text[0].encode("ascii")

    def judge(answer: bytes) -> bool | None:
        return answer[6:7] == b"0" if answer[4:5] == letter else None

    return Exchange(text, text.encode("ascii"), judge)
