"""`port telemetry verify`: does the signature of each stored safety record hold?"""

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from port_telemetry.core.parcel import Item
from port_telemetry.core.record import Key
from port_telemetry.core.signature import holds
from port_telemetry.files import verifying_key
from port_telemetry.ingest.flatten import time_text
from port_telemetry.ingest.source import Query, Stored, read, signatures, topic_of

HOLDS, UNSIGNED, BROKEN = "holds", "unsigned", "DOES NOT HOLD"
_EXIT_NOT_PROVEN = 1


def verified(where: str, query: Query, edge: Ed25519PublicKey) -> Iterator[tuple[Stored, str]]:
    """Each record that `query` means, from the database `where`, and HOLDS, UNSIGNED or BROKEN. Raises as `read`."""
    topic = topic_of(where, query)
    whole = Query(topic, query.since_ns, query.until_ns)
    said = signatures(where, whole)
    for record in read(where, whole):
        signature = said.get((record.epoch, record.seq), "")
        item = Item(record.seq, 1, record.stamp_ns, record.schema, record.payload)
        proven = holds(Key(topic, record.epoch), item, False, signature, edge)
        yield record, HOLDS if proven else BROKEN if signature else UNSIGNED


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The words of this command."""
    parser = commands.add_parser("verify", help="does the signature of each stored safety record hold?")
    parser.add_argument("stream", help="a topic, or how it ends: safety/event")
    parser.add_argument("--store", default="facility.sqlite", help="SQLite file or postgresql:// URL")
    parser.add_argument("--edge-key", type=Path, required=True, help="the edge's public key, EDGE.pub")
    parser.add_argument("--since", default="", help="ISO 8601, of the data")
    parser.add_argument("--until", default="", help="ISO 8601, of the data")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """One line a record and a last one of totals; 0 if all hold, 1 otherwise."""
    query = Query.of(chosen.stream, chosen.since, chosen.until)
    found: Counter[str] = Counter()
    for record, verdict in verified(chosen.store, query, verifying_key(chosen.edge_key)):
        found[verdict] += 1
        print(f"{record.epoch} {record.seq:>6} {time_text(record.stamp_ns)} {verdict:13} {record.schema}")
    print(f"{found.total()} records: {found[HOLDS]} hold, {found[UNSIGNED]} unsigned, {found[BROKEN]} do not hold")
    return 0 if found[HOLDS] == found.total() else _EXIT_NOT_PROVEN
