"""Cuts runs of samples into blocks of a fixed size that never span a gap, and counts on. Knows no device, no clock."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from port_sensors.core.accounting import Run

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Block:
    """Consecutive samples; totals count from the start, this block included. status: bits a sample."""

    first_index: int
    wrench: Samples
    lost_before: int
    received_total: int
    lost_total: int
    status: npt.NDArray[np.uint8]


class BlockCutter:
    """`take` gives out full blocks; what is shorter waits, until a gap or `flush` ends it."""

    def __init__(self, block_samples: int) -> None:
        if not 1 <= block_samples <= 256:
            raise ValueError(f"block_samples: {block_samples} is outside 1…256")
        self._size = block_samples
        self._parts: list[Samples] = []
        self._status: list[npt.NDArray[np.uint8]] = []
        self._count = 0
        self._first_index = 0
        self._lost_before = 0
        self._received_total = 0
        self._lost_total = 0

    def take(self, run: Run) -> list[Block]:
        """Add a run; a run that does not follow the last one ends the block before it."""
        blocks: list[Block] = []
        if run.lost_before or run.first_index != self._first_index + self._count:
            blocks += self.flush()
            self._first_index = run.first_index
            self._lost_before += run.lost_before
        start = 0
        while start < len(run.wrench):
            piece = slice(start, start + self._size - self._count)
            part = run.wrench[piece]
            self._parts.append(part)
            self._status.append(run.status[piece])
            self._count += len(part)
            start += len(part)
            if self._count == self._size:
                blocks += self.flush()
        return blocks

    def flush(self) -> list[Block]:
        """Give out what waits."""
        if not self._count:
            return []
        self._received_total += self._count
        self._lost_total += self._lost_before
        single = len(self._parts) == 1
        wrench = self._parts[0] if single else np.concatenate(self._parts)
        status = self._status[0] if single else np.concatenate(self._status)
        block = Block(self._first_index, wrench, self._lost_before, self._received_total, self._lost_total, status)
        self._first_index += self._count
        self._parts, self._status, self._count, self._lost_before = [], [], 0, 0
        return [block]
