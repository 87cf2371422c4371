"""A safety message is believed as what its edge signed, and as nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from port_telemetry.core.parcel import Item
from port_telemetry.core.record import Key, Record, Stream
from port_telemetry.core.signature import holds, is_safety, sign
from port_telemetry.files import make_signing_key, signing_key
from port_telemetry.ingest.delivery import BadDelivery, Live, read
from port_telemetry.ingest.edge_keys import EdgeKeys, NotGenuine, Proof

_SIGNER = Ed25519PrivateKey.generate()
_EDGE = _SIGNER.public_key()
_TOPIC = "port/v1/hall/edge-1/demo/safety/event"
_RECORD = Record(_TOPIC, Stream.EVENT, b'{"kind":"STOP"}', "json/safety_event/1", 42, 7, 3)
_ITEM = Item(3, 1, 42, "json/safety_event/1", b'{"kind":"STOP"}')
_SIGNATURE = sign(_RECORD, _SIGNER)


def public_key(folder: Path, edge: str) -> Ed25519PrivateKey:
    """A key of `edge` whose public half the facility has in `folder`."""
    make_signing_key(folder / f"{edge}.key")
    return signing_key(folder / f"{edge}.key")


def message(record: Record, signature: str) -> dict[str, str]:
    """The user properties as the sender writes them."""
    named = {"schema": record.schema, "epoch": str(record.epoch), "seq": str(record.seq),
             "stamp_ns": str(record.stamp_ns), "stream": record.stream.value}  # fmt: skip
    return {**named, "signature": signature} if signature else named


def test_what_the_edge_signed_holds() -> None:
    assert holds(_RECORD.key, _ITEM, False, _SIGNATURE, _EDGE)


@pytest.mark.parametrize(
    ("key", "item", "live"),
    [
        (Key(_TOPIC + "s", 7), _ITEM, False),
        (Key(_TOPIC, 8), _ITEM, False),
        (_RECORD.key, replace(_ITEM, seq=4), False),
        (_RECORD.key, replace(_ITEM, span=3), False),
        (_RECORD.key, replace(_ITEM, stamp_ns=43), False),
        (_RECORD.key, replace(_ITEM, schema="json/gap/1"), False),
        (_RECORD.key, replace(_ITEM, payload=b'{"kind":"ARMED"}'), False),
        (_RECORD.key, replace(_ITEM, schema="json/safety_event/1\0{", payload=b'"kind":"STOP"}'), False),
        (_RECORD.key, _ITEM, True),
    ],
)
def test_nothing_passes_for_what_was_signed(key: Key, item: Item, live: bool) -> None:
    assert not holds(key, item, live, _SIGNATURE, _EDGE)


@settings(max_examples=50)
@given(st.text(max_size=130), st.binary(max_size=50), st.text(max_size=20))
def test_whatever_comes_is_answered_with_no_and_no_exception(signature: str, payload: bytes, schema: str) -> None:
    assert not holds(_RECORD.key, Item(1, 1, 0, schema, payload), False, signature, _EDGE)


def test_another_edges_signature_is_none() -> None:
    other: Ed25519PublicKey = Ed25519PrivateKey.generate().public_key()
    assert not holds(_RECORD.key, _ITEM, False, _SIGNATURE, other)


def test_safety_topics_are_known_wherever_they_lie() -> None:
    assert is_safety(_TOPIC) and is_safety("port/v1/hall/t/blue/edge-1/demo/safety/event")
    assert not is_safety("port/v1/hall/edge-1/demo/session/event")


def test_the_facility_takes_from_an_edge_it_knows_what_that_edge_signed_alone(tmp_path: Path) -> None:
    key, keys = public_key(tmp_path, "edge-1"), EdgeKeys(tmp_path)
    genuine = read(_TOPIC, _RECORD.payload, message(_RECORD, sign(_RECORD, key)))
    assert keys.check(genuine) is Proof.GENUINE
    for signature in ("", _SIGNATURE, "zz"):
        with pytest.raises(NotGenuine, match=r"number 3: (is not signed by|has no signature of) edge-1"):
            keys.check(read(_TOPIC, _RECORD.payload, message(_RECORD, signature)))


def test_of_an_edge_whose_key_nobody_gave_nothing_is_proven(tmp_path: Path) -> None:
    delivery = read(_TOPIC, _RECORD.payload, message(_RECORD, _SIGNATURE))
    assert EdgeKeys(None).check(delivery) is Proof.UNPROVEN
    assert EdgeKeys(tmp_path).check(delivery) is Proof.UNPROVEN
    (tmp_path / "edge-1.pub").write_text("no key")
    with pytest.raises(NotGenuine, match="no public key"):
        EdgeKeys(tmp_path).check(delivery)


def test_a_key_that_comes_later_counts_from_then_on(tmp_path: Path) -> None:
    keys, unsigned = EdgeKeys(tmp_path), read(_TOPIC, _RECORD.payload, message(_RECORD, ""))
    assert keys.check(unsigned) is Proof.UNPROVEN
    public_key(tmp_path, "edge-1")
    with pytest.raises(NotGenuine):
        keys.check(unsigned)


def test_an_old_live_state_is_genuine_only_with_its_own_number_and_stamp(tmp_path: Path) -> None:
    key, keys = public_key(tmp_path, "edge-1"), EdgeKeys(tmp_path)
    topic = "port/v1/hall/edge-1/demo/safety/state"
    state = Record(topic, Stream.LIVE, b'{"state":"RUN"}', "json/safety_state/1", 42, 7, 3)
    named = message(state, sign(state, key))
    assert keys.check(read(topic, state.payload, named)) is Proof.GENUINE
    for changed in ({"seq": "9"}, {"seq": "0"}, {"stamp_ns": "99"}, {"epoch": "8"}, {"stream": "event"}):
        delivery = read(topic, state.payload, {**named, **changed})
        assert isinstance(delivery, Live) or changed == {"stream": "event"}
        with pytest.raises(NotGenuine):
            keys.check(delivery)


def test_safety_messages_do_not_travel_in_bundles() -> None:
    named = {"schema": "cbor/bundle/1", "epoch": "1", "seq": "1", "stamp_ns": "0", "stream": "event", "topic": _TOPIC}
    with pytest.raises(BadDelivery, match="signed one by one"):
        read("port/v1/hall/edge-1/bundle", b"\x80", named)
