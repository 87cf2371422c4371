"""Wire protocol of Robotiq's FT 300 and FT 300-S force-torque sensors: the data stream of the Modbus RTU port.

Frame, 16 bytes: 20 4E | Fx Fy Fz int16 in 0.01 N, Mx My Mz int16 in 0.001 N·m, little-endian | CRC-16/MODBUS over the
14 bytes before. There is no counter: what is lost shows only as a pause, and every sample says UNCOUNTED. Every damage
of up to three bits is seen, and all but one in 65,536 of any other. At 19,200 baud 100 samples a second fit.

Writing 0x0200 to register 410 (function 16, slave 9) starts the stream, answered by Modbus' own echo; a burst of FF, at
least 50 bytes, ends it, unanswered. Source: Robotiq FT 300-S instruction manual, chapter Control, and Robotiq's public
ROS driver. Opens nothing, waits for nothing.
"""

import numpy as np
import numpy.typing as npt

from port_sensors.protocol.crc import MODBUS, Crc16
from port_sensors.protocol.framing import Layout, Rows
from port_sensors.protocol.stream_protocol import UncountedProtocol
from port_sensors.protocol.wrench_protocol import UNCOUNTED, Batch, Exchange, no_status

_FRAME = np.dtype([("head", "u1", (2,)), ("wrench", "<i2", (6,)), ("crc", "<u2")])
_UNITS = np.array([0.01, 0.01, 0.01, 0.001, 0.001, 0.001])
_CRC = Crc16(MODBUS, 14)
_WRITE = bytes.fromhex("0910019A0001")
_STREAM = bytes.fromhex("020200")
_ECHO = _WRITE + _CRC.sent_with(_WRITE)
_REFUSAL_HEAD = bytes.fromhex("0990")
_REFUSAL_BYTES = 5
_STOP_BYTES = 50


def _sound(rows: Rows) -> npt.NDArray[np.bool_]:
    sent = rows[:, 14].astype(np.uint16) | rows[:, 15].astype(np.uint16) << 8
    return np.asarray(_CRC.of(rows[:, :14]) == sent)


def _answer_end(data: bytes, position: int) -> int:
    """The echo of the write, or Modbus' refusal: slave, function with its highest bit set, code, CRC."""
    head = data[position : position + len(_ECHO)]
    if head == _ECHO:
        return position + len(_ECHO)
    if head.startswith(_REFUSAL_HEAD) and len(head) >= _REFUSAL_BYTES:
        refusal = head[:_REFUSAL_BYTES]
        return position + _REFUSAL_BYTES if refusal[3:] == _CRC.sent_with(refusal[:3]) else 0
    unfinished = _ECHO.startswith(head) or _REFUSAL_HEAD.startswith(head[:2])
    return -1 if unfinished else 0


class RobotiqFt300(UncountedProtocol):
    """One sensor."""

    frame_bytes = _FRAME.itemsize
    layout = Layout(b"\x20\x4e", _FRAME.itemsize, _sound, _answer_end, b"\x09")
    dtype = _FRAME
    check = "CRC-16/MODBUS"
    undetected = 2.0**-16
    bauds = (19_200,)

    def feed(self, chunk: bytes) -> Batch:
        frames, found = self._frames(chunk)
        return Batch(
            numbers=self._numbers(frames),
            wrench=(frames["wrench"] * _UNITS).astype(np.float32),
            status=no_status(len(frames), UNCOUNTED),
            rejected_bytes=found.rejected_bytes,
            answers=found.answers,
        )

    def configuration(self) -> tuple[Exchange, ...]:
        return (self.stop(),)

    def start(self) -> Exchange:
        request = _WRITE + _STREAM
        return Exchange("start of the stream", request + _CRC.sent_with(request), lambda answer: answer == _ECHO)

    def stop(self) -> Exchange:
        return Exchange("end of the stream", b"\xff" * _STOP_BYTES)
