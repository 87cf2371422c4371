"""The records as a hypertable where TimescaleDB is there: chunks by the facility's own time. Otherwise a plain table.

By the time of arrival and not by the edge's: a clock that runs wild would leave a chunk for each of its days.
A table that holds records already stays as it is; docs/deploy_mqtt.md says how to move it, and how to compress.
"""

import sys
from typing import Any

import psycopg

#: A day of ns. TimescaleDB wants the chunks that are written to fit into a quarter of its memory.
CHUNK_NS = 86_400_000_000_000
_AVAILABLE = "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')"
_INSTALLED = "SELECT EXISTS (SELECT FROM pg_proc WHERE proname = 'create_hypertable')"
_EMPTY = "SELECT NOT EXISTS (SELECT FROM record)"
_MADE = """
SELECT EXISTS (SELECT FROM information_schema.key_column_usage WHERE table_schema = current_schema()
  AND table_name = 'record' AND constraint_name = 'record_pkey' AND column_name = 'received_ns')
"""
#: A unique index of a hypertable has to hold what it is cut by; that a number is there once, the epoch's row sees to.
_MAKE = (
    "ALTER TABLE record DROP CONSTRAINT record_pkey, ADD PRIMARY KEY (stream, epoch, seq, received_ns)",
    """CREATE OR REPLACE FUNCTION record_now_ns() RETURNS bigint LANGUAGE sql STABLE
       AS 'SELECT (extract(epoch FROM now()) * 1000000000)::bigint'""",
    f"SELECT create_hypertable('record', 'received_ns', chunk_time_interval => {CHUNK_NS}::bigint)",
    "SELECT set_integer_now_func('record', 'record_now_ns')",
)


def make(db: psycopg.Connection[Any], url: str) -> bool:
    """Make the empty table `record` a hypertable if that can be; says whether it is one. Raises psycopg.Error."""
    if _true(db, _MADE):
        return True
    if not _installed(db, url) or not _true(db, _EMPTY):
        return False
    try:
        with db.transaction():
            for statement in _MAKE:
                db.execute(statement.encode())
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        print(f"ingest: TimescaleDB: {error.diag.message_primary}; the records go to a plain table", file=sys.stderr)
        return False
    return True


def _installed(db: psycopg.Connection[Any], url: str) -> bool:
    if not _true(db, _INSTALLED) and _true(db, _AVAILABLE):
        try:
            # On a connection of its own: where the server has not loaded the library, this ends the connection.
            with psycopg.connect(url, autocommit=True, connect_timeout=5) as other:
                other.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        except psycopg.Error as error:
            print(f"ingest: TimescaleDB is there but not to be had: {error}", file=sys.stderr)
    return _true(db, _INSTALLED)


def _true(db: psycopg.Connection[Any], query: str) -> bool:
    row = db.execute(query.encode()).fetchone()
    return bool(row and row[0])
