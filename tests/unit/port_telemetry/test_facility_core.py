"""The facility stores each number once, in order, and nothing behind a hole; what came is checked before that."""

import contextlib
from typing import Any

import cbor2
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from port_telemetry.core.ack import Ack, BadAck, seal, verify
from port_telemetry.core.epoch import next_epoch
from port_telemetry.core.parcel import BadBundle, Item, pack, unpack
from port_telemetry.core.record import GAP_SCHEMA, Key, Numbering, Stream
from port_telemetry.ingest.delivery import BadDelivery, Live, Numbered, read
from port_telemetry.ingest.tally import Stored, Tally
from port_telemetry.ingest.watermark import Watermarks

_KEY = Key("port/v1/hall/edge-1/demo/samples", 3)
_SIGNER = Ed25519PrivateKey.generate()
_PROPERTIES = {"schema": "json/x/1", "epoch": "3", "seq": "1", "stamp_ns": "9", "stream": "recorded"}


def item(seq: int, span: int = 1) -> Item:
    return Item(seq, span, 0, GAP_SCHEMA if span > 1 else "json/x/1", b"{}")


def test_a_hole_is_refused_until_it_is_filled_or_said() -> None:
    marks = Watermarks()
    assert [i.seq for i in marks.accept(_KEY, [item(1), item(3)]).items] == [1]
    assert marks.accept(_KEY, [item(3)]).hole
    assert marks.accept(_KEY, [item(2)]).items
    assert not marks.accept(_KEY, [item(9, span=7)]).hole
    assert marks[_KEY] == 9


def test_a_gap_covers_only_what_is_missing() -> None:
    marks = Watermarks()
    marks.accept(_KEY, [item(n) for n in range(1, 6)])
    [gap] = marks.accept(_KEY, [item(8, span=8)]).items
    assert (gap.first, gap.seq) == (6, 8)


def test_a_new_epoch_begins_with_one() -> None:
    marks = Watermarks()
    marks.load([(_KEY, 5)])
    assert marks.accept(Key(_KEY.topic, 4), [item(6)]).hole
    assert marks.accept(Key(_KEY.topic, 4), [item(1)]).items


@given(st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)), max_size=40))
def test_whatever_comes_each_number_is_stored_once_and_in_order(arrivals: list[tuple[int, int]]) -> None:
    marks = Watermarks()
    stored: list[int] = []
    for seq, span in arrivals:
        for kept in marks.accept(_KEY, [item(seq, min(span, seq))]).items:
            stored += range(kept.first, kept.seq + 1)
    assert stored == list(range(1, marks[_KEY] + 1))


def test_an_ack_is_taken_from_the_facility_alone() -> None:
    topic = "port/v1/hall/edge-1/ack"
    payload, signature = seal(Ack({_KEY: 7}, {_KEY: 5}, True), topic, _SIGNER)
    assert verify(payload, signature, topic, _SIGNER.public_key()) == Ack({_KEY: 7}, {_KEY: 5}, True)
    forged = [
        (payload.replace(b"7", b"9"), signature, topic),
        (payload, "", topic),
        (payload, "zz", topic),
        (payload, signature, "port/v1/hall/edge-2/ack"),
        (payload, seal(Ack(), topic, Ed25519PrivateKey.generate())[1], topic),
    ]
    for case in forged:
        with pytest.raises(BadAck):
            verify(*case, _SIGNER.public_key())


def test_a_signed_nonsense_is_no_ack() -> None:
    topic = "t"
    nonsense: list[object] = [
        [],
        {"stored": [["a", 1]]},
        {"stored": [["a", -1, 2]], "again": [], "restarted": False},
    ]
    for values in nonsense:
        payload = orjson.dumps(values)
        signature = _SIGNER.sign(b"port/ack/1\0t\0" + payload).hex()
        with pytest.raises(BadAck):
            verify(payload, signature, topic, _SIGNER.public_key())


def test_a_bundle_says_what_its_records_said() -> None:
    numbering = Numbering(3)
    records = [numbering.record("a", Stream.RECORDED, bytes([n]) * n, "cbor/x/1", n) for n in range(1, 20)]
    parcels = pack(records, max_bytes=50)
    assert all(sum(len(r.payload) for r in p.records) <= 50 for p in parcels)
    items = [i for p in parcels if p.bundled for i in unpack(p.payload())]
    assert [(i.seq, i.payload) for i in items] == [(r.seq, r.payload) for p in parcels if p.bundled for r in p.records]
    assert [p.first for p in parcels[1:]] == [p.last + 1 for p in parcels[:-1]]
    assert pack([], 10) == []


@pytest.mark.parametrize(
    "bad",
    [b"", b"\xff", cbor2.dumps([]), cbor2.dumps({}), cbor2.dumps([[1, 1, 0, "json/x/1"]]),
     cbor2.dumps([[1, 1, 0, 5, b""]]), cbor2.dumps([[True, 1, 0, "x", b""]]), cbor2.dumps([[1, 2, 0, "x", b""]]),
     cbor2.dumps([[1, 1, 0, "x", b""], [3, 1, 0, "x", b""]]), cbor2.dumps([[2**64, 1, 0, "x", b""]]),
     b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff", b"\x81" * 5000, b"\xbb" + b"\xff" * 8],
)  # fmt: skip
def test_bombs_and_nonsense_are_no_bundle(bad: bytes) -> None:
    with pytest.raises(BadBundle):
        unpack(bad)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_bundle_or_refused(data: bytes) -> None:
    with contextlib.suppress(BadBundle):
        assert unpack(data)


def test_an_edge_speaks_for_itself_alone() -> None:
    record = Numbering(3).record(_KEY.topic, Stream.RECORDED, b"{}", "json/x/1", 0)
    payload = cbor2.dumps([[1, 1, 0, "json/x/1", record.payload]])
    bundle = {**_PROPERTIES, "schema": "cbor/bundle/1", "topic": _KEY.topic}
    assert isinstance(read("port/v1/hall/edge-1/bundle", payload, bundle), Numbered)
    for topic in ("port/v1/hall/edge-2/bundle", "port/v1/hall/edge-11/bundle", "bundle"):
        with pytest.raises(BadDelivery, match="another's"):
            read(topic, payload, bundle)


@pytest.mark.parametrize(
    "changed",
    [{"seq": "0"}, {"seq": "-1"}, {"seq": "٣"}, {"seq": "9" * 40}, {"epoch": "x"}, {"first": "2"}, {"stamp_ns": ""}],
)
def test_numbers_that_are_none_are_refused(changed: dict[str, str]) -> None:
    with pytest.raises(BadDelivery):
        read(_KEY.topic, b"{}", {**_PROPERTIES, **changed})


def test_a_missing_number_is_refused_and_live_state_needs_none() -> None:
    with pytest.raises(BadDelivery, match="seq"):
        read(_KEY.topic, b"{}", {name: text for name, text in _PROPERTIES.items() if name != "seq"})
    assert read("port/v1/hall/edge-1/conn", b"{}", {}) == Live(
        "port/v1/hall/edge-1/conn", 0, 0, "json/unknown/0", 0, b"{}"
    )


def test_the_epoch_rises_whatever_the_clock_does() -> None:
    assert next_epoch(1000, 0, 0.5) == 1000
    assert next_epoch(1000, 999, 0.5) == 1000
    assert next_epoch(1000, 5000, 0.0) == 5001
    assert next_epoch(1000, 5000, 0.999) > 5001


def test_the_tally_goes_on_from_what_is_stored() -> None:
    tally = Tally(Stored({"a": 5}, lost=2, duplicates=1))
    tally.add("a", "json/x/1", b'{"a":1}')
    tally.add("b", "cbor/x/1", b"")
    tally.lose(3)
    tally.repeat(4)
    expected: dict[str, Any] = {
        "received": 7, "by_topic": {"a": 6, "b": 1}, "gaps": 5, "duplicates": 5, "undecodable": 1,
        "refused": 0, "unproven": 0, "forged": {},
    }  # fmt: skip
    assert tally.summary() == expected
