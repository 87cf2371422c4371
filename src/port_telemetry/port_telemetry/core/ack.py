"""The facility's word that records are stored: signed (Ed25519), so that nobody else can make an edge delete.

{"stored": [[topic, epoch, up_to], …], "again": [[topic, epoch, after], …], "refused": […], "restarted": bool}
stored: all numbers up to there are in the facility's database. again: send on from there, there was a hole.
refused: [topic, epoch, number] of a safety message whose signature the facility does not accept; it is not stored.
restarted: what is on its way may never arrive. An old ack played again says nothing that is not so any more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from port_telemetry.core.record import Key

#: What `refused` says, for people.
REFUSED = "the facility does not accept this edge's signature"

_DOMAIN = b"port/ack/1\0"
_FIELDS = 3


class BadAck(ValueError):
    """Not the facility's word."""


@dataclass(frozen=True)
class Ack:
    """stored, again, refused: numbers by sequence, as above."""

    stored: Mapping[Key, int] = field(default_factory=dict)
    again: Mapping[Key, int] = field(default_factory=dict)
    restarted: bool = False
    refused: Mapping[Key, int] = field(default_factory=dict)


def seal(ack: Ack, topic: str, key: Ed25519PrivateKey) -> tuple[bytes, str]:
    """The payload to publish on `topic`, and its signature in hexadecimal."""
    rows = {name: [[*sequence, number] for sequence, number in numbers.items()]
            for name, numbers in (("stored", ack.stored), ("again", ack.again), ("refused", ack.refused))}  # fmt: skip
    payload = orjson.dumps({**rows, "restarted": ack.restarted})
    return payload, key.sign(_signed(topic, payload)).hex()


def verify(payload: bytes, signature: str, topic: str, key: Ed25519PublicKey) -> Ack:
    """The ack that came on `topic`. Raises BadAck if it is not the facility's or makes no sense."""
    try:
        key.verify(bytes.fromhex(signature), _signed(topic, payload))
        values = orjson.loads(payload)
        stored, again = _numbers(values["stored"]), _numbers(values["again"])
        return Ack(stored, again, values["restarted"] is True, _numbers(values.get("refused", [])))
    except InvalidSignature:
        raise BadAck("not signed by the facility") from None
    except (ValueError, KeyError, TypeError) as error:
        raise BadAck(f"no ack: {error}") from error


def _signed(topic: str, payload: bytes) -> bytes:
    # The topic names the edge: an ack for one edge is none for another.
    return _DOMAIN + topic.encode() + b"\0" + payload


def _numbers(rows: Sequence[Sequence[object]]) -> dict[Key, int]:
    numbers = {}
    for row in rows:
        if len(row) != _FIELDS or not isinstance(row[0], str):
            raise ValueError(f"{row} is not [topic, epoch, number]")
        epoch, number = row[1:]
        if type(epoch) is not int or type(number) is not int or not (0 <= epoch < 2**63 and 0 <= number < 2**63):
            raise ValueError(f"{row} is not [topic, epoch, number]")
        numbers[Key(row[0], epoch)] = number
    return numbers
