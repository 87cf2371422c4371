"""The account of what a facility's database holds, by the sources' own counts. It only reads."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from port_telemetry.core.encode import DecodeError, decode
from port_telemetry.core.seal import SEALED_SCHEMA
from port_telemetry.core.source_account import Block, SourceAccount
from port_telemetry.core.stop_log import Line
from port_telemetry.ingest.source import NoSuchStream, Query, Stored, gaps, read, topics
from port_telemetry.stop_log_file import StopLogFile

_BLOCKS = "cbor/wrench_block/1"
#: Of a stream that nobody here can read: what is sealed to a team.
SEALED = "sealed"


def accounts(where: str) -> dict[str, SourceAccount | str]:
    """By topic, of every stream of blocks in the database `where`; SEALED of one that only its team can read.

    Raises StoreError.
    """
    found: dict[str, SourceAccount | str] = {}
    for topic in topics(where):
        if (account := _account(where, topic)) is not None:
            found[topic] = account
    return found


def _account(where: str, topic: str) -> SourceAccount | str | None:
    account: SourceAccount | None = None
    told = iter(gaps(where, Query(topic)))
    gap = next(told, None)
    for record in read(where, Query(topic)):
        if record.schema != _BLOCKS:
            return SEALED if record.schema == SEALED_SCHEMA and topic.endswith("/samples") else None
        account = account or SourceAccount()
        while gap is not None and (gap.epoch, gap.last) < (record.epoch, record.seq):
            account.gap(gap.reason)
            gap = next(told, None)
        if (block := _block(record)) is not None:
            account.block(block)
    return account


def _block(record: Stored) -> Block | None:
    try:
        return Block.of(decode("application/cbor", record.payload))
    except (DecodeError, KeyError, TypeError, ValueError):
        return None


def missing_events(where: str, stream: str, log: Path) -> list[Line]:
    """Lines of the stop log whose event is not in the database. Raises StoreError, StreamNotClear, OSError."""
    try:
        stored = set(_events(where, stream))
    except NoSuchStream:
        stored = set()
    return [line for line in StopLogFile(log).lines() if line.event and (line.event, line.stamp_ns) not in stored]


def _events(where: str, stream: str) -> Iterator[tuple[Any, int]]:
    for record in read(where, Query(stream)):
        yield decode("application/json", record.payload).get("kind"), record.stamp_ns
