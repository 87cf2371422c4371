"""The records of an MCAP file, past what is damaged in it: what does not hold is left out, the next chunk is searched.

No length that the file tells is believed further than the file is long. Source: the MCAP specification
(mcap.dev/spec).
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO, Any

from mcap.data_stream import ReadDataStream
from mcap.exceptions import EndOfFile, McapError
from mcap.opcode import Opcode
from mcap.records import Channel, Chunk, DataEnd, Footer, Header, Message, Metadata, Schema, Statistics
from mcap.stream_reader import CRCValidationError, StreamReader, breakup_chunk
from zstandard import ZstdError

#: What reading a damaged record can raise, depending on where it is damaged.
BROKEN = (
    EndOfFile, McapError, CRCValidationError, ZstdError, struct.error, ValueError, KeyError, OverflowError, MemoryError,
)  # fmt: skip

MAGIC = b"\x89MCAP0\r\n"
_HEAD = struct.Struct("<BQ")
#: A footer and the magic behind it: opcode, length, start of the summary, of its offsets, the summary's CRC, magic.
_TAIL = struct.Struct("<BQQQI8s")
_FOOTER_BYTES = 20
#: Start, end, size and CRC of what a chunk holds; its compression follows, as a text with its length.
_CHUNK_FIGURES = 8 + 8 + 8 + 4
_COMPRESSIONS = (b"\x04\x00\x00\x00zstd", b"\x03\x00\x00\x00lz4")
_BLOCK = 1 << 20
#: More than any index has: a damaged footer must not make the whole file be read at once.
_INDEX_BYTES = 1 << 28
#: Records that hold no message and say nothing that the index does not say.
_PASSED_OVER = (Opcode.CHUNK_INDEX, Opcode.ATTACHMENT, Opcode.ATTACHMENT_INDEX, Opcode.METADATA_INDEX,
                Opcode.SUMMARY_OFFSET)  # fmt: skip
_PRIVATE = 0x80
_READERS: dict[int, Callable[[ReadDataStream], Any]] = {
    Opcode.HEADER: Header.read, Opcode.FOOTER: Footer.read, Opcode.SCHEMA: Schema.read, Opcode.CHANNEL: Channel.read,
    Opcode.CHUNK: Chunk.read, Opcode.STATISTICS: Statistics.read, Opcode.METADATA: Metadata.read,
    Opcode.DATA_END: DataEnd.read,
}  # fmt: skip


class Damage:
    """Stands among the records where one does not hold."""


@dataclass
class Index:
    """What the end of a file that was closed says of it. sound: false if that itself is damaged, then it is empty."""

    sound: bool = True
    schemas: list[Schema] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    statistics: Statistics | None = None


class SoundRecords:
    """Iterates over `file`, `size` bytes long: records, and a Damage for each place that does not hold.

    index: None where the file has no end: its writer was killed. place: how far it was read. Raises OSError where the
    disk cannot be read.
    """

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._size = size
        self.place = 0
        self.index = self._read_index()

    def __iter__(self) -> Iterator[Any]:
        self.place = len(MAGIC)
        if self._at(0, self.place) != MAGIC:
            yield Damage()
            self.place = self._next_chunk(0)
        while self.place < self._size:
            try:
                opcode, length = _HEAD.unpack(self._at(self.place, _HEAD.size))
                records = self._records(opcode, self.place + _HEAD.size, length)
            except BROKEN:
                yield Damage()
                self.place = self._next_chunk(self.place + 1)
                continue
            yield from records
            if opcode in (Opcode.DATA_END, Opcode.FOOTER):
                return
            self.place += _HEAD.size + length

    def _records(self, opcode: int, place: int, length: int) -> list[Any]:
        """What the record at `place` holds. Raises one of BROKEN."""
        if place + length > self._size:
            raise EndOfFile
        if opcode >= _PRIVATE or opcode in _PASSED_OVER:
            return []
        if opcode == Opcode.MESSAGE_INDEX:
            _, indexed = struct.unpack("<HI", self._at(place, 6))
            return [] if length == 6 + indexed else _not_so(length)
        body = self._at(place, length)
        if opcode == Opcode.MESSAGE:
            return [Message.read(ReadDataStream(BytesIO(body)), length)]
        stream = ReadDataStream(BytesIO(body))
        record = _READERS[opcode](stream)
        if stream.count != length:
            _not_so(length)
        return breakup_chunk(record, validate_crc=True) if isinstance(record, Chunk) else [record]

    def _next_chunk(self, place: int) -> int:
        """Where the next chunk begins at `place` or behind it; the end of the file if none does."""
        before = _HEAD.size + _CHUNK_FIGURES
        while place < self._size:
            block = self._at(place, _BLOCK + before + 8)
            found = [at for name in _COMPRESSIONS for at in _places(block, name, before)]
            for start in sorted(at - before for at in found):
                if self._is_chunk(place + start):
                    return place + start
            place += _BLOCK
        return self._size

    def _is_chunk(self, place: int) -> bool:
        try:
            opcode, length = _HEAD.unpack(self._at(place, _HEAD.size))
            fits = opcode == Opcode.CHUNK and place + _HEAD.size + length <= self._size
            return bool(fits and length == _chunk_length(self._at(place + _HEAD.size, _CHUNK_FIGURES + 16)))
        except struct.error:
            return False

    def _read_index(self) -> Index | None:
        if self._size < _TAIL.size:
            return None
        start = self._size - _TAIL.size
        tail = self._at(start, _TAIL.size)
        opcode, length, summary, _, crc, magic = _TAIL.unpack(tail)
        if (opcode, length, magic) != (Opcode.FOOTER, _FOOTER_BYTES, MAGIC):
            return None
        if summary == 0:  # a writer may leave it out
            return Index()
        if not start - _INDEX_BYTES <= summary <= start:
            return Index(sound=False)
        data = self._at(summary, start - summary)
        footer = tail[: _HEAD.size + 16]  # up to the CRC
        return Index(sound=False) if crc and zlib.crc32(data + footer) != crc else _index(data)

    def _at(self, place: int, length: int) -> bytes:
        self._file.seek(place)
        return self._file.read(min(length, max(0, self._size - place)))


def _not_so(length: int) -> list[Any]:
    raise ValueError(f"a record of {length} bytes is not so long by what it holds")


def _chunk_length(head: bytes) -> int:
    """The length of a chunk record by the lengths of its parts. Raises struct.error."""
    (name,) = struct.unpack_from("<I", head, _CHUNK_FIGURES)
    (data,) = struct.unpack_from("<Q", head, _CHUNK_FIGURES + 4 + min(name, len(head)))
    return int(_CHUNK_FIGURES + 4 + name + 8 + data)


def _places(block: bytes, text: bytes, first: int) -> Iterator[int]:
    at = block.find(text, first)
    while at >= 0:
        yield at
        at = block.find(text, at + 1)


def _index(data: bytes) -> Index:
    index, stream = Index(), StreamReader(BytesIO(data), skip_magic=True)
    try:
        for record in stream.records:
            if isinstance(record, Schema):
                index.schemas.append(record)
            elif isinstance(record, Channel):
                index.channels.append(record)
            elif isinstance(record, Statistics):
                index.statistics = record
    except EndOfFile:
        return index
    except BROKEN:
        pass
    return Index(sound=False)
