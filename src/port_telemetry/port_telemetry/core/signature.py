"""The edge's word that a safety message is its own: signed (Ed25519), since everyone reads these. Pure.

Signed: b"port/safety/1\\0", then topic, epoch, first, seq, stamp_ns, "live" or "kept", schema, each ended by NUL, then
the payload; numbers in decimal. So nothing passes under another topic or number, and an old state keeps its old stamp.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from port_telemetry.core.parcel import Item
from port_telemetry.core.record import Key, Record, Stream

_DOMAIN = b"port/safety/1\0"
_LEVEL = "/safety/"


def is_safety(topic: str) -> bool:
    """Whether what goes to `topic` has to be signed."""
    return _LEVEL in topic


def sign(record: Record, key: Ed25519PrivateKey) -> str:
    """The signature of a record, in hexadecimal."""
    item = Item(record.seq, record.span, record.stamp_ns, record.schema, record.payload)
    return key.sign(_signed(record.key, item, record.stream is Stream.LIVE)).hex()


def holds(key: Key, item: Item, live: bool, signature: str, edge: Ed25519PublicKey) -> bool:
    """Whether `edge` signed `item` of the sequence `key`. Whatever comes, it raises nothing."""
    if "\0" in item.schema or "\0" in key.topic:
        return False  # could end earlier than it says
    try:
        edge.verify(bytes.fromhex(signature), _signed(key, item, live))
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed(key: Key, item: Item, live: bool) -> bytes:
    words = (key.topic, key.epoch, item.first, item.seq, item.stamp_ns, "live" if live else "kept", item.schema)
    return _DOMAIN + "".join(f"{word}\0" for word in words).encode(errors="surrogatepass") + item.payload
