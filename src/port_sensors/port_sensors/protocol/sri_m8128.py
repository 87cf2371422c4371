"""Wire protocol of the SRI M8128 and M8123 interface boxes (six-axis sensors and force plates).

Frame: AA 55 | package length, u16 big-endian (27) | data number, u16 big-endian | Fx Fy Fz Mx My Mz, float32
little-endian | SUM8 over the 24 data bytes. The checksum covers the data alone: a damaged header loses the frame, a
damaged data number goes unseen here and is mended by `core.accounting`, which compares it with its neighbours. A sum of
8 bits lets one in 256 frames with several random bytes pass, and 6 % of those with two flipped bits (of one weight,
one each way); no damage to one byte alone passes.

Commands are ASCII lines, `AT+NAME=value`; the box answers `ACK+NAME=value$OK`, in the middle of the stream if need be.
Source: SRI M8128 user's manual, chapters on commands and real-time data. Opens nothing, waits for nothing.
"""

import numpy as np
import numpy.typing as npt

from port_sensors.protocol.framing import Layout, Rows
from port_sensors.protocol.stream_protocol import StreamProtocol
from port_sensors.protocol.wrench_protocol import Batch, Exchange, no_status

_FRAME = np.dtype([("head", "u1", (4,)), ("number", ">u2"), ("wrench", "<f4", (6,)), ("sum", "u1")])
_HEAD = bytes.fromhex("AA55001B")
_ANSWER_HEAD = b"ACK+"
_ANSWER_BYTES_MAX = 96


def _sound(rows: Rows) -> npt.NDArray[np.bool_]:
    return np.asarray(rows[:, 6:30].sum(axis=1, dtype=np.uint8) == rows[:, 30])


def _answer_end(data: bytes, position: int) -> int:
    """An answer is a line of printable characters."""
    head = data[position : position + _ANSWER_BYTES_MAX]
    if not head.startswith(_ANSWER_HEAD):
        return -1 if _ANSWER_HEAD.startswith(head) else 0
    line, line_end, _ = head.partition(b"\r\n")
    if not all(32 <= byte < 127 for byte in line.removesuffix(b"\r")):
        return 0
    if line_end:
        return position + len(line) + 2
    return -1 if len(head) < _ANSWER_BYTES_MAX else 0


class SriM8128(StreamProtocol):
    """One box, six channels in engineering units, with SUM8."""

    frame_bytes = _FRAME.itemsize
    layout = Layout(_HEAD, _FRAME.itemsize, _sound, _answer_end, b"A")
    dtype = _FRAME
    turn = 1 << 16
    check = "SUM8 over the data"
    undetected = 2.0**-8

    def feed(self, chunk: bytes) -> Batch:
        frames, found = self._frames(chunk)
        return Batch(
            numbers=frames["number"].astype(np.int64),
            wrench=np.ascontiguousarray(frames["wrench"], dtype=np.float32),
            status=no_status(len(frames)),
            rejected_bytes=found.rejected_bytes,
            answers=found.answers,
        )

    def configuration(self) -> tuple[Exchange, ...]:
        rate = f"SMPF={self.settings.rate_hz:g}"
        layout = "SGDM=(A01,A02,A03,A04,A05,A06);E;1;(WMA:1)"
        return (self.stop(), *(_command(text) for text in (rate, "DCKMD=SUM", layout)))

    def start(self) -> Exchange:
        return Exchange("AT+GSD", b"AT+GSD\r\n")

    def stop(self) -> Exchange:
        return _command("GSD=STOP")


def _command(text: str) -> Exchange:
    heads = tuple(f"ACK+{text.split('=')[0]}{mark}".encode("ascii") for mark in "=$")

    def judge(answer: bytes) -> bool | None:
        return answer.rstrip(b"\r\n").endswith(b"$OK") if answer.startswith(heads) else None

    return Exchange(f"AT+{text}", f"AT+{text}\r\n".encode("ascii"), judge)
