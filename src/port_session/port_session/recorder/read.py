"""Reads a recording back to typed messages, one whose writer was killed and a damaged one, too: all that is sound.

It reads front to back. A message keeps the field names of its .msg; NaN stays NaN.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from mcap.records import Channel, Message, Metadata, Schema
from mcap_ros2.decoder import DecoderFactory

from port_session.recorder.age_format import Header
from port_session.recorder.age_reader import Extent, Watch, nobody
from port_session.recorder.clock import Clock
from port_session.recorder.mcap_file import SEALED_SUFFIX, SUFFIX, stem
from port_session.recorder.opening import CannotOpen, Locked, opened
from port_session.recorder.sound_records import BROKEN, Damage, Index, SoundRecords

T = TypeVar("T")
#: What a recording is called that was made out of a cut or damaged one, which lies beside it.
RECOVERED = "_recovered"
_NUMBERED = re.compile(r"(.*)_(\d+)")
#: So often somebody who watches is told.
_WATCHED = 1000


def recordings(folder: Path) -> list[Path]:
    """The recordings in `folder` in the order in which a recorder that was started again wrote them.

    None twice: beside a sealed one its opened copy is read, and a recovered one is left out beside what it is made of.
    """
    everything = {path.name: path for suffix in (SUFFIX, SEALED_SUFFIX) for path in folder.glob(f"*{suffix}")}
    return sorted((path for path in everything.values() if not _sources(path) & everything.keys()), key=_order)


def _order(path: Path) -> tuple[str, int]:
    """The name under which a recorder wrote it, and the number behind that."""
    numbered = _NUMBERED.fullmatch(stem(path))
    return (numbered[1], int(numbered[2])) if numbered else (stem(path), 0)


def _sources(path: Path) -> set[str]:
    """The names of files that hold what this one holds, and are read in its place."""
    if path.name.endswith(SEALED_SUFFIX):
        return {stem(path) + SUFFIX}
    if not stem(path).endswith(RECOVERED):
        return set()
    return {stem(path).removesuffix(RECOVERED) + suffix for suffix in (SUFFIX, SEALED_SUFFIX)}


@dataclass(frozen=True)
class Recorded:
    """One message as it was recorded. log_ns: arrival, system clock."""

    topic: str
    type_name: str
    log_ns: int
    message: Any


@dataclass(frozen=True)
class Raw:
    """One message as it lies in the file, with what is needed to write it into another."""

    schema: Schema
    channel: Channel
    message: Message


@dataclass
class Hole:
    """What is missing between two messages: their arrivals; None where there is none before, or behind."""

    after_ns: int | None
    before_ns: int | None = None


@dataclass
class Recording:
    """An MCAP file, open or sealed. What it is worth and `metadata` are known after it was read to the end.

    clock: takes the arrival of every message; several files of one session may share it. keys: what opens a sealed one.
    watch: hears how far it was read. holes: where it is damaged.
    unreadable: why nothing of it could be read, empty if something was. index: None if its writer was killed.
    locked: why none of the keys opens it, empty if one does or it lies open. header, extent: of a sealed one.
    """

    path: Path
    clock: Clock = field(default_factory=Clock)
    keys: Sequence[X25519PrivateKey] = ()
    watch: Watch = nobody
    metadata: dict[str, dict[str, str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    holes: list[Hole] = field(default_factory=list)
    unreadable: str = ""
    locked: str = ""
    header: Header | None = None
    extent: Extent | None = None
    index: Index | None = None
    first_ns: int | None = None
    last_ns: int | None = None
    _torn: bool = False

    @property
    def complete(self) -> bool:
        """Whether everything that was recorded is there."""
        ends = self.index is not None and (self.extent is None or self.extent.whole)
        return ends and not self.damaged and not self.unreadable

    @property
    def damaged(self) -> bool:
        """Whether something behind its beginning does not hold, though it goes on behind that or has its end."""
        behind = self.index is not None and (self._torn or not self.index.sound)
        behind = behind or bool(self.extent and self.extent.damaged)
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
        return self._read(wanted, lambda decoders, channel, record: decoders.decode(channel, record))

    def raw(self) -> Iterator[Raw]:
        """Every message as it lies there, in the order of the file."""
        return self._read(None, lambda decoders, channel, record: decoders.raw(channel, record))

    def _read(
        self, wanted: Callable[[str, str], bool] | None, made: "Callable[[_Decoders, Channel, Message], T]"
    ) -> Iterator[T]:
        self.metadata, self.counts, self.types, self.holes = {}, {}, {}, []
        self.unreadable, self.locked, self.header, self.extent = "", "", None, None
        self.index, self.first_ns, self.last_ns, self._torn = None, None, None, False
        self.clock.expect_pause()
        try:
            with opened(self.path, self.keys, self.watch) as source:
                self.header, self.extent = source.header, source.extent
                records = SoundRecords(source.file, source.size_bytes)
                self.index = records.index
                yield from self._messages(self._watched(records, source.size_bytes), wanted, made)
        except Locked as error:
            self.header, self.locked = error.header, str(error)
        except CannotOpen as error:
            self.unreadable = str(error)
        except OSError as error:
            self.unreadable = f"cannot be read: {error.strerror or error}"

    def _watched(self, records: SoundRecords, size_bytes: int) -> Iterator[Any]:
        for number, record in enumerate(records):
            if number % _WATCHED == 0:
                self.watch(records.place, size_bytes)
            yield record

    def _messages(
        self, records: Iterator[Any], wanted: Callable[[str, str], bool] | None,
        made: "Callable[[_Decoders, Channel, Message], T]",
    ) -> Iterator[T]:  # fmt: skip
        decoders = _Decoders()
        # A channel is told once: if that chunk does not hold, the end of the file tells of it.
        known = [*self.index.schemas, *self.index.channels] if self.index else []
        for record in chain(known, records):
            try:
                if isinstance(record, Message):
                    channel = decoders.channels[record.channel_id]
                    chosen = wanted is None or wanted(channel.topic, self.types[channel.topic])
                    one = made(decoders, channel, record) if chosen else None
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


def in_time(paths: Sequence[Path], clock: Clock, keys: Sequence[X25519PrivateKey] = ()) -> list[Recording]:
    """The recordings at `paths`, in their order. clock: of those that were written one after another under the first
    name; what was written beside them has the same times, and would tell again where the clock was set."""
    first = _order(paths[0])[0] if paths else ""
    return [Recording(path, clock if _order(path)[0] == first else Clock(), keys) for path in paths]


class _Decoders:
    """Schemas and channels seen so far, and a decoder for each schema."""

    def __init__(self) -> None:
        self.schemas: dict[int, Schema] = {}
        self.channels: dict[int, Channel] = {}
        self._factory = DecoderFactory()

    def raw(self, channel: Channel, record: Message) -> Raw:
        return Raw(self.schemas[channel.schema_id], channel, record)

    def decode(self, channel: Channel, record: Message) -> Recorded:
        schema = self.schemas[channel.schema_id]
        decoder: Callable[[bytes], Any] | None = self._factory.decoder_for(channel.message_encoding, schema)
        if decoder is None:
            raise ValueError(f"{channel.topic}: {schema.encoding}/{channel.message_encoding} cannot be decoded")
        return Recorded(channel.topic, schema.name, record.log_time, decoder(record.data))
