"""Reads a recording back to typed messages, one whose writer was killed too: up to its last whole chunk.

It reads front to back and needs no index. A message keeps the field names of its .msg; NaN stays NaN. What a file says
of lengths is believed no further than the file is long.
"""

import os
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from mcap.exceptions import EndOfFile, McapError
from mcap.records import Channel, Footer, Message, Metadata, Schema
from mcap.stream_reader import CRCValidationError, StreamReader
from mcap_ros2.decoder import DecoderFactory
from zstandard import ZstdError

from port_session.recorder.clock import Clock

#: What reading half a record can raise, depending on where it was cut.
_CUT = (
    EndOfFile, McapError, CRCValidationError, ZstdError, struct.error, ValueError, KeyError, OverflowError, MemoryError,
)  # fmt: skip

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
class Recording:
    """An MCAP file. `complete` and `metadata` are known after the messages were read to the end.

    clock: takes the arrival of every message; several files of one session may share it.
    """

    path: Path
    clock: Clock = field(default_factory=Clock)
    complete: bool = False
    metadata: dict[str, dict[str, str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)

    def messages(self, wanted: Callable[[str, str], bool] | None = None) -> Iterator[Recorded]:
        """Every message in the order of the file; with `wanted`, those of which it says yes to (topic, type name).

        All are counted; what is not wanted costs no decoding.
        """
        self.complete, self.metadata, self.counts, self.types = False, {}, {}, {}
        self.clock.begin_file()
        decoders = _Decoders()
        try:
            with self.path.open("rb") as file:
                for record in StreamReader(cast(IO[bytes], _Bounded(file)), validate_crcs=True).records:
                    if isinstance(record, Message):
                        channel = decoders.channels[record.channel_id]
                        self.clock.arrived(record.log_time)
                        self.counts[channel.topic] = self.counts.get(channel.topic, 0) + 1
                        if wanted is None or wanted(channel.topic, decoders.schemas[channel.schema_id].name):
                            yield decoders.decode(channel, record)
                    else:
                        self._note(record, decoders)
        except _CUT:
            self.complete = False

    def _note(self, record: object, decoders: "_Decoders") -> None:
        if isinstance(record, Schema):
            decoders.schemas[record.id] = record
        elif isinstance(record, Channel):
            decoders.channels[record.id] = record
            self.counts.setdefault(record.topic, 0)
            self.types[record.topic] = decoders.schemas[record.schema_id].name
        elif isinstance(record, Metadata):
            self.metadata[record.name] = record.metadata
        elif isinstance(record, Footer):
            self.complete = True


class _Bounded:
    """A file of which never more is asked than it holds: a damaged length must not become so much memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._left = os.fstat(file.fileno()).st_size

    def read(self, length: int) -> bytes:
        data = self._file.read(min(length, self._left))
        self._left -= len(data)
        return data


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
