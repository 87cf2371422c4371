"""Wire protocol of the SRI M8128 and M8123 interface boxes (six-axis sensors and force plates).

Frame: AA 55 | package length, u16 big-endian (27) | data number, u16 big-endian | Fx Fy Fz Mx My Mz, float32
little-endian | SUM8 over the 24 data bytes. The checksum covers the data alone: a damaged header loses the frame, a
damaged data number goes unseen here and is mended by `core.accounting`, which compares it with its neighbours.

Commands are ASCII lines, `AT+NAME=value`; the box answers `ACK+NAME=value$OK`, in the middle of the stream if need be.
Source: SRI M8128 user's manual, chapters on commands and real-time data. Opens nothing, waits for nothing.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

HEADER = 0xAA55001B
FRAME = np.dtype([("header", ">u4"), ("number", ">u2"), ("wrench", "<f4", (6,)), ("sum", "u1")])
FRAME_BYTES = FRAME.itemsize
STOP = b"AT+GSD=STOP\r\n"
START = b"AT+GSD\r\n"

_HEADER_BYTES = HEADER.to_bytes(4, "big")
_ANSWER_HEAD = b"ACK+"
_ANSWER_BYTES_MAX = 96
#: Frames looked at in one stroke; bounds what a bad frame makes us look at twice.
_STROKE = 64


@dataclass(frozen=True)
class Batch:
    """What one `feed` found: N samples, the answers between them, and bytes that belonged to neither.

    numbers: data numbers, uint16 (N,). wrench: float32 (N, 6), N and N·m. answers: lines without their line end.
    """

    numbers: npt.NDArray[np.uint16]
    wrench: npt.NDArray[np.float32]
    rejected_bytes: int
    answers: tuple[str, ...]


def configuration(rate_hz: float) -> tuple[bytes, ...]:
    """The commands that make the box send engineering units at `rate_hz`, six channels a frame, with SUM8."""
    rate = f"{rate_hz:g}"
    return tuple(
        line.encode("ascii") + b"\r\n"
        for line in (f"AT+SMPF={rate}", "AT+DCKMD=SUM", "AT+SGDM=(A01,A02,A03,A04,A05,A06);E;1;(WMA:1)")
    )


def answers_to(command: bytes, answer: str) -> bool:
    """Whether `answer` is the box's answer to `command`, accepted or not."""
    name = command.decode("ascii").strip().removeprefix("AT+").split("=")[0]
    return answer.startswith((f"ACK+{name}=", f"ACK+{name}$"))


def accepted(answer: str) -> bool:
    """Whether the box says that it did as told."""
    return answer.endswith("$OK")


class Parser:
    """Finds frames and answers in a byte stream, however it is chunked. Holds fewer than 97 bytes between calls."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> Batch:
        """Take the next bytes of the stream."""
        data = self._rest + chunk
        position, rejected = 0, 0
        runs: list[npt.NDArray[np.void]] = []
        answers: list[str] = []
        while position < len(data):
            run = _good_run(data, position)
            if len(run):
                runs.append(run)
                position += len(run) * FRAME_BYTES
                continue
            end = _answer_end(data, position)
            if end > 0:
                answers.append(data[position : end - 2].decode("ascii"))
                position = end
                continue
            if end < 0 or _may_become_frame(data, position):
                break
            skipped = _to_next_start(data, position)
            position, rejected = position + skipped, rejected + skipped
        self._rest = data[position:]
        return _batch(runs, rejected, answers)


def _good_run(data: bytes, position: int) -> npt.NDArray[np.void]:
    """The good frames that follow each other from `position` on."""
    count = min((len(data) - position) // FRAME_BYTES, _STROKE)
    raw = np.frombuffer(data, dtype=np.uint8, count=count * FRAME_BYTES, offset=position).reshape(count, FRAME_BYTES)
    frames = raw.reshape(-1).view(FRAME)
    good = (frames["header"] == HEADER) & (raw[:, 6:30].sum(axis=1, dtype=np.uint8) == raw[:, 30])
    return frames if good.all() else frames[: int(good.argmin())]


def _answer_end(data: bytes, position: int) -> int:
    """Where the answer that begins at `position` ends; 0 if none begins there; -1 if more bytes must tell."""
    head = data[position : position + _ANSWER_BYTES_MAX]
    if not head.startswith(_ANSWER_HEAD):
        return -1 if _ANSWER_HEAD.startswith(head) else 0
    line, line_end, _ = head.partition(b"\r\n")
    if not all(32 <= byte < 127 for byte in line.removesuffix(b"\r")):
        return 0
    if line_end:
        return position + len(line) + 2
    return -1 if len(head) < _ANSWER_BYTES_MAX else 0


def _may_become_frame(data: bytes, position: int) -> bool:
    head = data[position : position + 4]
    return len(data) - position < FRAME_BYTES and _HEADER_BYTES.startswith(head)


def _to_next_start(data: bytes, position: int) -> int:
    """How many bytes from `position` belong to nothing: up to the next byte that could begin a frame or an answer."""
    starts = [found for byte in (b"\xaa", b"A") if (found := data.find(byte, position + 1)) > 0]
    return min(starts, default=len(data)) - position


def _batch(runs: list[npt.NDArray[np.void]], rejected: int, answers: list[str]) -> Batch:
    frames = runs[0] if len(runs) == 1 else np.concatenate(runs) if runs else np.empty(0, dtype=FRAME)
    return Batch(
        numbers=frames["number"].astype(np.uint16),
        wrench=np.ascontiguousarray(frames["wrench"], dtype=np.float32),
        rejected_bytes=rejected,
        answers=tuple(answers),
    )
