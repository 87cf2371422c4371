"""Finds frames of a fixed length, and answers between them, in a byte stream, however it is chunked.

Every byte of the stream ends in exactly one place: in a frame, in an answer, among the rejected, or in the bounded rest
that waits for more. What is decided at a byte depends on the bytes from there on alone, so chunking changes nothing.
Many frames are checked in one stroke of NumPy. Knows no device, keeps no clock, opens nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

#: Frames as they came: uint8 (N, size).
Rows = npt.NDArray[np.uint8]

#: Frames looked at in one stroke; bounds what a bad frame makes us look at twice.
_STROKE = 64


def _no_answers(data: bytes, position: int) -> int:
    return 0


@dataclass(frozen=True)
class Layout:
    """What a wire's frames look like.

    head: how each begins; size: its bytes, head included. sound: of rows (N, size) whose heads are right, which hold
    together (N,). answer_end: where the answer that begins at a position of the data ends; 0 if none begins there, −1
    if more bytes must tell (of at most `answer_bytes_max`). answer_starts: the bytes an answer may begin with.
    """

    head: bytes
    size: int
    sound: Callable[[Rows], npt.NDArray[np.bool_]]
    answer_end: Callable[[bytes, int], int] = _no_answers
    answer_starts: bytes = b""


@dataclass(frozen=True)
class Found:
    """What one `feed` found, in order."""

    rows: Rows
    rejected_bytes: int
    answers: tuple[bytes, ...]


class FrameFinder:
    """Incremental; holds less than a frame or an unfinished answer between calls."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._head = np.frombuffer(layout.head, dtype=np.uint8)
        self._starts = [bytes((byte,)) for byte in {layout.head[0], *layout.answer_starts}]
        self._rest = b""

    @property
    def waiting_bytes(self) -> int:
        """How many bytes wait for more."""
        return len(self._rest)

    def forget(self) -> int:
        """Drop what waits, because the stream broke off; returns how many bytes that were."""
        dropped, self._rest = len(self._rest), b""
        return dropped

    def feed(self, chunk: bytes) -> Found:
        """Take the next bytes of the stream."""
        data, position, rejected, stroke = self._rest + chunk, 0, 0, _STROKE
        runs: list[Rows] = []
        answers: list[bytes] = []
        while position < len(data):
            run = self._good_run(data, position, stroke)
            if len(run):
                runs.append(run)
                position, stroke = position + run.size, _STROKE
                continue
            end = self._layout.answer_end(data, position)
            if end > 0:
                answers.append(data[position:end])
                position = end
                continue
            if end < 0 or self._may_become_frame(data, position):
                break
            skipped = self._to_next_start(data, position)
            position, rejected, stroke = position + skipped, rejected + skipped, 1
        self._rest = data[position:]
        return Found(self._joined(runs), rejected, tuple(answers))

    def _good_run(self, data: bytes, position: int, stroke: int) -> Rows:
        """The good frames that follow each other from `position` on."""
        size = self._layout.size
        count = min((len(data) - position) // size, stroke)
        if not count or not data.startswith(self._layout.head, position):
            return self._none()
        rows = np.frombuffer(data, dtype=np.uint8, count=count * size, offset=position).reshape(count, size)
        good = (rows[:, : len(self._head)] == self._head).all(axis=1) & self._layout.sound(rows)
        return rows if good.all() else rows[: int(good.argmin())]

    def _may_become_frame(self, data: bytes, position: int) -> bool:
        head = data[position : position + len(self._layout.head)]
        return len(data) - position < self._layout.size and self._layout.head.startswith(head)

    def _to_next_start(self, data: bytes, position: int) -> int:
        """How many bytes from `position` belong to nothing: up to the next that could begin a frame or an answer."""
        found = (data.find(start, position + 1) for start in self._starts)
        return min((at for at in found if at > 0), default=len(data)) - position

    def _joined(self, runs: list[Rows]) -> Rows:
        return runs[0] if len(runs) == 1 else np.concatenate(runs) if runs else self._none()

    def _none(self) -> Rows:
        return np.empty((0, self._layout.size), dtype=np.uint8)
