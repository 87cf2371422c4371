"""Plain CDR bytes (XCDR1, OMG DDS-XTypes 1.3, 7.4.3), read and written field by field. Knows no message.

Four bytes of encapsulation, of which the second says the byte order; then the fields, each aligned to its own size,
counted from behind the encapsulation.
"""

import struct

_HEAD = 4
_LITTLE = b"\x00\x01\x00\x00"


class CodecError(ValueError):
    """The bytes are no message of this type."""


def order_of(data: bytes, at_least: int) -> str:
    """The byte order as `struct` writes it. Raises CodecError for fewer than `at_least` bytes."""
    if len(data) < at_least:
        raise CodecError(f"{len(data)} bytes, at least {at_least} expected")
    return "<" if data[1] & 1 else ">"


class Reader:
    """Goes through the bytes of one message. Every method raises CodecError where they end too soon."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._order = order_of(data, _HEAD)
        self._at = _HEAD

    def stamp_ns(self) -> int:
        """builtin_interfaces/Time or Duration, ns."""
        sec, nanosec = self._take("iI", 4)
        return int(sec) * 1_000_000_000 + int(nanosec)

    def count(self) -> int:
        return int(self._take("I", 4)[0])

    def text(self) -> str:
        """A string; what is no UTF-8 is replaced."""
        length = self.count()
        raw = self._raw(length)
        return raw[:-1].decode("utf-8", "replace")

    def items(self, bytes_each: int) -> int:
        """The count of a list of which each item has at least so many bytes; no more than the message could hold."""
        return self._fitting(self.count(), bytes_each)

    def texts(self) -> tuple[str, ...]:
        return tuple(self.text() for _ in range(self.items(5)))

    def doubles(self) -> tuple[float, ...]:
        count = self.items(8)
        return self._take(f"{count}d", 8) if count else ()

    def numbers(self, count: int) -> tuple[float, ...]:
        """So many float64 in a row, of fields or of a fixed array."""
        return self._take(f"{count}d", 8)

    def _fitting(self, count: int, bytes_each: int) -> int:
        """A count that the message could hold, before anything is made for it."""
        if count * bytes_each > len(self._data) - self._at:
            raise CodecError(f"{count} items in a message of {len(self._data)} bytes")
        return count

    def _take(self, form: str, align: int) -> tuple[float, ...]:
        self._at += -(self._at - _HEAD) % align
        try:
            values = struct.unpack_from(self._order + form, self._data, self._at)
        except struct.error:
            raise CodecError(f"{len(self._data)} bytes end too soon") from None
        self._at += struct.calcsize(self._order + form)
        return values

    def _raw(self, length: int) -> bytes:
        self._fitting(length, 1)
        start, self._at = self._at, self._at + length
        return bytes(self._data[start : self._at])


class Writer:
    """Makes the bytes of one message, little-endian."""

    def __init__(self) -> None:
        self._body = bytearray()

    def stamp_ns(self, stamp_ns: int) -> None:
        self._put("iI", 4, stamp_ns // 1_000_000_000, stamp_ns % 1_000_000_000)

    def count(self, count: int) -> None:
        self._put("I", 4, count)

    def text(self, text: str) -> None:
        raw = text.encode() + b"\x00"
        self.count(len(raw))
        self._body += raw

    def texts(self, texts: tuple[str, ...]) -> None:
        self.count(len(texts))
        for text in texts:
            self.text(text)

    def doubles(self, values: tuple[float, ...]) -> None:
        self.count(len(values))
        if values:
            self._put(f"{len(values)}d", 8, *values)

    def done(self) -> bytes:
        return _LITTLE + bytes(self._body)

    def _put(self, form: str, align: int, *values: float) -> None:
        self._body += b"\x00" * (-len(self._body) % align)
        self._body += struct.pack("<" + form, *values)
