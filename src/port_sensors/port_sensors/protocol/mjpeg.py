"""MJPEG over HTTP: the multipart/x-mixed-replace body as JPEG parts.

Pure: bytes in, parts out, any chunking gives the same parts. It opens no connection, decodes no picture and keeps no
clock; what a part's headers mean (stamp, sequence) is read here, because they belong to this wire. Cameras write bare
line feeds, dashes of their own, padding behind a picture, or leave its end marker out: a picture is what begins as a
JPEG and was sent whole by the part's own account.
"""

import re
from dataclasses import dataclass
from email.message import Message

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_JPEG_START = b"\xff\xd8"
_JPEG_END = b"\xff\xd9"
_HEAD_LIMIT_BYTES = 4096
_NS = 1_000_000_000


@dataclass(frozen=True)
class Part:
    """One picture as it came.

    jpeg: the JPEG file. stamp_ns: capture time by the camera's clock in ns since the epoch, from `X-Timestamp`, or
    None. sequence: the camera's own frame number, from `X-Frame`, or None.
    """

    jpeg: bytes
    stamp_ns: int | None
    sequence: int | None


def boundary_of(content_type: str) -> bytes | None:
    """The boundary named by an HTTP Content-Type (RFC 2046), without its dashes; None if it is no multipart stream."""
    message = Message()
    message["Content-Type"] = content_type
    if message.get_content_maintype() != "multipart":
        return None
    # Many cameras write the two dashes into the header too; the delimiter on the wire has them once, or twice.
    name = (message.get_boundary() or "").strip().removeprefix("--")
    return name.encode("latin-1", "replace") or None


class MjpegParser:
    """Incremental parser; `rejected_bytes` counts what belonged to no whole picture.

    Content-Length is believed if a JPEG or the part ends exactly there and no boundary comes before; else the next
    boundary ends the part. A part that ends too early by its own length is torn, unless a JPEG ends there. The buffer
    never holds more than `limit_bytes`.
    """

    def __init__(self, boundary: bytes, limit_bytes: int = 8_000_000) -> None:
        if not boundary:
            raise ValueError("boundary: empty")
        self._delimiter = b"--" + boundary
        self._limit_bytes = limit_bytes
        self._buffer = bytearray()
        self._searched = 0
        self.rejected_bytes = 0

    def feed(self, data: bytes) -> list[Part]:
        """Take the next bytes; return the parts they complete."""
        parts, rest = [], memoryview(data)
        while rest:
            # Never past the bound, so that what is given up does not depend on how the bytes were cut.
            room = self._limit_bytes - len(self._buffer)
            self._buffer += rest[:room]
            rest = rest[room:]
            while (part := self._next()) is not None:
                parts += [part] if part.jpeg else []
            if len(self._buffer) >= self._limit_bytes:
                self._skip()
        return parts

    def _next(self) -> Part | None:
        """The next part, an empty part where a broken one was skipped, or None while bytes are missing."""
        if not self._align():
            return None
        head = _HEAD_END.search(self._buffer, len(self._delimiter), _HEAD_LIMIT_BYTES)
        if head is None:
            return self._skip() if len(self._buffer) >= _HEAD_LIMIT_BYTES else None
        head_end, start = head.span()
        if (torn := self._buffer.rfind(self._delimiter, 1, head_end)) > 0:
            self._reject(torn)
            return Part(b"", None, None)
        fields = _fields(bytes(self._buffer[len(self._delimiter) : head_end]))
        length = self._length(fields)
        if (end := self._end(start, length)) is None:
            return None
        # A line end, and dashes that are not in the boundary's name, stand between a part and the next delimiter.
        jpeg = bytes(self._buffer[start:end]).rstrip(b"-").rstrip(b"\r\n")
        torn_off = length is not None and end < start + length and not jpeg.endswith(_JPEG_END)
        if not jpeg.startswith(_JPEG_START) or torn_off:
            return self._skip()
        self._drop(end)
        return Part(jpeg, _stamp_ns(fields.get(b"x-timestamp")), _natural(fields.get(b"x-frame")))

    def _align(self) -> bool:
        """Bring the delimiter to the front of the buffer; false while there is none."""
        at = self._buffer.find(self._delimiter)
        if at < 0:
            self._reject(max(0, len(self._buffer) - len(self._delimiter) + 1))
            return False
        if at:
            self._reject(at)
        return True

    def _length(self, fields: dict[bytes, bytes]) -> int | None:
        length = _natural(fields.get(b"content-length"))
        return None if length is None or length > self._limit_bytes else length

    def _end(self, start: int, length: int | None) -> int | None:
        """Where the part that begins at `start` ends, or None while that cannot be known."""
        delimiter_at = self._delimiter_after(start)
        if length is None:
            return delimiter_at
        end = start + length
        if delimiter_at is not None and delimiter_at < end:
            return delimiter_at
        if len(self._buffer) < end:
            return None
        return end if self._buffer[end - 2 : end] == _JPEG_END else delimiter_at

    def _delimiter_after(self, start: int) -> int | None:
        """Where the next delimiter begins; every byte is looked at once."""
        at = self._buffer.find(self._delimiter, max(start, self._searched))
        if at >= 0:
            return at
        self._searched = max(start, len(self._buffer) - len(self._delimiter) + 1)
        return None

    def _skip(self) -> Part:
        """Give up the delimiter at the front, so that the search goes on behind it."""
        self._reject(len(self._delimiter))
        return Part(b"", None, None)

    def _reject(self, count: int) -> None:
        """Throw bytes away; line ends and dashes between two parts are no loss."""
        self.rejected_bytes += len(self._buffer[:count].translate(None, b"\r\n-"))
        self._drop(count)

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self._searched = 0


def _fields(head: bytes) -> dict[bytes, bytes]:
    """The header lines, names in lower case."""
    pairs = (line.partition(b":") for line in head.splitlines())
    return {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}


def _natural(text: bytes | None) -> int | None:
    return int(text) if text is not None and text.isdigit() and len(text) < 19 else None


def _stamp_ns(text: bytes | None) -> int | None:
    """Seconds with decimals as exact nanoseconds: a float would lose some hundred of them."""
    seconds, _, decimals = (text or b"").partition(b".")
    whole, part = _natural(seconds), _natural(decimals[:9].ljust(9, b"0"))
    return None if whole is None or part is None else whole * _NS + part
