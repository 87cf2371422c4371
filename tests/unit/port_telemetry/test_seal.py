"""What is sealed to a team, the team alone opens, and only as what it was."""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from port_telemetry import key_files, keys
from port_telemetry.core.record import Key, Numbering, Stream
from port_telemetry.core.seal import CannotOpen, Sealer, fingerprint, open_key, open_payload
from port_telemetry.files import KeyFileError

_TEAM, _OTHER = X25519PrivateKey.generate(), X25519PrivateKey.generate()
_TOPIC = "port/v1/hall/t/blue/edge-1/demo/samples"
_SECRET = bytes(range(32))


def numbering() -> Numbering:
    return Numbering(epoch=5)


def test_the_team_opens_what_was_sealed_to_it() -> None:
    made = numbering()
    sealer = Sealer(_TEAM.public_key())
    key = sealer.key_record("port/v1/hall/t/blue/edge-1/demo/key", made, 0)
    record = made.record(_TOPIC, Stream.RECORDED, b"forces", "cbor/x/1", 9)
    sealed = sealer.seal(record)
    assert b"forces" not in sealed.payload and sealed.schema == "sealed/aes256gcm/1"
    assert (sealed.key, sealed.seq, sealed.stamp_ns) == (record.key, record.seq, record.stamp_ns)
    secret = open_key(key.key, key.payload, _TEAM)
    assert open_payload(sealed.key, sealed.seq, sealed.payload, secret) == ("cbor/x/1", b"forces")


def test_a_wrong_key_says_which_is_the_right_one() -> None:
    key = Sealer(_TEAM.public_key()).key_record("k", numbering(), 0)
    with pytest.raises(CannotOpen, match=fingerprint(_TEAM.public_key())):
        open_key(key.key, key.payload, _OTHER)
    for payload in (b"", b"\xa0", key.payload[:-1], key.payload[:-1] + b"\x00"):
        with pytest.raises(CannotOpen):
            open_key(key.key, payload, _TEAM)
    with pytest.raises(CannotOpen, match="altered"):
        open_key(Key("k", 6), key.payload, _TEAM)


def test_no_record_passes_for_another() -> None:
    sealed = Sealer(_TEAM.public_key(), _SECRET).seal(
        numbering().record(_TOPIC, Stream.RECORDED, b"forces", "cbor/x/1", 9)
    )
    for key, seq in ((Key(_TOPIC, 6), 1), (Key(_TOPIC + "x", 5), 1), (Key(_TOPIC, 5), 2)):
        with pytest.raises(CannotOpen):
            open_payload(key, seq, sealed.payload, _SECRET)


@settings(max_examples=50)
@given(st.binary(max_size=100), st.integers(0, 200), st.integers(1, 255))
def test_a_single_changed_byte_is_noticed(payload: bytes, at: int, change: int) -> None:
    sealed = Sealer(_TEAM.public_key(), _SECRET).seal(
        numbering().record(_TOPIC, Stream.RECORDED, payload, "cbor/x/1", 9)
    )
    data = bytearray(sealed.payload)
    data[at % len(data)] ^= change
    with pytest.raises(CannotOpen):
        open_payload(sealed.key, sealed.seq, bytes(data), _SECRET)


def test_equal_records_look_different_and_starts_have_keys_of_their_own() -> None:
    sealer, made = Sealer(_TEAM.public_key()), numbering()
    first, second = (sealer.seal(made.record(_TOPIC, Stream.RECORDED, b"same", "cbor/x/1", 0)) for _ in range(2))
    again = Sealer(_TEAM.public_key()).seal(replace(first, payload=b"same", schema="cbor/x/1"))
    assert len({first.payload, second.payload, again.payload}) == 3


def test_keys_are_private_and_never_overwritten(tmp_path: Path) -> None:
    assert keys.main(["new", str(tmp_path / "blue")]) == 0
    assert (tmp_path / "blue.key").stat().st_mode & 0o777 == 0o600
    private, public = key_files.private_key(tmp_path / "blue.key"), key_files.public_key(tmp_path / "blue.pub")
    assert fingerprint(private.public_key()) == fingerprint(public)
    assert keys.main(["new", str(tmp_path / "blue")]) == 2
    with pytest.raises(KeyFileError, match="no private key"):
        key_files.private_key(tmp_path / "blue.pub")
    with pytest.raises(KeyFileError, match="no public key"):
        key_files.public_key(tmp_path / "blue.key")
