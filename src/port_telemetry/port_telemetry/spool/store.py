"""The spool itself: appends, deletes what is acknowledged, gives up the least worth when its quota is full.

One thread owns it. Each `commit` is one transaction: it happened wholly or not at all, and when it returns it is on the
disk. Every number of a sequence that ever was durable is in the spool as itself or inside of a gap record, until the
facility has acknowledged it.
"""

import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from port_telemetry.core.continuity import Position
from port_telemetry.core.epoch import next_epoch
from port_telemetry.core.record import GAP_SCHEMA, Key, Lane, Record, Stream, gap
from port_telemetry.spool import schema
from port_telemetry.spool.database import (
    LOG_BYTES,
    RESERVE_BYTES,
    SHRINK_PAGES,
    Reserve,
    claim,
    empty_log,
    open_writer,
    shrink,
)

EVICTED = "the spool was full"
_EVICT_ROWS = 256
_MAX_DEAD_LETTERS = 1000
#: So many free pages are kept for what comes next.
_FREE_PAGES = 256
#: And so many go back to the file system at a time when nothing waits: 64 MB.
_SHRINK_EMPTY_PAGES = 4096


@dataclass(slots=True)
class Sequence:
    """What the spool knows of one sequence. last: highest number ever durable; records, bytes: what waits."""

    id: int
    key: Key
    stream: Stream
    lane: Lane
    last: int
    records: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a commit did: the sequences that grew, and records by topic that were published, dropped, rejected."""

    durable: dict[Key, tuple[Lane, int]] = field(default_factory=dict)
    published: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)


class Store:
    """The spool in `folder`, claimed from birth until `close`. Raises SpoolError where that cannot be."""

    def __init__(self, folder: Path, quota_bytes: int, now_ms: int, chance: float = 0.0) -> None:
        if quota_bytes < 1:
            raise ValueError(f"quota_bytes: {quota_bytes} is less than 1")
        self._lock, self._quota_bytes = claim(folder), quota_bytes
        self._db, self.note = open_writer(folder)
        self.reserve = Reserve(folder)
        self.sequences: dict[Key, Sequence] = {}
        self._load()
        self.epoch = self._raise_epoch(now_ms, chance)

    @property
    def records(self) -> int:
        """How many records wait, gap records included."""
        return sum(sequence.records for sequence in self.sequences.values())

    @property
    def bytes(self) -> int:
        """What they take of the quota."""
        return sum(sequence.bytes for sequence in self.sequences.values())

    def positions(self) -> dict[str, Position]:
        """How far each source had counted with what was durable last, by topic; and what was remembered by name."""
        return {name: Position(begin, end) for name, begin, end in self._db.execute(schema.POSITIONS)}

    def acknowledged(self, key: Key) -> int:
        """Up to which number nothing of `key` is left."""
        sequence = self.sequences[key]
        row = self._db.execute(schema.FIRST, (sequence.id,)).fetchone()
        return int(row[0]) if row else sequence.last

    def commit(
        self,
        records: Iterable[Record] = (),
        acknowledged: Mapping[Key, int] | None = None,
        buried: Iterable[tuple[Record, str]] = (),
        remembered: Mapping[str, Position] | None = None,
    ) -> Outcome:
        """Delete what is acknowledged, bury dead letters, append `records`, keep the quota; all of it or nothing.

        remembered: positions by name, beside those of the records.

        Raises sqlite3.Error, and nothing has changed then.
        """
        outcome = Outcome()
        self._db.execute("BEGIN IMMEDIATE")
        try:
            # Before what is acknowledged goes: the acknowledged may be the gap in place of the buried.
            for record, reason in buried:
                self._bury(record, reason, outcome)
            for key, up_to in (acknowledged or {}).items():
                self._forget(key, up_to, outcome)
            self._append(records, outcome, remembered or {})
            while self.bytes > self._quota_bytes and self._evict(outcome):
                pass
            self._db.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        return outcome

    def make_room(self, need_bytes: int) -> Outcome:
        """On a full disk: give up the reserve, then the records of least worth, and the room to the file system.

        Raises sqlite3.Error.
        """
        outcome = Outcome()
        # The log must find its room again, and the reserve if somebody else has taken it.
        need_bytes += LOG_BYTES if self.reserve.held else RESERVE_BYTES
        self.reserve.give_up()
        # To delete takes room in the log; what the log has already is worth more in the file.
        empty_log(self._db)
        goal = max(0, self.bytes - need_bytes)
        self._db.execute("BEGIN IMMEDIATE")
        try:
            while self.bytes > goal and self._evict(outcome):
                pass
            self._db.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        empty_log(self._db)
        left, before = shrink(self._db), -1
        while left and left != before:
            before, left = left, shrink(self._db)
            empty_log(self._db)
        return outcome

    def tidy(self) -> None:
        """Give some room back to the file system, where most of the file is empty."""
        free = self._db.execute("PRAGMA freelist_count").fetchone()[0]
        if free > _FREE_PAGES and 2 * free > self._db.execute("PRAGMA page_count").fetchone()[0]:
            # Nothing has to be moved out of the way where nothing is.
            shrink(self._db, SHRINK_PAGES if self.records else _SHRINK_EMPTY_PAGES)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
        os.close(self._lock)

    def _append(self, records: Iterable[Record], outcome: Outcome, remembered: Mapping[str, Position]) -> None:
        rows, touched, positions = [], {}, dict(remembered)
        for record in records:
            if record.position is not None:
                positions[record.topic] = record.position
            sequence = self.sequences.get(record.key) or self._begin(record)
            touched[sequence.key] = sequence
            if record.seq <= sequence.last:
                continue
            rows.append((sequence.id, record.seq, record.span, record.stamp_ns, record.schema, record.payload))
            sequence.last = record.seq
            sequence.records += 1
            sequence.bytes += _cost(record)
        self._db.executemany(schema.ADD, rows)
        self._db.executemany(schema.SET_POSITION, [(name, p.begin, p.end) for name, p in positions.items()])
        self._keep_counts(touched.values())
        outcome.durable.update({key: (sequence.lane, sequence.last) for key, sequence in touched.items()})

    def _begin(self, record: Record) -> Sequence:
        row = (record.topic, record.epoch, record.stream, record.lane)
        number = self._db.execute(schema.ADD_STREAM, row).lastrowid
        sequence = Sequence(number or 0, record.key, record.stream, record.lane, 0, 0, 0)
        self.sequences[record.key] = sequence
        return sequence

    def _forget(self, key: Key, up_to: int, outcome: Outcome) -> None:
        sequence = self.sequences.get(key)
        if sequence is None:
            return
        records, gaps = self._drop_rows(sequence, up_to)
        outcome.published[key.topic] += records - gaps
        sequence.last = max(sequence.last, up_to)
        if sequence.records == 0 and key.epoch != self.epoch:
            self._db.execute(schema.FORGET_STREAM, (sequence.id,))
            del self.sequences[key]
        else:
            self._keep_counts([sequence])

    def _drop_rows(self, sequence: Sequence, up_to: int) -> tuple[int, int]:
        count, gaps, size = self._db.execute(schema.UP_TO, (sequence.id, up_to)).fetchone()
        if count:
            self._db.execute(schema.FORGET, (sequence.id, up_to))
        sequence.records -= count
        sequence.bytes -= int(size)
        return count, int(gaps)

    def _bury(self, record: Record, reason: str, outcome: Outcome) -> None:
        sequence = self.sequences.get(record.key)
        if sequence is None or record.is_gap:
            return
        marker = gap(record.key, record.stream, record.first, record.seq, record.stamp_ns, reason)
        changed = self._db.execute(schema.REPLACE, (GAP_SCHEMA, marker.payload, sequence.id, record.seq)).rowcount
        if not changed:
            return
        row = (*record.key, record.seq, record.stamp_ns, record.schema, reason, record.payload)
        self._db.execute(schema.BURY, row)
        self._db.execute(schema.SHRINK_DEAD, (_MAX_DEAD_LETTERS,))
        sequence.bytes -= _cost(record)
        self._keep_counts([sequence])
        outcome.rejected[record.topic] += 1

    def _evict(self, outcome: Outcome) -> bool:
        """Replace the oldest of the least worth by one gap record; False if nothing may be given up."""
        victims = [s for s in self.sequences.values() if s.bytes > 0 and s.lane is not Lane.SAFETY]
        if not victims:
            return False
        victim = min(victims, key=lambda s: (-s.lane, s.key.epoch, -s.bytes))
        rows = self._db.execute(schema.OLDEST, (victim.id, _EVICT_ROWS)).fetchall()
        last, first, stamp_ns = rows[-1][0], rows[0][1], rows[-1][2]
        records, gaps = self._drop_rows(victim, last)
        marker = gap(victim.key, victim.stream, first, last, stamp_ns, EVICTED)
        row = (victim.id, last, marker.span, stamp_ns, marker.schema, marker.payload)
        self._db.execute(schema.ADD, row)
        victim.records += 1
        self._keep_counts([victim])
        outcome.dropped[victim.key.topic] += records - gaps
        return True

    def _keep_counts(self, sequences: Iterable[Sequence]) -> None:
        self._db.executemany(schema.KEEP_COUNTS, [(s.last, s.records, s.bytes, s.id) for s in sequences])

    def _roll_back(self) -> None:
        # A full disk may have rolled back by itself.
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        self._load()

    def _load(self) -> None:
        self.sequences = {
            Key(topic, epoch): Sequence(number, Key(topic, epoch), Stream(kind), Lane(lane), last, records, size)
            for number, topic, epoch, kind, lane, last, records, size in self._db.execute(schema.STREAMS)
        }

    def _raise_epoch(self, now_ms: int, chance: float) -> int:
        row = self._db.execute(schema.GET_META, ("epoch",)).fetchone()
        epoch = next_epoch(now_ms, row[0] if row else 0, chance)
        self._db.execute(schema.SET_META, ("epoch", epoch))
        self._db.execute(schema.SET_META, ("quota_bytes", self._quota_bytes))
        return epoch


def _cost(record: Record) -> int:
    return 0 if record.is_gap else len(record.payload) + schema.ROW_BYTES


class Reader:
    """Reads the spool from another thread than its owner's, and from a connection of its own."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._ids: dict[Key, tuple[int, Stream]] = {}

    def read(self, key: Key, after: int, limit: int) -> list[Record]:
        """The first records of `key` with a number above `after`, at most `limit`."""
        if key not in self._ids:
            row = self._db.execute("SELECT id, kind FROM stream WHERE topic = ? AND epoch = ?", key).fetchone()
            if row is None:
                return []
            self._ids[key] = row[0], Stream(row[1])
        number, stream = self._ids[key]
        rows = self._db.execute(schema.READ, (number, after, limit)).fetchall()
        return [Record(key.topic, stream, row[4], row[3], row[2], key.epoch, row[0], row[1]) for row in rows]

    def oldest_ns(self) -> int | None:
        """The least stamp of what is the first to wait in its sequence; None if nothing waits."""
        rows = self._db.execute("SELECT id FROM stream WHERE records > 0").fetchall()
        firsts = [self._db.execute(schema.FIRST, row).fetchone() for row in rows]
        return min((first[1] for first in firsts if first), default=None)

    def close(self) -> None:
        self._db.close()
