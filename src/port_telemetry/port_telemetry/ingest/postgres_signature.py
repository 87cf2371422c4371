"""Signatures of safety records in PostgreSQL, in a table beside the records': as in the SQLite store."""

from collections.abc import Iterable

import psycopg

from port_telemetry.core.parcel import Item

CREATE = """
CREATE TABLE IF NOT EXISTS signature (
  stream integer NOT NULL REFERENCES stream, epoch bigint NOT NULL, seq bigint NOT NULL, signature text NOT NULL,
  PRIMARY KEY (stream, epoch, seq)
)
"""
_ADD = "INSERT INTO signature (stream, epoch, seq, signature) VALUES (%s, %s, %s, %s)"


def add(cursor: psycopg.Cursor, stream: int, epoch: int, items: Iterable[Item]) -> None:
    """Keep the signatures of `items`, of those that have one."""
    rows = [(stream, epoch, item.seq, item.signature.replace("\0", "")) for item in items if item.signature]
    if rows:
        cursor.executemany(_ADD, rows)
