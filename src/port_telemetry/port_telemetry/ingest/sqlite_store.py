"""The facility's database in SQLite: one file, tables as in docs/mqtt.md."""

import sqlite3
from collections.abc import Iterable
from dataclasses import astuple
from pathlib import Path

from port_telemetry.core.record import GAP_SCHEMA, Key
from port_telemetry.ingest.store import Arrived, LiveState, StoreError, parts, reason_of
from port_telemetry.ingest.tally import Stored

_VERSION = 1
_CREATE = """
CREATE TABLE stream (
  id INTEGER PRIMARY KEY, topic TEXT NOT NULL UNIQUE, site TEXT NOT NULL, edge TEXT NOT NULL, session TEXT NOT NULL,
  name TEXT NOT NULL
);
CREATE TABLE epoch (
  stream INTEGER NOT NULL REFERENCES stream, epoch INTEGER NOT NULL, stored INTEGER NOT NULL, records INTEGER NOT NULL,
  lost INTEGER NOT NULL, duplicates INTEGER NOT NULL, PRIMARY KEY (stream, epoch)
) WITHOUT ROWID;
CREATE TABLE record (
  stream INTEGER NOT NULL REFERENCES stream, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, stamp_ns INTEGER NOT NULL,
  received_ns INTEGER NOT NULL, schema TEXT NOT NULL, payload BLOB NOT NULL
);
CREATE UNIQUE INDEX record_number ON record (stream, epoch, seq);
CREATE INDEX record_time ON record (stream, stamp_ns);
CREATE TABLE gap (
  stream INTEGER NOT NULL REFERENCES stream, epoch INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  received_ns INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (stream, epoch, last)
) WITHOUT ROWID;
CREATE TABLE live (
  topic TEXT PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, schema TEXT NOT NULL,
  stamp_ns INTEGER NOT NULL, received_ns INTEGER NOT NULL, payload BLOB NOT NULL, count INTEGER NOT NULL
) WITHOUT ROWID;
CREATE VIEW records AS
  SELECT site, edge, session, name, epoch, seq, strftime('%Y-%m-%dT%H:%M:%fZ', stamp_ns / 1e9, 'unixepoch') AS time,
         stamp_ns, received_ns, schema, payload
  FROM record JOIN stream ON stream.id = record.stream;
"""
#: Made in older files too. What a safety record was signed with, as it came: it proves the record to whoever has the
#: edge's public key.
_CREATE_SIGNATURE = """
CREATE TABLE IF NOT EXISTS signature (
  stream INTEGER NOT NULL REFERENCES stream, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, signature TEXT NOT NULL,
  PRIMARY KEY (stream, epoch, seq)
) WITHOUT ROWID
"""
_ADD_STREAM = "INSERT INTO stream (topic, site, edge, session, name) VALUES (?, ?, ?, ?, ?)"
_MARK = """
INSERT INTO epoch (stream, epoch, stored, records, lost, duplicates) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (stream, epoch) DO UPDATE SET stored = max(stored, excluded.stored), records = records + excluded.records,
  lost = lost + excluded.lost, duplicates = duplicates + excluded.duplicates
"""
_ADD = "INSERT INTO record (stream, epoch, seq, stamp_ns, received_ns, schema, payload) VALUES (?, ?, ?, ?, ?, ?, ?)"
_SIGN = "INSERT INTO signature (stream, epoch, seq, signature) VALUES (?, ?, ?, ?)"
_ADD_GAP = "INSERT INTO gap (stream, epoch, first, last, received_ns, reason) VALUES (?, ?, ?, ?, ?, ?)"
_LIVE = """
INSERT INTO live (topic, epoch, seq, schema, stamp_ns, received_ns, payload, count) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (topic) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, schema = excluded.schema,
  stamp_ns = excluded.stamp_ns, received_ns = excluded.received_ns, payload = excluded.payload,
  count = count + excluded.count
"""


class SqliteStore:
    """The database in `file`, made if it is missing. Belongs to one thread at a time."""

    def __init__(self, file: Path) -> None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA page_size = 16384")
            self._db.execute("PRAGMA journal_mode = WAL")
            # What is acknowledged is deleted on the edge: it must be on this disk.
            self._db.execute("PRAGMA synchronous = FULL")
            if self._db.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
                self._db.executescript(f"BEGIN IMMEDIATE; {_CREATE} PRAGMA user_version = {_VERSION}; COMMIT;")
            self._db.execute(_CREATE_SIGNATURE)
            self._ids: dict[str, int] = dict(self._db.execute("SELECT topic, id FROM stream"))
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{file}: {error}") from error

    def watermarks(self) -> list[tuple[Key, int]]:
        """Up to which number each sequence is stored."""
        rows = self._db.execute("SELECT topic, epoch, stored FROM epoch JOIN stream ON stream.id = epoch.stream")
        return [(Key(topic, epoch), stored) for topic, epoch, stored in rows]

    def live(self) -> dict[str, tuple[int, int]]:
        """Epoch and number of the newest live state of each topic."""
        return {topic: (epoch, seq) for topic, epoch, seq in self._db.execute("SELECT topic, epoch, seq FROM live")}

    def stored(self) -> Stored:
        """What is there already, for the account."""
        rows = self._db.execute(
            "SELECT topic, sum(records) FROM epoch JOIN stream ON stream.id = epoch.stream GROUP BY topic"
        )
        counts = {topic: count for topic, count in rows if count}
        counts |= dict(self._db.execute("SELECT topic, count FROM live"))
        lost, duplicates = self._db.execute("SELECT total(lost), total(duplicates) FROM epoch").fetchone()
        return Stored(counts, int(lost), int(duplicates))

    def commit(self, arrived: Iterable[Arrived], live: Iterable[LiveState]) -> None:
        """Store all of it, durably, or nothing."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for delivery in arrived:
                self._store(delivery)
            self._db.executemany(_LIVE, [astuple(state) for state in live])
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            self._ids = dict(self._db.execute("SELECT topic, id FROM stream"))
            raise StoreError(str(error)) from error

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _store(self, delivery: Arrived) -> None:
        stream, epoch, now_ns = self._stream(delivery.key.topic), delivery.key.epoch, delivery.received_ns
        records = [item for item in delivery.items if item.schema != GAP_SCHEMA]
        gaps = [item for item in delivery.items if item.schema == GAP_SCHEMA]
        rows = [(stream, epoch, r.seq, r.stamp_ns, now_ns, r.schema, r.payload) for r in records]
        self._db.executemany(_ADD, rows)
        self._db.executemany(_SIGN, [(stream, epoch, r.seq, r.signature) for r in records if r.signature])
        said = [(stream, epoch, g.first, g.seq, now_ns, reason_of(g.payload)) for g in gaps]
        self._db.executemany(_ADD_GAP, said)
        lost = sum(gap.span for gap in gaps)
        last = delivery.items[-1].seq if delivery.items else 0
        self._db.execute(_MARK, (stream, epoch, last, len(records), lost, delivery.duplicates))

    def _stream(self, topic: str) -> int:
        if topic not in self._ids:
            self._ids[topic] = self._db.execute(_ADD_STREAM, (topic, *parts(topic))).lastrowid or 0
        return self._ids[topic]
