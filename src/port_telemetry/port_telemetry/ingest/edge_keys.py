"""Whose safety messages the facility believes: a folder with NAME.pub for each edge that must sign.

Of an edge without a file there nothing can be said: what it sends is stored, and counted as unproven.
"""

import re
from enum import Enum
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from port_telemetry.core.parcel import Item
from port_telemetry.core.record import Key
from port_telemetry.core.signature import holds, is_safety
from port_telemetry.files import KeyFileError, verifying_key
from port_telemetry.ingest.delivery import BadDelivery, Live, Numbered, base_of
from port_telemetry.mqtt.target import LEVEL


class NotGenuine(BadDelivery):
    """A safety message of which nobody can say that the edge signed it; `key` is the sequence it says it continues."""

    def __init__(self, key: Key, seq: int, why: str) -> None:
        super().__init__(f"{key.topic}, start {key.epoch}, number {seq}: {why}")
        self.key, self.seq = key, seq


class Proof(Enum):
    """What is known of a delivery. OPEN: it needs no signature. UNPROVEN: nobody gave us the edge's key."""

    OPEN = "open"
    GENUINE = "genuine"
    UNPROVEN = "unproven"


class EdgeKeys:
    """The keys in `folder`, read when they are needed: an edge may make its key later, or get another.

    folder: None if the facility has no keys.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known: dict[str, tuple[int, Ed25519PublicKey]] = {}

    def check(self, delivery: Numbered | Live) -> Proof:
        """Whether `delivery` may be stored. Raises NotGenuine."""
        key, item = _claim(delivery)
        if not is_safety(key.topic):
            return Proof.OPEN
        edge = base_of(key.topic).rpartition("/")[2]
        try:
            public = self._key(edge)
        except (OSError, KeyFileError) as error:
            raise NotGenuine(key, item.seq, f"{edge}: {error}") from error
        if public is None:
            return Proof.UNPROVEN
        if not holds(key, item, isinstance(delivery, Live), item.signature, public):
            why = "is not signed by" if item.signature else "has no signature of"
            raise NotGenuine(key, item.seq, f"{why} {edge}; if its key is new, give the facility its .pub file")
        return Proof.GENUINE

    def _key(self, edge: str) -> Ed25519PublicKey | None:
        """The key of `edge` as its file has it now, None if there is none. Raises OSError, KeyFileError."""
        if self._folder is None or not re.match(LEVEL, edge):
            return None
        file = self._folder / f"{edge}.pub"
        try:
            changed_ns = file.stat().st_mtime_ns
            if self._known.get(edge, (0, None))[0] != changed_ns:
                self._known[edge] = changed_ns, verifying_key(file)
        except FileNotFoundError:
            return None
        return self._known[edge][1]


def _claim(delivery: Numbered | Live) -> tuple[Key, Item]:
    if isinstance(delivery, Numbered):
        return delivery.key, delivery.items[0]
    d = delivery
    # A state without a number is nobody's: 1 is the first there is, and its signature will not hold.
    item = Item(max(d.seq, 1), 1, d.stamp_ns, d.schema, d.payload, d.signature)
    return Key(d.topic, d.epoch), item
