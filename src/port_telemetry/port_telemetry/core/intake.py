"""Between whoever makes records and the disk: bounded, in order, and what finds no room is named by a gap record.

Pure and not thread-safe. Every record that enters leaves `take` exactly once, as itself or inside of one gap.
"""

from collections import deque
from dataclasses import dataclass

from port_telemetry.core.record import Key, Lane, Record, gap

OVERFLOW = "the edge's disk did not keep up"


@dataclass(slots=True)
class _Loss:
    """Records of one sequence that were given up since the last take; always the oldest that waited."""

    newest: Record
    first: int


class Intake:
    """Waiting records by lane. max_records, max_bytes: of all lanes together."""

    def __init__(self, max_records: int, max_bytes: int) -> None:
        if max_records < 1 or max_bytes < 1:
            raise ValueError(f"max_records {max_records} and max_bytes {max_bytes} must be positive")
        self._max_records, self._max_bytes = max_records, max_bytes
        self._lanes: dict[Lane, deque[Record]] = {lane: deque() for lane in Lane}
        self._losses: dict[Key, _Loss] = {}
        self.records, self.bytes = 0, 0

    def __len__(self) -> int:
        return self.records + len(self._losses)

    @property
    def urgent(self) -> bool:
        """Whether something of the first lane waits."""
        return bool(self._lanes[Lane.SAFETY])

    def offer(self, record: Record) -> list[Record]:
        """Queue `record`; returns what was given up for it, worth least and oldest first."""
        self._lanes[record.lane].append(record)
        self.records += 1
        self.bytes += len(record.payload)
        lost = []
        while self.records > self._max_records or self.bytes > self._max_bytes:
            lost.append(self._give_up())
        return lost

    def take(self, max_records: int) -> list[Record]:
        """Remove and return what goes to disk next: gaps, then records, lane by lane, in order within each topic."""
        taken = [
            gap(key, loss.newest.stream, loss.first, loss.newest.seq, loss.newest.stamp_ns, OVERFLOW)
            for key, loss in self._losses.items()
        ]
        self._losses.clear()
        for lane in self._lanes.values():
            while lane and len(taken) < max_records:
                taken.append(self._pop(lane))
        return taken

    def _give_up(self) -> Record:
        record = self._pop(next(lane for lane in reversed(self._lanes.values()) if lane))
        loss = self._losses.setdefault(record.key, _Loss(record, record.first))
        loss.newest = record
        return record

    def _pop(self, lane: deque[Record]) -> Record:
        record = lane.popleft()
        self.records -= 1
        self.bytes -= len(record.payload)
        return record
