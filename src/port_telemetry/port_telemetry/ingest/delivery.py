"""An MQTT message as the ingest takes it: what it claims to be, checked. Pure.

An edge speaks for itself alone: a bundle names topics of the edge on whose topic it came, or it is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from port_telemetry.core.parcel import BUNDLE_SCHEMA, BadBundle, Item, unpack
from port_telemetry.core.record import Key
from port_telemetry.core.signature import is_safety

#: port/v1/<site>/<edge>, or port/v1/<site>/t/<team>/<edge>
_BASE_LEVELS, _TEAM_BASE_LEVELS = 4, 6
_TEAMS = "t"
_MAX_NUMBER = 2**63
#: Of an Ed25519 signature in hexadecimal: 64 bytes.
_SIGNATURE_DIGITS = 128


class BadDelivery(ValueError):
    """The message is not what a port edge sends."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """Records of one sequence."""

    key: Key
    items: list[Item]


@dataclass(frozen=True, slots=True)
class Live:
    """Live state, or whether an edge is connected; that has no number, seq is 0."""

    topic: str
    epoch: int
    seq: int
    schema: str
    stamp_ns: int
    payload: bytes
    signature: str = ""


def base_of(topic: str) -> str:
    """What the edge's own topics begin with, also for one of its team's."""
    levels = topic.split("/", _TEAM_BASE_LEVELS)
    if len(levels) >= _TEAM_BASE_LEVELS and levels[_BASE_LEVELS - 1] == _TEAMS:
        return "/".join([*levels[: _BASE_LEVELS - 1], levels[_TEAM_BASE_LEVELS - 1]])
    return "/".join(levels[:_BASE_LEVELS])


def read(topic: str, payload: bytes, named: Mapping[str, str]) -> Numbered | Live:
    """What came on `topic` with the user properties `named`. Raises BadDelivery."""
    schema, signature = named.get("schema", "json/unknown/0"), named.get("signature", "")[:_SIGNATURE_DIGITS]
    if named.get("stream", "live") == "live":
        numbers = [_number(named.get(name, "0")) for name in ("epoch", "seq", "stamp_ns")]
        return Live(topic, numbers[0], numbers[1], schema, numbers[2], payload, signature)
    try:
        epoch, seq = _number(named["epoch"]), _number(named["seq"])
        first, stamp_ns = _number(named.get("first", str(seq))), _number(named["stamp_ns"])
    except KeyError as error:
        raise BadDelivery(f"{topic}: no user property {error}") from None
    if schema == BUNDLE_SCHEMA:
        return _bundle(topic, payload, named.get("topic", ""), epoch)
    if not 1 <= first <= seq:
        raise BadDelivery(f"{topic}: numbers {first} to {seq}")
    return Numbered(Key(topic, epoch), [Item(seq, seq - first + 1, stamp_ns, schema, payload, signature)])


def _bundle(topic: str, payload: bytes, inner: str, epoch: int) -> Numbered:
    if topic != f"{base_of(inner)}/bundle":
        raise BadDelivery(f"{topic}: a bundle of {inner!r}, which is another's")
    if is_safety(inner):
        raise BadDelivery(f"{topic}: a bundle of {inner!r}, whose records are signed one by one")
    try:
        return Numbered(Key(inner, epoch), unpack(payload))
    except BadBundle as error:
        raise BadDelivery(f"{topic}: {error}") from error


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20) or int(text) >= _MAX_NUMBER:
        raise BadDelivery(f"{text[:40]!r} is no number")
    return int(text)
