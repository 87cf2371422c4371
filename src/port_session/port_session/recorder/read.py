"""Reads a recording back to typed messages, one whose writer was killed and a damaged one, too: all that is sound.

It reads front to back. A message keeps the field names of its .msg; NaN stays NaN.
"""

import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from mcap.records import Channel, Message, Metadata, Schema
from mcap_ros2.decoder import DecoderFactory

from port_session.recorder.clock import Clock
from port_session.recorder.sound_records import BROKEN, Damage, Index, SoundRecords

_NUMBERED = re.compile(r"(.*)_(\d+)")


def recordings(folder: Path) -> list[Path]:
    """The MCAP files in `folder` in the order in which a recorder that was started again wrote them."""

    def order(path: Path) -> tuple[str, int]:
        numbered = _NUMBERED.fullmatch(path.stem)
        return (numbered[1], int(numbered[2])) if numbered else (path.stem, 0)

    return sorted(folder.glob("*.mcap"), key=order)


@dataclass(frozen=True)
class Recorded:
    """One message as it was recorded. log_ns: arrival, system clock."""

    topic: str
    type_name: str
    log_ns: int
    message: Any


@dataclass
class Hole:
    """What is missing between two messages: their arrivals; None where there is none before, or behind."""

    after_ns: int | None
    before_ns: int | None = None


@dataclass
class Recording:
    """An MCAP file. What it is worth and `metadata` are known after the messages were read to the end.

    clock: takes the arrival of every message; several files of one session may share it. holes: where it is damaged.
    unreadable: why nothing of it could be read, empty if something was. index: None if its writer was killed.
    """

    path: Path
    clock: Clock = field(default_factory=Clock)
    metadata: dict[str, dict[str, str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    holes: list[Hole] = field(default_factory=list)
    unreadable: str = ""
    index: Index | None = None
    first_ns: int | None = None
    last_ns: int | None = None
    _torn: bool = False

    @property
    def complete(self) -> bool:
        """Whether everything that was recorded is there."""
        return self.index is not None and not self.damaged and not self.unreadable

    @property
    def damaged(self) -> bool:
        """Whether something behind its beginning does not hold, though it goes on behind that or has its end."""
        behind = self.index is not None and (self._torn or not self.index.sound)
        return behind or bool(self.missing) or any(hole.before_ns is not None for hole in self.holes)

    @property
    def recorded(self) -> int | None:
        """How many messages were recorded, by the file's own end; None if that does not say."""
        statistics = self.index.statistics if self.index else None
        return statistics.message_count if statistics else None

    @property
    def missing(self) -> int | None:
        """How many of them could not be read."""
        return None if self.recorded is None else self.recorded - sum(self.counts.values())

    def messages(self, wanted: Callable[[str, str], bool] | None = None) -> Iterator[Recorded]:
        """Every message in the order of the file; with `wanted`, those of which it says yes to (topic, type name).

        All are counted; what is not wanted costs no decoding.
        """
        self.metadata, self.counts, self.types, self.holes = {}, {}, {}, []
        self.unreadable, self.index, self.first_ns, self.last_ns, self._torn = "", None, None, None, False
        self.clock.expect_pause()
        try:
            # A pipe would never end, a device has no size: only a file holds a recording.
            if not stat.S_ISREG((status := self.path.stat()).st_mode):
                self.unreadable = "is no file"
                return
            with self.path.open("rb") as file:
                records = SoundRecords(file, status.st_size)
                self.index = records.index
                yield from self._messages(records, wanted)
        except OSError as error:
            self.unreadable = f"cannot be read: {error.strerror or error}"

    def _messages(self, records: SoundRecords, wanted: Callable[[str, str], bool] | None) -> Iterator[Recorded]:
        decoders = _Decoders()
        # A channel is told once: if that chunk does not hold, the end of the file tells of it.
        known = [*self.index.schemas, *self.index.channels] if self.index else []
        for record in chain(known, records):
            try:
                if isinstance(record, Message):
                    channel = decoders.channels[record.channel_id]
                    chosen = wanted is None or wanted(channel.topic, self.types[channel.topic])
                    one = decoders.decode(channel, record) if chosen else None
                    self._arrived(channel.topic, record.log_time)
                    if one:
                        yield one
                else:
                    self._note(record, decoders)
            except BROKEN:
                self._miss()

    def _arrived(self, topic: str, log_ns: int) -> None:
        self.clock.arrived(log_ns)
        self.counts[topic] = self.counts.get(topic, 0) + 1
        self.first_ns = log_ns if self.first_ns is None else self.first_ns
        self.last_ns = log_ns
        if self._torn:
            self._torn = False
            self.holes[-1].before_ns = log_ns

    def _miss(self) -> None:
        """Something does not hold: until the next message arrives, nobody knows what is missing."""
        if not self._torn:
            self._torn = True
            self.holes.append(Hole(self.last_ns))
            self.clock.expect_pause()

    def _note(self, record: object, decoders: "_Decoders") -> None:
        if isinstance(record, Damage):
            self._miss()
        elif isinstance(record, Schema):
            decoders.schemas[record.id] = record
        elif isinstance(record, Channel):
            decoders.channels[record.id] = record
            self.counts.setdefault(record.topic, 0)
            self.types[record.topic] = decoders.schemas[record.schema_id].name
        elif isinstance(record, Metadata):
            self.metadata[record.name] = record.metadata


class _Decoders:
    """Schemas and channels seen so far, and a decoder for each schema."""

    def __init__(self) -> None:
        self.schemas: dict[int, Schema] = {}
        self.channels: dict[int, Channel] = {}
        self._factory = DecoderFactory()

    def decode(self, channel: Channel, record: Message) -> Recorded:
        schema = self.schemas[channel.schema_id]
        decoder: Callable[[bytes], Any] | None = self._factory.decoder_for(channel.message_encoding, schema)
        if decoder is None:
            raise ValueError(f"{channel.topic}: {schema.encoding}/{channel.message_encoding} cannot be decoded")
        return Recorded(channel.topic, schema.name, record.log_time, decoder(record.data))
