"""A record: one message on its way to the facility, and the counter that numbers them.

Knows no transport and no clock: what makes a record hands in its bytes and its stamp.
"""

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum


class Stream(StrEnum):
    """How a record is treated on its way."""

    #: The newest alone matters: retained, expiring, never replayed late.
    LIVE = "live"
    #: Each one counts and may wait.
    RECORDED = "recorded"
    #: Each one counts and goes first.
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Record:
    """One message for the facility.

    topic: below the session, e.g. "safety/state". schema: what the payload is, "<kind>/<name>/<version>".
    stamp_ns: system clock, of the data. (epoch, topic, seq) names the record once and for all; seq starts at 1.
    """

    topic: str
    stream: Stream
    payload: bytes
    schema: str
    stamp_ns: int
    epoch: int
    seq: int

    def __post_init__(self) -> None:
        if not self.topic or set(self.topic) & {"+", "#", "\0"}:
            raise ValueError(f"topic: {self.topic!r} is empty or has a wildcard")
        if self.seq < 1 or self.epoch < 0:
            raise ValueError(f"seq {self.seq} starts at 1 and epoch {self.epoch} at 0")

    @property
    def content_type(self) -> str:
        """MIME type of the payload, as the schema's first word says it."""
        return "application/" + self.schema.split("/", 1)[0]


class Numbering:
    """Numbers the records of each topic 1, 2, 3 … within one epoch."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch
        self._last: defaultdict[str, int] = defaultdict(int)

    def record(self, topic: str, stream: Stream, payload: bytes, schema: str, stamp_ns: int) -> Record:
        """The next record of `topic`."""
        self._last[topic] += 1
        return Record(topic, stream, payload, schema, stamp_ns, self.epoch, self._last[topic])
