"""A record: one message on its way to the facility, and the counter that numbers them.

Knows no transport and no clock: what makes a record hands in its bytes and its stamp.
"""

from collections import defaultdict
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple

import orjson

from port_telemetry.core.continuity import Position

#: The schema of a record that stands for others which are lost.
GAP_SCHEMA = "json/gap/1"
#: The schema of a record that says what a message type looks like; the broker keeps it for latecomers.
DEFINITION_SCHEMA = "json/message_definition/1"

#: What begins the schema of an image, and the ROS types that are one.
_IMAGES = ("jpeg/", "png/")
_IMAGE_TYPES = ("/sensor_msgs.msg.CompressedImage/", "/sensor_msgs.msg.Image/")


class Stream(StrEnum):
    """How a record is treated on its way."""

    #: The newest alone matters: retained, expiring, never replayed late.
    LIVE = "live"
    #: Each one counts and may wait.
    RECORDED = "recorded"
    #: Each one counts and goes first.
    EVENT = "event"


class Lane(IntEnum):
    """What goes first, from the first on; what is given up last, if it must be. Nothing of SAFETY ever is."""

    SAFETY = 0
    SESSION = 1
    MEASUREMENT = 2
    STILL = 3


class Key(NamedTuple):
    """One numbered sequence: the records of a topic within one start of the edge."""

    topic: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Record:
    """One message for the facility.

    topic: below the session, e.g. "safety/state". schema: what the payload is, "<kind>/<name>/<version>".
    stamp_ns: system clock, of the data. (epoch, topic, seq) names the record once and for all; seq starts at 1.
    span: how many numbers it stands for, `seq` being the last; more than 1 only where it says that records are lost.
    worth: its lane where the schema does not tell it any more, because the record is sealed. position: how far its
    source has counted with it; stays on the edge, for the next start.
    """

    topic: str
    stream: Stream
    payload: bytes
    schema: str
    stamp_ns: int
    epoch: int
    seq: int
    span: int = 1
    worth: Lane | None = None
    position: Position | None = None

    def __post_init__(self) -> None:
        if not self.topic or "+" in self.topic or "#" in self.topic or "\0" in self.topic:
            raise ValueError(f"topic: {self.topic!r} is empty or has a wildcard")
        if self.seq < 1 or self.epoch < 0:
            raise ValueError(f"seq {self.seq} starts at 1 and epoch {self.epoch} at 0")
        if not 1 <= self.span <= self.seq:
            raise ValueError(f"span: {self.span} is not between 1 and seq {self.seq}")

    @property
    def content_type(self) -> str:
        """MIME type of the payload, as the schema's first word says it."""
        return "application/" + self.schema.split("/", 1)[0]

    @property
    def key(self) -> Key:
        """The sequence it belongs to."""
        return Key(self.topic, self.epoch)

    @property
    def first(self) -> int:
        """The first number it stands for."""
        return self.seq - self.span + 1

    @property
    def is_gap(self) -> bool:
        """Whether it stands for lost records."""
        return self.schema == GAP_SCHEMA

    @property
    def lane(self) -> Lane:
        """How much it is worth, told from topic, stream and schema."""
        if self.worth is not None:
            return self.worth
        if self.stream is Stream.EVENT:
            return Lane.SAFETY if "safety/" in self.topic else Lane.SESSION
        still = self.schema.startswith(_IMAGES) or any(kind in self.schema for kind in _IMAGE_TYPES)
        return Lane.STILL if still else Lane.MEASUREMENT


def gap(key: Key, stream: Stream, first: int, last: int, stamp_ns: int, reason: str) -> Record:
    """The record that says: numbers `first` to `last` of `key` are lost, and why."""
    payload = orjson.dumps({"first": first, "last": last, "reason": reason})
    return Record(key.topic, stream, payload, GAP_SCHEMA, stamp_ns, key.epoch, last, last - first + 1)


class Numbering:
    """Numbers the records of each topic 1, 2, 3 … within one epoch."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch
        self._last: defaultdict[str, int] = defaultdict(int)

    def record(
        self, topic: str, stream: Stream, payload: bytes, schema: str, stamp_ns: int, position: Position | None = None
    ) -> Record:
        """The next record of `topic`."""
        self._last[topic] += 1
        return Record(topic, stream, payload, schema, stamp_ns, self.epoch, self._last[topic], position=position)

    def gap(self, topic: str, stream: Stream, count: int, stamp_ns: int, reason: str) -> Record:
        """The record that stands for the next `count` of `topic`, which will not come."""
        first = self._last[topic] + 1
        self._last[topic] += count
        return gap(Key(topic, self.epoch), stream, first, self._last[topic], stamp_ns, reason)
