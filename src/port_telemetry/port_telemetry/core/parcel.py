"""What is sent as one MQTT message: a record as it is, or many old ones of a sequence together.

A bundle is a CBOR array of [seq, span, stamp_ns, schema, payload]; it saves a backlog the cost of a message for each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cbor2

from port_telemetry.core.record import Key, Record, Stream

BUNDLE_SCHEMA = "cbor/bundle/1"
_FIELDS = 5
MAX_BUNDLE_RECORDS = 500


class BadBundle(ValueError):
    """The bytes are no bundle."""


@dataclass(frozen=True, slots=True)
class Item:
    """One record as the facility gets it; numbers as in Record. signature: of a safety record, as it came."""

    seq: int
    span: int
    stamp_ns: int
    schema: str
    payload: bytes
    signature: str = ""

    @property
    def first(self) -> int:
        """The first number it stands for."""
        return self.seq - self.span + 1


@dataclass(frozen=True, slots=True)
class Parcel:
    """Records of one sequence, in order and without a hole, on their way."""

    records: tuple[Record, ...]

    @property
    def key(self) -> Key:
        return self.records[0].key

    @property
    def stream(self) -> Stream:
        return self.records[0].stream

    @property
    def first(self) -> int:
        return self.records[0].first

    @property
    def last(self) -> int:
        return self.records[-1].seq

    @property
    def bundled(self) -> bool:
        return len(self.records) > 1

    @property
    def schema(self) -> str:
        return BUNDLE_SCHEMA if self.bundled else self.records[0].schema

    def payload(self) -> bytes:
        """The bytes to send."""
        if not self.bundled:
            return self.records[0].payload
        return cbor2.dumps([[r.seq, r.span, r.stamp_ns, r.schema, r.payload] for r in self.records])


def pack(records: Sequence[Record], max_bytes: int, max_records: int = MAX_BUNDLE_RECORDS) -> list[Parcel]:
    """Parcels of at most `max_bytes` of payloads; a single record may be larger."""
    parcels: list[Parcel] = []
    begin, size = 0, 0
    for number, record in enumerate(records):
        if number > begin and (size + len(record.payload) > max_bytes or number - begin >= max_records):
            parcels.append(Parcel(tuple(records[begin:number])))
            begin, size = number, 0
        size += len(record.payload)
    return [*parcels, Parcel(tuple(records[begin:]))] if records else []


def unpack(payload: bytes) -> list[Item]:
    """The records of a bundle. Raises BadBundle, and nothing else, for what is none."""
    try:
        rows = cbor2.loads(payload, max_depth=4)
    except (ValueError, MemoryError, OverflowError, cbor2.CBORError) as error:
        raise BadBundle(f"not CBOR: {error}") from error
    if not isinstance(rows, list) or not 0 < len(rows) <= MAX_BUNDLE_RECORDS:
        raise BadBundle("not a list of records")
    items = [_item(row) for row in rows]
    if any(later.first != before.seq + 1 for before, later in pairwise(items)):
        raise BadBundle("its numbers do not follow each other")
    return items


def _item(row: object) -> Item:
    kinds = (int, int, int, str, bytes)
    if not isinstance(row, list) or len(row) != _FIELDS:
        raise BadBundle("a record has five fields")
    if not all(type(field) is kind for field, kind in zip(row, kinds, strict=True)):
        raise BadBundle("a record is [seq, span, stamp_ns, schema, payload]")
    item = Item(*row)
    if not 1 <= item.span <= item.seq < 2**63 or not abs(item.stamp_ns) < 2**63:
        raise BadBundle("a number is out of range")
    return item
