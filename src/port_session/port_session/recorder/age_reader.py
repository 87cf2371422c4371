"""Reads an age v1 file as the stream that was sealed: to be sought in, and only as far as it holds.

The whole file is looked through first. What is behind the first chunk that does not hold is not trusted, as with every
other tool that opens age files: all of them give the same bytes.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from port_session.recorder import age_format
from port_session.recorder.age_format import CHUNK_BYTES, SEALED_BYTES, TAG_BYTES, Header, NotAge

#: Hears how many bytes of how many were looked at.
Watch = Callable[[int, int], None]


def nobody(done_bytes: int, all_bytes: int) -> None:
    """Watches nothing."""


@dataclass(frozen=True)
class Extent:
    """How far a sealed file holds.

    plain_bytes: of the stream, all of it authentic. at_byte: of the file, up to where it holds. rest_bytes: behind
    that. whole: it has its authentic end, and nothing behind it. damaged: what is behind is no chunk that was cut.
    """

    plain_bytes: int
    at_byte: int
    rest_bytes: int = 0
    whole: bool = False
    damaged: bool = False


def read_header(file: BinaryIO) -> Header:
    """The header at the beginning of `file`. Raises NotAge, OSError."""
    file.seek(0)
    return age_format.parse(file.read(age_format.HEADER_BYTES_MAX))


class AgeReader(io.RawIOBase):
    """The stream in `file`, `size` bytes long, opened with one of `keys`. Raises NotAge, WrongKey, OSError.

    It does not close `file`. watch: hears how far the look through it has come.
    """

    def __init__(self, file: BinaryIO, size: int, keys: Sequence[X25519PrivateKey], watch: Watch = nobody) -> None:
        super().__init__()
        header = read_header(file)
        file_key = age_format.file_key_of(header, keys)
        file.seek(header.length)
        nonce = file.read(age_format.PAYLOAD_NONCE_BYTES)
        if len(nonce) < age_format.PAYLOAD_NONCE_BYTES:
            raise NotAge("ends within its header")
        self._file = file
        self._chunks = _Chunks(age_format.payload_cipher(file_key, nonce))
        self._begin = header.length + len(nonce)
        self._place = 0
        self._known: tuple[int, bytes] = (-1, b"")
        self.extent = self._look_through(size, watch)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self.extent.plain_bytes}[whence]
        if begin + offset < 0:
            raise ValueError(f"offset: expected a place in the file, got {begin + offset}")
        self._place = begin + offset
        return self._place

    def readinto(self, buffer: Any) -> int:
        """As many bytes as one chunk has there, at most; 0 at the end."""
        number, within = divmod(self._place, CHUNK_BYTES)
        if self._place >= self.extent.plain_bytes:
            return 0
        part = self._chunk(number)[within : within + len(buffer)]
        buffer[: len(part)] = part
        self._place += len(part)
        return len(part)

    def _chunk(self, number: int) -> bytes:
        """One that was found to hold. Raises OSError if it does not any more: the disk gave other bytes before."""
        if self._known[0] != number:
            self._file.seek(self._begin + number * SEALED_BYTES)
            text, _ = self._chunks.opened(number, self._file.read(SEALED_BYTES))
            if text is None:
                raise OSError(f"chunk {number} held a moment ago and does not any more: it was changed meanwhile")
            self._known = number, text
        return self._known[1]

    def _look_through(self, size: int, watch: Watch) -> Extent:
        self._file.seek(self._begin)
        place, plain, number = self._begin, 0, 0
        while sealed := self._file.read(min(SEALED_BYTES, size - place)):  # not what a recorder goes on writing
            text, last = self._chunks.opened(number, sealed)
            if text is None:
                return Extent(plain, place, size - place, damaged=len(sealed) == SEALED_BYTES)
            number, place, plain = number + 1, place + len(sealed), plain + len(text)
            if last:
                return Extent(plain, place, size - place, whole=place == size, damaged=place < size)
            watch(place, size)
        return Extent(plain, place)


class _Chunks:
    """Opens single chunks."""

    def __init__(self, cipher: ChaCha20Poly1305) -> None:
        self._cipher = cipher

    def opened(self, number: int, sealed: bytes) -> tuple[bytes | None, bool]:
        """The text of chunk `number`, and whether it is the last; None if it does not hold."""
        full = len(sealed) == SEALED_BYTES
        for last in (False, True) if full else (True,):
            text = self._text(number, sealed, last)
            if text is not None:
                # An empty last chunk is one that somebody put behind a file that had ended.
                return (None, False) if not text and number else (text, last)
        return None, False

    def _text(self, number: int, sealed: bytes, last: bool) -> bytes | None:
        if len(sealed) < TAG_BYTES:
            return None
        try:
            return self._cipher.decrypt(age_format.chunk_nonce(number, last), sealed, None)
        except InvalidTag:
            return None
