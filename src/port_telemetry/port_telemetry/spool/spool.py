"""The spool as its users see it: hand over from any thread, read and acknowledge from the sender's.

A thread of its own writes; whoever offers a record never waits for it. What is durable, and only that, is sent.
"""

import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from port_telemetry.core.continuity import Position
from port_telemetry.core.counts import Counts
from port_telemetry.core.intake import Intake
from port_telemetry.core.record import Key, Lane, Record, gap
from port_telemetry.spool.database import no_room, open_reader
from port_telemetry.spool.store import Outcome, Reader, Store

TOO_LARGE = "too large"


@dataclass(frozen=True)
class Limits:
    """Of the spool. max_payload_bytes: of one record; quota_bytes: of what waits on the disk.

    max_waiting_records, max_waiting_bytes: of what waits in memory for the disk. linger_s: how long a commit waits for
    company; a safety event does not wait. retry_s: how long after the disk refused to take more.
    """

    max_payload_bytes: int = 900 * 1024
    quota_bytes: int = 4 * 1024**3
    max_waiting_records: int = 20_000
    max_waiting_bytes: int = 64 * 1024**2
    batch_records: int = 1000
    linger_s: float = 0.02
    retry_s: float = 0.5


_LIMITS = Limits()


class Spool:
    """Owns the spool in `folder` from birth until `close`. Raises SpoolError where that cannot be.

    on_durable: called in the writer's thread after each commit; must not wait.
    """

    def __init__(self, folder: Path, limits: Limits = _LIMITS, now_ms: int | None = None) -> None:
        self.folder, self._limits = folder, limits
        now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
        self._store = Store(folder, limits.quota_bytes, now_ms, random.random())
        self.epoch = self._store.epoch
        #: How far each source had counted, by topic, and what `remember` was given, when the spool was opened.
        self.positions = self._store.positions()
        self.reader = Reader(open_reader(folder))
        self.on_durable: Callable[[], None] = lambda: None
        self._intake = Intake(limits.max_waiting_records, limits.max_waiting_bytes)
        self._batch: list[Record] = []
        self._acknowledged: dict[Key, int] = {}
        self._buried: list[tuple[Record, str]] = []
        #: Positions that were handed over, and those of them that the next commit takes.
        self._remembered: dict[str, Position] = {}
        self._due: dict[str, Position] = {}
        self._counts = Counts()
        #: Whether the writer sleeps until it is told of work; while records come often it looks by itself.
        self._asleep = False
        self._fault, self._closed, self._stored = self._store.note, False, self._store.records
        #: Sequence → lane, last durable number, and what was acknowledged when the spool was opened.
        self._durable = {key: (s.lane, s.last, self._store.acknowledged(key))
                         for key, s in self._store.sequences.items()}  # fmt: skip
        for sequence in self._store.sequences.values():
            self._counts.offered[sequence.key.topic] += sequence.records
        #: Guards intake, requests and counts; held for moments, never while waiting for the disk.
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)
        self._thread = threading.Thread(target=self._run, name="spool-writer", daemon=True)
        self._thread.start()

    def offer(self, record: Record) -> None:
        """Hand over a record; never waits for the disk, never raises for what becomes of the record."""
        with self._lock:
            self._counts.offered[record.topic] += record.span
            if self._closed or record.is_gap:
                self._counts.dropped[record.topic] += record.span
            if self._closed:
                return
            if len(record.payload) > self._limits.max_payload_bytes:
                self._counts.rejected[record.topic] += 1
                record = gap(record.key, record.stream, record.first, record.seq, record.stamp_ns, TOO_LARGE)
            self._count_lost(self._intake.offer(record))
            # To wake a thread costs more than all the rest here.
            if self._asleep or record.lane is Lane.SAFETY or self._intake.records == self._limits.batch_records:
                self._work.notify()

    def acknowledge(self, key: Key, up_to: int) -> None:
        """The facility has stored `key` up to there: delete it."""
        with self._lock:
            self._acknowledged[key] = max(up_to, self._acknowledged.get(key, 0))
            if self._asleep:
                self._work.notify()

    def bury(self, record: Record, reason: str) -> None:
        """Nobody will ever take `record`: put it aside as a dead letter, and a gap record in its place."""
        with self._lock:
            self._buried.append((record, reason))
            if self._asleep:
                self._work.notify()

    def remember(self, name: str, position: Position) -> None:
        """Keep `position` for the next start, not before the safety records that were offered until now are durable."""
        with self._lock:
            self._remembered[name] = position
            if self._asleep:
                self._work.notify()

    def durable(self) -> dict[Key, tuple[Lane, int, int]]:
        """Of the sequences that grew since the last call: lane, last durable number, what was acknowledged before."""
        with self._lock:
            grown, self._durable = self._durable, {}
            return grown

    def account(self) -> Counts:
        """A copy of the counts."""
        with self._lock:
            counts = self._counts
            return Counts(*map(Counter, (counts.offered, counts.published, counts.dropped, counts.rejected)))

    @property
    def fault(self) -> str:
        """What is wrong with the disk, one line for people; empty if nothing is."""
        return self._fault

    @property
    def stored_records(self) -> int:
        """How many records wait on the disk; as of the last commit."""
        return self._stored

    def flush(self, deadline_s: float) -> bool:
        """Wait until all that was offered is durable; whether it is."""
        until_s = time.monotonic() + deadline_s
        with self._work:
            while self._pending():
                if (left_s := until_s - time.monotonic()) <= 0 or not self._thread.is_alive():
                    return False
                self._work.wait(min(left_s, 0.1))
        return True

    def close(self, deadline_s: float = 2.0) -> None:
        """Make durable what waits, for up to `deadline_s`, and end the thread. May be called again."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._work.notify_all()
        self._thread.join(deadline_s)
        if not self._thread.is_alive():
            self._store.close()
            self.reader.close()

    def _pending(self) -> bool:
        return bool(len(self._intake) or self._batch or self._acknowledged or self._buried or self._remembered)

    def _hurried(self) -> bool:
        """Whether a commit should not wait for more company."""
        return self._intake.urgent or self._closed or self._intake.records >= self._limits.batch_records

    def _run(self) -> None:
        while True:
            with self._work:
                self._await_work()
                if not self._pending():
                    return
                self._batch += self._intake.take(self._limits.batch_records - len(self._batch))
                acknowledged, self._acknowledged = self._acknowledged, {}
                buried, self._buried = self._buried, []
                if not self._intake.urgent:
                    self._due, self._remembered = self._due | self._remembered, {}
            if not self._write(acknowledged, buried) and self._closed:
                return

    def _await_work(self) -> None:
        """Wait for company as long as may be, and if there is no work at all then until there is."""
        self._work.wait_for(self._hurried, self._limits.linger_s)
        while not self._pending() and not self._closed:
            self._asleep = True
            self._work.wait()
            self._asleep = False
            self._work.wait_for(self._hurried, self._limits.linger_s)

    def _write(self, acknowledged: dict[Key, int], buried: list[tuple[Record, str]]) -> bool:
        """One commit; False, and everything is kept for the next try, if the disk does not take it."""
        try:
            self._settle(*self._commit(acknowledged, buried))
            return True
        except sqlite3.Error as error:
            with self._work:
                self._fault = f"the spool's disk does not take more: {error}"
                for key, up_to in acknowledged.items():
                    self._acknowledged[key] = max(up_to, self._acknowledged.get(key, 0))
                self._buried = buried + self._buried
                self._work.wait_for(lambda: self._closed, self._limits.retry_s)
            return False

    def _commit(self, acknowledged: dict[Key, int], buried: list[tuple[Record, str]]) -> tuple[Outcome, int]:
        """One transaction: what it did, and how much of the batch it took. Where a disk is full that may be a part."""
        take = len(self._batch)
        try:
            return self._store.commit(self._batch, acknowledged, buried, self._due), take
        except sqlite3.Error as error:
            if not no_room(error):
                raise
        while True:
            part = self._batch[:take]
            try:
                self._settle(self._store.make_room(2 * sum(len(record.payload) for record in part) + 1024**2))
                # Positions wait for a commit of the whole: they may be ahead of a part.
                positions = self._due if take == len(self._batch) else None
                return self._store.commit(part, acknowledged, buried, positions), take
            except sqlite3.Error as error:
                if not no_room(error) or take <= 1:
                    raise
                take //= 2

    def _settle(self, outcome: Outcome, took: int | None = None) -> None:
        """Account for a transaction; `took`: so many of the batch are durable, None if it only made room."""
        with self._work:
            self._counts.published.update(outcome.published)
            self._counts.dropped.update(outcome.dropped)
            self._counts.rejected.update(outcome.rejected)
            self._stored = self._store.records
            for key, (lane, last) in outcome.durable.items():
                self._durable[key] = lane, last, 0
            if took is not None:
                del self._batch[:took]
                self._fault = ""
                self._due = self._due if self._batch else {}
            self._work.notify_all()
        if took is not None:
            if not self._store.reserve.held and not outcome.dropped:
                self._store.reserve.take()
            self._store.tidy()
        self.on_durable()

    def _count_lost(self, records: Iterable[Record]) -> None:
        for record in records:
            if not record.is_gap:
                self._counts.dropped[record.topic] += 1
