"""Where the blocks of a sampled stream lie on one even axis. Pure.

By the device's own count: a clock that is set while something is recorded moves no sample. Stamps tell only how long a
gap was after which the count began anew. How long the axis gets depends on what was recorded: gaps have `ROOM_S`, all
of a stream together; one that does not fit is told, and one missing sample stands for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

ROOM_S = 3600.0
#: What a sample period can be.
_PERIODS_S = (1e-6, 10.0)


@dataclass(frozen=True)
class Block:
    """first_index: the device's count of its first sample. stamp_ns: when that was taken, system clock."""

    first_index: int
    samples: int
    stamp_ns: int


@dataclass(frozen=True)
class Placed:
    """Where each block begins, in samples; how long the axis is; what must be told about it."""

    places: tuple[int, ...]
    length: int
    remarks: tuple[str, ...]


def can_be_placed(period_s: float) -> bool:
    """Whether a block that says so of its samples has a place on an axis; NaN has none."""
    return _PERIODS_S[0] <= period_s <= _PERIODS_S[1]


def place(blocks: Sequence[Block], rate_hz: float) -> Placed:
    """Blocks in the order of the recording."""
    places: list[int] = []
    remarks: list[str] = []
    following, shift, room = 0, -blocks[0].first_index, round(ROOM_S * rate_hz)
    for before, block in zip((blocks[0], *blocks), blocks, strict=False):
        gap = _gap(before, block, following - shift, rate_hz)
        if not 0 <= gap <= room:
            remarks.append(_remark(gap, following, rate_hz))
            gap = 1
        room -= gap
        places.append(following + gap)
        shift = following + gap - block.first_index
        following += gap + block.samples
    return Placed(tuple(places), following, tuple(remarks))


def _gap(before: Block, block: Block, expected: int, rate_hz: float) -> int:
    """Samples missing between two blocks; below 0 where the stamps say what cannot be."""
    if block.first_index >= expected:
        return block.first_index - expected
    return round((block.stamp_ns - before.stamp_ns) * 1e-9 * rate_hz) - before.samples


def _remark(gap: int, following: int, rate_hz: float) -> str:
    at_s = following / rate_hz
    if gap < 0:
        return f"at {at_s:.1f} s the count begins anew and the stamps go back: how much is missing there is not known"
    return f"at {at_s:.1f} s {gap / rate_hz:.6g} s of samples are missing; one missing sample stands for them"
