"""The facility's database as the ingest sees it, and the tables in SQLite and PostgreSQL.

One transaction a batch: records and watermarks together, so that after any crash the watermark says what is there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

import orjson

from port_telemetry.core.parcel import Item
from port_telemetry.core.record import Key
from port_telemetry.ingest.tally import Stored


@dataclass(frozen=True, slots=True)
class Arrived:
    """Items of one sequence, judged and in order. duplicates: copies that came and were thrown away."""

    key: Key
    items: Sequence[Item]
    duplicates: int
    received_ns: int


@dataclass(frozen=True, slots=True)
class LiveState:
    """The newest live state of a topic, and how many came since the last commit."""

    topic: str
    epoch: int
    seq: int
    schema: str
    stamp_ns: int
    received_ns: int
    payload: bytes
    count: int


class Database(Protocol):
    """What keeps the records. Every method raises StoreError, and only that, when the database fails."""

    def watermarks(self) -> list[tuple[Key, int]]:
        """Up to which number each sequence is stored."""
        ...

    def live(self) -> dict[str, tuple[int, int]]:
        """Epoch and number of the newest live state of each topic."""
        ...

    def stored(self) -> Stored:
        """What is there already, for the account."""
        ...

    def commit(self, arrived: Iterable[Arrived], live: Iterable[LiveState]) -> None:
        """Store all of it, durably, or nothing."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class StoreError(Exception):
    """The database failed; one line for people."""


def refuse_password(url: str) -> None:
    """Raises StoreError for a database's URL with a password in it: `ps` shows it to everybody on the machine."""
    parts = urlsplit(url)
    if parts.password or "password" in parse_qs(parts.query):
        raise StoreError("--store: leave the password out, everybody here sees it (ps); put it into ~/.pgpass (libpq)")


#: Where the name begins in "<site>/<edge>/<session>/<name>", and what stands before a team in place of the edge.
_NAME, _TEAMS = 3, "t"


def parts(topic: str) -> tuple[str, str, str, str]:
    """Site, edge, session and name of a topic, a team's or not; empty where it has none."""
    levels = topic.split("/")[2:]
    if levels[1:2] == [_TEAMS]:
        del levels[1:3]
    levels = [*levels[:_NAME], *["/".join(levels[_NAME:])][: len(levels) > _NAME]]
    site, edge, session, name = (*levels, "", "", "", "")[:4]
    return site, edge, session, name


def reason_of(payload: bytes) -> str:
    """What a gap record gives as its reason; the payload itself where it is none."""
    try:
        return str(orjson.loads(payload)["reason"]).replace("\0", "")
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return payload[:200].decode(errors="replace").replace("\0", "")
