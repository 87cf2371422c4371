"""The facility's database in PostgreSQL: the tables of the SQLite one, times as timestamps besides.

A connection that broke is made anew at the next call; what was not committed then, the edges send again. That a number
is there once, two things see to: the watermark's row refuses what is not above it, and the records' key.
"""

from collections.abc import Iterable
from dataclasses import astuple
from typing import Any

import psycopg

from port_telemetry.core.record import GAP_SCHEMA, Key
from port_telemetry.ingest import hypertable, postgres_signature
from port_telemetry.ingest.store import Arrived, LiveState, StoreError, parts, reason_of
from port_telemetry.ingest.tally import Stored

_CREATE = """
CREATE TABLE IF NOT EXISTS stream (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic text NOT NULL UNIQUE, site text NOT NULL,
  edge text NOT NULL, session text NOT NULL, name text NOT NULL
);
CREATE TABLE IF NOT EXISTS epoch (
  stream integer NOT NULL REFERENCES stream, epoch bigint NOT NULL, stored bigint NOT NULL, records bigint NOT NULL,
  lost bigint NOT NULL, duplicates bigint NOT NULL, PRIMARY KEY (stream, epoch)
);
CREATE TABLE IF NOT EXISTS record (
  stream integer NOT NULL, epoch bigint NOT NULL, seq bigint NOT NULL, stamp_ns bigint NOT NULL,
  received_ns bigint NOT NULL, schema text NOT NULL, payload bytea NOT NULL, PRIMARY KEY (stream, epoch, seq)
);
CREATE INDEX IF NOT EXISTS record_time ON record (stream, stamp_ns);
CREATE TABLE IF NOT EXISTS gap (
  stream integer NOT NULL REFERENCES stream, epoch bigint NOT NULL, first bigint NOT NULL, last bigint NOT NULL,
  received_ns bigint NOT NULL, reason text NOT NULL, PRIMARY KEY (stream, epoch, last)
);
CREATE TABLE IF NOT EXISTS live (
  topic text PRIMARY KEY, epoch bigint NOT NULL, seq bigint NOT NULL, schema text NOT NULL, stamp_ns bigint NOT NULL,
  received_ns bigint NOT NULL, payload bytea NOT NULL, count bigint NOT NULL
);
CREATE OR REPLACE VIEW records AS
  SELECT site, edge, session, name, epoch, seq, to_timestamp(stamp_ns / 1e9) AS time, stamp_ns, received_ns, schema,
         payload
  FROM record JOIN stream ON stream.id = record.stream;
"""
_ADD_STREAM = """
INSERT INTO stream (topic, site, edge, session, name) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (topic) DO UPDATE SET topic = excluded.topic RETURNING id
"""
_MARK = """
INSERT INTO epoch (stream, epoch, stored, records, lost, duplicates) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (stream, epoch) DO UPDATE SET stored = greatest(epoch.stored, excluded.stored),
  records = epoch.records + excluded.records, lost = epoch.lost + excluded.lost,
  duplicates = epoch.duplicates + excluded.duplicates
WHERE epoch.stored < %s
"""
_COPY = "COPY record (stream, epoch, seq, stamp_ns, received_ns, schema, payload) FROM STDIN"
_ADD_GAP = "INSERT INTO gap (stream, epoch, first, last, received_ns, reason) VALUES (%s, %s, %s, %s, %s, %s)"
_LIVE = """
INSERT INTO live (topic, epoch, seq, schema, stamp_ns, received_ns, payload, count)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (topic) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, schema = excluded.schema,
  stamp_ns = excluded.stamp_ns, received_ns = excluded.received_ns, payload = excluded.payload,
  count = live.count + excluded.count
"""
#: Higher than any number: where a delivery has copies alone.
_NO_ITEM = 2**63 - 1
#: One ingest at a time. The server may take a moment to notice that a killed one is gone.
_LOCK = "SET lock_timeout = '1s'; SELECT pg_advisory_lock(7246112); SET lock_timeout = 0"


class PostgresStore:
    """The database at `url` ("postgresql://user@host/name"); tables are made if they are missing."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._db: psycopg.Connection | None = None
        self._ids: dict[str, int] = {}
        self._connect()

    def watermarks(self) -> list[tuple[Key, int]]:
        """Up to which number each sequence is stored."""
        rows = self._rows("SELECT topic, epoch, stored FROM epoch JOIN stream ON stream.id = epoch.stream")
        return [(Key(topic, epoch), stored) for topic, epoch, stored in rows]

    def live(self) -> dict[str, tuple[int, int]]:
        """Epoch and number of the newest live state of each topic."""
        return {topic: (epoch, seq) for topic, epoch, seq in self._rows("SELECT topic, epoch, seq FROM live")}

    def stored(self) -> Stored:
        """What is there already, for the account."""
        counts = {
            topic: int(count)
            for topic, count in self._rows(
                "SELECT topic, sum(records) FROM epoch JOIN stream ON stream.id = epoch.stream GROUP BY topic"
            )
            if count
        }
        counts |= dict(self._rows("SELECT topic, count FROM live"))
        [(lost, duplicates)] = self._rows("SELECT coalesce(sum(lost), 0), coalesce(sum(duplicates), 0) FROM epoch")
        return Stored(counts, int(lost), int(duplicates))

    def commit(self, arrived: Iterable[Arrived], live: Iterable[LiveState]) -> None:
        """Store all of it, durably, or nothing."""
        db = self._connect()
        try:
            with db.transaction(), db.cursor() as cursor:
                deliveries = [(self._stream(cursor, delivery.key.topic), delivery) for delivery in arrived]
                self._copy(cursor, deliveries)
                for stream, delivery in deliveries:
                    self._mark(cursor, stream, delivery)
                    postgres_signature.add(cursor, stream, delivery.key.epoch, delivery.items)
                cursor.executemany(_LIVE, [astuple(state) for state in live])
        except (psycopg.Error, StoreError) as error:
            # What this transaction named may be gone with it.
            self._ids.clear()
            raise error if isinstance(error, StoreError) else StoreError(f"PostgreSQL: {error}") from error

    def close(self) -> None:
        """Let go of the connection."""
        if self._db is not None:
            self._db.close()

    def _connect(self) -> psycopg.Connection:
        if self._db is not None and not self._db.closed and not self._db.broken:
            return self._db
        try:
            self._db = psycopg.connect(self._url, autocommit=True, connect_timeout=5)
            self._db.execute(_LOCK)
            self._db.execute(_CREATE)
            self._db.execute(postgres_signature.CREATE)
            hypertable.make(self._db, self._url)
            self._ids = dict(self._db.execute("SELECT topic, id FROM stream").fetchall())
        except psycopg.errors.LockNotAvailable:
            self.close()
            raise StoreError("another ingest stores into this database; end it first") from None
        except psycopg.Error as error:
            raise StoreError(f"PostgreSQL: {error}") from error
        return self._db

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        try:
            return self._connect().execute(query.encode()).fetchall()
        except psycopg.Error as error:
            raise StoreError(f"PostgreSQL: {error}") from error

    def _copy(self, cursor: psycopg.Cursor, deliveries: list[tuple[int, Arrived]]) -> None:
        with cursor.copy(_COPY) as copy:
            for stream, delivery in deliveries:
                for item in delivery.items:
                    if item.schema != GAP_SCHEMA:
                        row = (stream, delivery.key.epoch, item.seq, item.stamp_ns, delivery.received_ns)
                        # A text of PostgreSQL holds no NUL.
                        copy.write_row((*row, item.schema.replace("\0", "\ufffd"), item.payload))

    def _mark(self, cursor: psycopg.Cursor, stream: int, delivery: Arrived) -> None:
        epoch, now_ns = delivery.key.epoch, delivery.received_ns
        gaps = [item for item in delivery.items if item.schema == GAP_SCHEMA]
        cursor.executemany(
            _ADD_GAP, [(stream, epoch, gap.first, gap.seq, now_ns, reason_of(gap.payload)) for gap in gaps]
        )
        last = delivery.items[-1].seq if delivery.items else 0
        lost = sum(gap.span for gap in gaps)
        row = (stream, epoch, last, len(delivery.items) - len(gaps), lost, delivery.duplicates)
        cursor.execute(_MARK, (*row, delivery.items[0].first if delivery.items else _NO_ITEM))
        if not cursor.rowcount:
            raise StoreError(f"{delivery.key.topic}: number {delivery.items[0].first} is there already")

    def _stream(self, cursor: psycopg.Cursor, topic: str) -> int:
        if topic not in self._ids:
            row = cursor.execute(_ADD_STREAM, (topic, *parts(topic))).fetchone()
            self._ids[topic] = int(row[0]) if row else 0
        return self._ids[topic]
