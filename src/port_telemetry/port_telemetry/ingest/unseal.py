"""A team opens what was sealed to it: reads a facility's database and prints the stream in clear.

port open force_plates/left/samples --key team.key --store facility.sqlite
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from port_ros.command_line import refuse
from port_telemetry.core.record import Key
from port_telemetry.core.seal import KEY_SCHEMA, SEALED_SCHEMA, CannotOpen, open_key, open_payload
from port_telemetry.files import KeyFileError
from port_telemetry.ingest.flatten import rows
from port_telemetry.ingest.query import print_table
from port_telemetry.ingest.source import NoSuchStream, Query, Stored, StreamNotClear, read, topic_of
from port_telemetry.ingest.store import StoreError
from port_telemetry.key_files import private_key
from port_telemetry.mqtt.target import KEY_NAME

#: port/v1/<site>/t/<team>/<edge>/<session>
_SESSION_LEVELS = 7


def opened(where: str, query: Query, team: X25519PrivateKey) -> Iterator[Stored]:
    """The records that `query` means, in clear. Raises CannotOpen, and as `source.read`."""
    topic = topic_of(where, query)
    secrets = _secrets(where, "/".join([*topic.split("/")[:_SESSION_LEVELS], KEY_NAME]), team)
    for record in read(where, replace(query, stream=topic)):
        if record.schema != SEALED_SCHEMA:
            yield record
            continue
        schema, payload = open_payload(Key(topic, record.epoch), record.seq, record.payload, secrets(record.epoch))
        yield replace(record, schema=schema, payload=payload)


def _secrets(where: str, topic: str, team: X25519PrivateKey) -> Callable[[int], bytes]:
    try:
        sealed = {r.epoch: r.payload for r in read(where, Query(topic)) if r.schema == KEY_SCHEMA}
    except NoSuchStream:
        sealed = {}
    known: dict[int, bytes] = {}

    def secret(epoch: int) -> bytes:
        if epoch not in sealed:
            raise CannotOpen(f"{topic}: the key of start {epoch} has not arrived here")
        if epoch not in known:
            known[epoch] = open_key(Key(topic, epoch), sealed[epoch], team)
        return known[epoch]

    return secret


def main(args: Sequence[str] | None = None) -> int:
    """Print what the command line asks for, in clear."""
    parser = argparse.ArgumentParser(prog="port open", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("stream", help="a topic, or how it ends: force_plates/left/samples")
    parser.add_argument("--key", type=Path, required=True, help="the team's private key")
    parser.add_argument("--store", default="facility.sqlite", help="SQLite file or postgresql:// URL")
    parser.add_argument("--format", choices=("csv", "jsonl", "parquet"), default="csv")
    parser.add_argument("--out", type=Path, help="file to write; needed for parquet")
    chosen = parser.parse_args(args)
    try:
        records = opened(chosen.store, Query(chosen.stream), private_key(chosen.key))
        return print_table(_table(records), chosen.format, chosen.out)
    except (CannotOpen, KeyFileError, NoSuchStream, StreamNotClear, StoreError, OSError, ValueError) as error:
        return refuse(error)


def _table(records: Iterator[Stored]) -> Iterator[dict[str, Any]]:
    for record in records:
        yield from rows(record)


if __name__ == "__main__":
    sys.exit(main())
