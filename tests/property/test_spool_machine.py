"""Whatever happens to the spool, every number that was ever durable is in it, in a gap of it, or at the facility."""

import sqlite3
import tempfile
from collections.abc import Iterable
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from port_telemetry.core.parcel import Item
from port_telemetry.core.record import Key, Numbering, Record, Stream
from port_telemetry.ingest.watermark import Watermarks
from port_telemetry.spool.database import open_reader
from port_telemetry.spool.store import Reader, Store

_TOPICS = {"s/safety/event": Stream.EVENT, "s/session/event": Stream.EVENT, "s/samples": Stream.RECORDED}


class _Broken:
    """A connection whose n-th statement from now on fails, as with a full disk or a kill in the middle."""

    def __init__(self, db: sqlite3.Connection, after: int) -> None:
        self._db, self._left = db, after

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise sqlite3.OperationalError("disk I/O error")

    def execute(self, sql: str, *args: tuple[object, ...]) -> sqlite3.Cursor:
        if not sql.startswith(("ROLLBACK", "SELECT id")):
            self._count()
        return self._db.execute(sql, *args)

    def executemany(self, sql: str, rows: Iterable[tuple[object, ...]]) -> sqlite3.Cursor:
        self._count()
        return self._db.executemany(sql, rows)

    @property
    def in_transaction(self) -> bool:
        return self._db.in_transaction


class SpoolMachine(RuleBasedStateMachine):
    """The model: by sequence, the last durable number, and what the facility has stored of it."""

    @initialize(quota=st.integers(200, 5000))
    def begin(self, quota: int) -> None:
        self.folder, self.quota = tempfile.TemporaryDirectory(), quota
        self.durable: dict[Key, int] = {}
        self.facility = Watermarks()
        self.stored: dict[Key, list[int]] = {}
        self.epochs: list[int] = []
        self.open(1000)

    def open(self, now_ms: int) -> None:
        self.store = Store(Path(self.folder.name), self.quota, now_ms)
        self.reader = Reader(open_reader(Path(self.folder.name)))
        self.numbering = Numbering(self.store.epoch)
        self.epochs.append(self.store.epoch)
        self.waiting: list[Record] = []

    def made(self, topic: str, count: int, size: int) -> list[Record]:
        return [self.numbering.record(topic, _TOPICS[topic], bytes(size), "json/x/1", 0) for _ in range(count)]

    @rule(topic=st.sampled_from(list(_TOPICS)), count=st.integers(1, 5), size=st.integers(0, 400))
    def append(self, topic: str, count: int, size: int) -> None:
        self.waiting += self.made(topic, count, size)
        self.store.commit(self.waiting)
        self.note()

    @rule(topic=st.sampled_from(list(_TOPICS)), after=st.integers(0, 5), data=st.data())
    def fails_at_any_write(self, topic: str, after: int, data: st.DataObject) -> None:
        """Rolled back, and tried again later with what came meanwhile: nothing of it may be half there."""
        self.waiting += self.made(topic, 2, 300)
        before = {key: self.covered(key) for key in self.durable}
        whole = self.store._db
        self.store._db = _Broken(whole, after)  # type: ignore[assignment]
        try:
            self.store.commit(self.waiting)
        except sqlite3.OperationalError:
            assert {key: self.covered(key) for key in self.durable} == before
        else:
            self.note()
        finally:
            self.store._db = whole

    @rule(now_ms=st.integers(0, 3000))
    def kill_and_start(self, now_ms: int) -> None:
        self.store.close()
        self.reader.close()
        self.open(now_ms)

    @rule(data=st.data(), limit=st.integers(1, 6), lost=st.booleans())
    def send(self, data: st.DataObject, limit: int, lost: bool) -> None:
        """Some records reach the facility, whose ack may be lost."""
        if not self.durable:
            return
        key = data.draw(st.sampled_from(sorted(self.durable)))
        records = self.reader.read(key, 0, limit)
        batch = self.facility.accept(key, [Item(r.seq, r.span, 0, r.schema, r.payload) for r in records])
        assert not batch.hole
        self.stored.setdefault(key, []).extend(n for i in batch.items for n in range(i.first, i.seq + 1))
        if not lost:
            self.store.commit(acknowledged={key: self.facility[key]})

    def note(self) -> None:
        for record in self.waiting:
            self.durable[record.key] = record.seq
        self.waiting = []

    def covered(self, key: Key) -> list[int]:
        return [n for r in self.reader.read(key, 0, 10_000) for n in range(r.first, r.seq + 1)]

    @invariant()
    def nothing_is_lost_in_silence(self) -> None:
        for key, last in getattr(self, "durable", {}).items():
            here, there = self.covered(key), self.facility[key]
            assert here == list(range(here[0], last + 1)) if here else there == last
            assert not here or here[0] <= there + 1
            assert self.stored.get(key, []) == list(range(1, there + 1))

    @invariant()
    def safety_events_are_never_given_up(self) -> None:
        for key in getattr(self, "durable", {}):
            if "safety" in key.topic:
                assert not any(record.is_gap for record in self.reader.read(key, 0, 10_000))

    @invariant()
    def counts_are_right(self) -> None:
        for key, sequence in self.store.sequences.items() if hasattr(self, "store") else ():
            rows = self.reader.read(key, 0, 10_000)
            assert (len(rows), sum(len(r.payload) + 64 for r in rows if not r.is_gap)) == (
                sequence.records,
                sequence.bytes,
            )

    @invariant()
    def epochs_rise(self) -> None:
        assert getattr(self, "epochs", []) == sorted(set(getattr(self, "epochs", [])))

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.reader.close()
            self.folder.cleanup()


def test_a_forgotten_sequence_lends_its_place_to_no_other(tmp_path: Path) -> None:
    """A reader that still asks for the sequence of an earlier epoch is not given the records of a later one."""
    topic = next(iter(_TOPICS))
    store = Store(tmp_path, 10_000, 1000)
    old = Numbering(store.epoch).record(topic, _TOPICS[topic], b"{}", "json/x/1", 0)
    store.commit([old])
    store.close()
    store, reader = Store(tmp_path, 10_000, 2000), Reader(open_reader(tmp_path))
    assert [record.seq for record in reader.read(old.key, 0, 10)] == [1]
    store.commit(acknowledged={old.key: 1})
    store.commit([Numbering(store.epoch).record(topic, _TOPICS[topic], b"{}", "json/x/1", 0)])
    assert reader.read(old.key, 0, 10) == []
    reader.close()
    store.close()


TestSpoolMachine = SpoolMachine.TestCase
TestSpoolMachine.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
