"""Records that their team alone can read: a key a start of the edge, sealed to the team's X25519 key. Pure.

Payload: AES-256-GCM under a key of the topic's own (HKDF-SHA-256 of the session key), nonce = the record's number, so
that none is used twice; associated data = topic, epoch and number, so that no record can pass for another. The session
key: X25519 with an ephemeral key, HKDF-SHA-256, AES-256-GCM. Whoever lost the team's private key has lost the data.
"""

import hashlib
import os
from dataclasses import replace

import cbor2
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from port_telemetry.core.record import Key, Numbering, Record, Stream

SEALED_SCHEMA, KEY_SCHEMA = "sealed/aes256gcm/1", "cbor/session_key/1"
_KEY_BYTES, _NONCE_BYTES = 32, 12


class CannotOpen(ValueError):
    """Wrong key, or not what was sealed; one line for people."""


def fingerprint(key: X25519PublicKey) -> str:
    """What tells keys apart for people: eight bytes of the SHA-256 of the public key."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


class Sealer:
    """Seals the records of one start of the edge; `secret` is its session key."""

    def __init__(self, team: X25519PublicKey, secret: bytes | None = None) -> None:
        self._team = team
        self._secret = os.urandom(_KEY_BYTES) if secret is None else secret
        self._ciphers: dict[str, AESGCM] = {}

    def key_record(self, topic: str, numbering: Numbering, stamp_ns: int) -> Record:
        """The record on `topic` by which the team gets the session key; it goes before what is sealed with it."""
        ephemeral = X25519PrivateKey.generate()
        wrapping = _derived(ephemeral.exchange(self._team), _wrapping_context(Key(topic, numbering.epoch)))
        # The wrapping key is used this once.
        sealed = AESGCM(wrapping).encrypt(bytes(_NONCE_BYTES), self._secret, None)
        values = {"team_key": fingerprint(self._team), "ephemeral": ephemeral.public_key().public_bytes_raw(),
                  "sealed": sealed}  # fmt: skip
        return numbering.record(topic, Stream.EVENT, cbor2.dumps(values), KEY_SCHEMA, stamp_ns)

    def seal(self, record: Record) -> Record:
        """The same record, readable by the team alone; topic, numbers, time and size stay visible."""
        if record.topic not in self._ciphers:
            self._ciphers[record.topic] = _cipher(self._secret, record.topic)
        plain = cbor2.dumps([record.schema, record.payload])
        sealed = self._ciphers[record.topic].encrypt(_nonce(record.seq), plain, _bound(record.key, record.seq))
        return replace(record, payload=sealed, schema=SEALED_SCHEMA, worth=record.lane)


def open_key(key: Key, payload: bytes, team: X25519PrivateKey) -> bytes:
    """The session key out of a key record. Raises CannotOpen."""
    try:
        values = cbor2.loads(payload)
        meant, ephemeral, sealed = values["team_key"], values["ephemeral"], values["sealed"]
        ours = fingerprint(team.public_key())
        if meant != ours:
            raise CannotOpen(f"{key.topic} of start {key.epoch} is sealed to key {meant}, this one is {ours}")
        shared = team.exchange(X25519PublicKey.from_public_bytes(ephemeral))
        return AESGCM(_derived(shared, _wrapping_context(key))).decrypt(bytes(_NONCE_BYTES), sealed, None)
    except (KeyError, TypeError, cbor2.CBORError) as error:
        raise CannotOpen(f"{key.topic}: no key record: {error}") from error
    except InvalidTag:
        raise CannotOpen(f"{key.topic} of start {key.epoch}: the session key was altered") from None


def open_payload(key: Key, seq: int, payload: bytes, secret: bytes) -> tuple[str, bytes]:
    """Schema and payload of a sealed record. Raises CannotOpen if it is not this record or another key's."""
    try:
        plain = _cipher(secret, key.topic).decrypt(_nonce(seq), payload, _bound(key, seq))
    except InvalidTag:
        raise CannotOpen(f"{key.topic}, start {key.epoch}, number {seq}: altered, or sealed with another key") from None
    schema, inner = cbor2.loads(plain)
    return schema, inner


def _cipher(secret: bytes, topic: str) -> AESGCM:
    return AESGCM(_derived(secret, b"port/sealed/1\0" + topic.encode()))


def _derived(secret: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, None, info).derive(secret)


def _nonce(seq: int) -> bytes:
    return seq.to_bytes(_NONCE_BYTES, "big")


def _bound(key: Key, seq: int) -> bytes:
    return f"{key.topic}\0{key.epoch}\0{seq}".encode()


def _wrapping_context(key: Key) -> bytes:
    return f"port/session-key/1\0{key.topic}\0{key.epoch}".encode()
