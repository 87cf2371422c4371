"""How far each sequence is stored without a hole, and what to do with what arrives: pure.

The facility stores a number once, in order, and nothing behind a hole: it asks the edge to send from the hole on. A
loss has to be said by the edge, with a gap record; then it is on record, and the sequence goes on.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from port_telemetry.core.parcel import Item
from port_telemetry.core.record import GAP_SCHEMA, Key


class Verdict(Enum):
    """What becomes of an item."""

    STORE = "store"
    DUPLICATE = "duplicate"
    HOLE = "hole"


@dataclass(frozen=True, slots=True)
class Batch:
    """What of one delivery is to be stored, how many were here before, and whether there was a hole in front."""

    items: tuple[Item, ...]
    duplicates: int
    hole: bool


class Watermarks:
    """The highest number of each sequence below which nothing is missing; 0 for a sequence never seen."""

    def __init__(self) -> None:
        self._stored: dict[Key, int] = {}

    def load(self, stored: Iterable[tuple[Key, int]]) -> None:
        """What the database says."""
        self._stored = dict(stored)

    def __getitem__(self, key: Key) -> int:
        return self._stored.get(key, 0)

    def keys(self) -> Iterable[Key]:
        """All sequences seen."""
        return self._stored.keys()

    def judge(self, key: Key, item: Item) -> Verdict:
        """What to do with `item` now."""
        stored = self[key]
        if item.seq <= stored:
            return Verdict.DUPLICATE
        return Verdict.HOLE if item.first > stored + 1 else Verdict.STORE

    def accept(self, key: Key, items: Iterable[Item]) -> Batch:
        """Judge a delivery in order and move the watermark; a gap record is cut to what is really missing."""
        kept: list[Item] = []
        duplicates = 0
        for item in items:
            verdict = self.judge(key, item)
            if verdict is Verdict.HOLE:
                return Batch(tuple(kept), duplicates, True)
            if verdict is Verdict.DUPLICATE:
                duplicates += 1
                continue
            stored = self[key]
            kept.append(replace(item, span=item.seq - stored) if item.schema == GAP_SCHEMA else item)
            self._stored[key] = item.seq
        return Batch(tuple(kept), duplicates, False)
