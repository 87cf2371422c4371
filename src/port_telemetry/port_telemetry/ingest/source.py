"""Reads records back from the facility's database, in order of epoch and number, without holding them all."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from port_telemetry.ingest.store import StoreError, refuse_password

_END_NS = 2**63 - 1
_STREAMS = "SELECT id, topic FROM stream ORDER BY topic"
_RECORDS = (
    "SELECT epoch, seq, stamp_ns, schema, payload FROM record"
    " WHERE stream = {0} AND stamp_ns >= {0} AND stamp_ns < {0} ORDER BY epoch, seq"
)
_GAPS = "SELECT epoch, first, last, reason FROM gap WHERE stream = {0} ORDER BY epoch, last"
_SIGNATURES = "SELECT epoch, seq, signature FROM signature WHERE stream = {0}"


class NoSuchStream(Exception):
    """No topic ends like that; names those there are."""


class StreamNotClear(Exception):
    """Several topics end like that; names them."""


@dataclass(frozen=True)
class Query:
    """Records of the topic that is or ends with `stream`, stamped from since_ns until before until_ns."""

    stream: str
    since_ns: int = 0
    until_ns: int = _END_NS

    @staticmethod
    def of(stream: str, since: str, until: str) -> "Query":
        """From ISO 8601 texts, UTC where none is named; empty for no bound. Raises ValueError."""
        return Query(stream, _ns(since) if since else 0, _ns(until) if until else _END_NS)

    def choose(self, streams: list[tuple[int, str]]) -> tuple[int, str]:
        """Id and topic of the one stream that is meant."""
        found = [(number, topic) for number, topic in streams if f"/{topic}".endswith(f"/{self.stream}")]
        if not found:
            raise NoSuchStream(f"no stream ends with {self.stream}; there are: {', '.join(t for _, t in streams)}")
        if len(found) > 1:
            raise StreamNotClear(f"several streams end with {self.stream}: {', '.join(t for _, t in found)}")
        return found[0]


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as the facility has it."""

    epoch: int
    seq: int
    stamp_ns: int
    schema: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers that an edge said are lost, and why."""

    epoch: int
    first: int
    last: int
    reason: str


def read(where: str, query: Query) -> Iterator[Stored]:
    """The records that `query` means, from the database `where` (file or URL). Raises as named above, StoreError."""
    return _from_postgres(where, query) if "://" in where else _from_sqlite(Path(where), query)


def topics(where: str) -> list[str]:
    """All topics in the database `where`. Raises StoreError."""
    with _opened(where) as select:
        return [topic for _, topic in select(_STREAMS)]


def topic_of(where: str, query: Query) -> str:
    """The whole topic of the stream that `query` means. Raises as `read`."""
    with _opened(where) as select:
        return query.choose(select(_STREAMS))[1]


def signatures(where: str, query: Query) -> dict[tuple[int, int], str]:
    """The signatures of the stream that `query` means, by epoch and number. Raises as `read`."""
    with _opened(where) as select:
        stream, _ = query.choose(select(_STREAMS))
        return {(epoch, seq): said for epoch, seq, said in select(_SIGNATURES, stream)}


def gaps(where: str, query: Query) -> list[Gap]:
    """The losses that were told of the stream that `query` means, in order. Raises as `read`."""
    with _opened(where) as select:
        stream, _ = query.choose(select(_STREAMS))
        return [Gap(*row) for row in select(_GAPS, stream)]


@contextlib.contextmanager
def _opened(where: str) -> Iterator[Callable[..., list[Any]]]:
    """The database `where`, to be asked in statements with {0} for each value. Raises StoreError."""
    postgres = "://" in where
    with _connected(where) as db:
        yield lambda text, *values: db.execute(text.format("%s" if postgres else "?"), values).fetchall()


@contextlib.contextmanager
def _connected(where: str) -> Iterator[Any]:
    if "://" in where:
        import psycopg

        refuse_password(where)
        try:
            with psycopg.connect(where, connect_timeout=5) as server:
                yield server
        except psycopg.Error as error:
            raise StoreError(f"PostgreSQL: {error}") from error
        return
    try:
        uri = f"{Path(where).absolute().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as file:
            yield file
    except sqlite3.Error as error:
        raise StoreError(f"{where}: {error}") from error


def _from_sqlite(file: Path, query: Query) -> Iterator[Stored]:
    try:
        db = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
        try:
            stream, _ = query.choose(list(db.execute(_STREAMS)))
            values = (stream, query.since_ns, query.until_ns)
            yield from (Stored(*row) for row in db.execute(_RECORDS.format("?"), values))
        finally:
            db.close()
    except sqlite3.Error as error:
        raise StoreError(f"{file}: {error}") from error


def _from_postgres(url: str, query: Query) -> Iterator[Stored]:
    import psycopg

    refuse_password(url)
    try:
        with psycopg.connect(url, connect_timeout=5) as db:
            stream, _ = query.choose(db.execute(_STREAMS).fetchall())
            # A cursor with a name stays on the server: the client holds a part at a time.
            with db.cursor("query") as cursor:
                text: Any = _RECORDS.format("%s")
                cursor.execute(text, (stream, query.since_ns, query.until_ns))
                yield from (Stored(*row) for row in cursor)
    except psycopg.Error as error:
        raise StoreError(f"PostgreSQL: {error}") from error


def _ns(text: str) -> int:
    time = datetime.fromisoformat(text)
    whole = time if time.tzinfo else time.replace(tzinfo=UTC)
    return round(whole.timestamp() * 1e6) * 1000
