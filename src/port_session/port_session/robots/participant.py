"""Who is in which ROS domain, by what DDS participants announce of themselves to everybody on a network. Pure.

Source: DDSI-RTPS 2.5, 8.3 (messages), 9.4.5 (their bytes), 8.5.3 (SPDP), 9.6.2 (parameters); the name of the machine is
a property of Fast DDS.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_HEADER, _DATA, _ANNOUNCER = 20, 0x15, b"\x00\x01\x00\xc2"
_SENTINEL, _DOMAIN_ID, _VENDOR, _PROPERTIES = 0x01, 0x0F, 0x16, 0x59
_HOST = b"fastdds.physical_data.host"
_VENDORS = {b"\x01\x01": "Connext", b"\x01\x03": "OpenDDS", b"\x01\x0f": "Fast DDS", b"\x01\x10": "Cyclone DDS"}
_FIRST_PORT, _PORTS_A_DOMAIN = 7400, 250
#: Domains whose ports no other program of the machine is given by chance.
DOMAINS = range(102)
_NAME_LENGTH = 64
#: So many are named; a site may be full of robots.
_NAMED = 4


@dataclass(frozen=True)
class Participant:
    """Somebody in `domain`. address: of its machine, empty for this one. name: of that machine, or a program here."""

    domain: int
    address: str
    name: str = ""
    vendor: str = ""

    @property
    def called(self) -> str:
        known = ", ".join(filter(None, (self.address, self.vendor)))
        return f"{self.name} ({known})" if self.name and known else self.name or known


def by_domain(there: Sequence[Participant]) -> str:
    """Domains and who is there, for people; those with most participants first."""
    domains = sorted({one.domain for one in there}, key=lambda domain: -sum(one.domain == domain for one in there))
    named = []
    for domain in domains[:_NAMED]:
        called = list(dict.fromkeys(one.called for one in there if one.domain == domain))
        more = f" and {len(called) - _NAMED} more" if len(called) > _NAMED else ""
        named.append(f"in domain {domain}: {', '.join(called[:_NAMED])}{more}")
    return "; ".join(named) + (f"; in {len(domains) - _NAMED} domains more" if len(domains) > _NAMED else "")


def announcement_port(domain: int) -> int:
    """Where a domain's participants announce themselves (UDP, DDSI-RTPS 2.5, 9.6.1.1)."""
    return _FIRST_PORT + _PORTS_A_DOMAIN * domain


def announced(datagram: bytes, address: str, domain: int) -> tuple[bytes, Participant] | None:
    """Who announces itself, with the 12 bytes that tell it from others; None if this is no announcement.

    address: where it came from; domain: by the port to which it was sent, unless it says so itself.
    """
    if len(datagram) < _HEADER or datagram[:4] != b"RTPS":
        return None
    for order, payload in _announcements(datagram):
        parameters = dict(_parameters(payload, order))
        vendor = parameters.get(_VENDOR, b"")[:2] or datagram[6:8]
        own = parameters.get(_DOMAIN_ID, b"")
        said = struct.unpack_from(f"{order}I", own)[0] if len(own) >= 4 else domain
        host = _text(_property(parameters.get(_PROPERTIES, b""), order, _HOST))
        return datagram[8:_HEADER], Participant(said, address, host, _VENDORS.get(vendor, ""))
    return None


def _announcements(datagram: bytes) -> Iterator[tuple[str, bytes]]:
    """Byte order and parameter list of each announcement in it."""
    at = _HEADER
    while at + 4 <= len(datagram):
        kind, flags = datagram[at], datagram[at + 1]
        order = "<" if flags & 1 else ">"
        (length,) = struct.unpack_from(f"{order}H", datagram, at + 2)
        body = datagram[at + 4 : at + 4 + length] if length else datagram[at + 4 :]
        if kind == _DATA and flags & 4 and body[8:12] == _ANNOUNCER:
            yield _payload(body, order, inline=bool(flags & 2))
        at += 4 + (length or len(body))


def _payload(body: bytes, order: str, inline: bool) -> tuple[str, bytes]:
    """The serialized data behind a submessage's header, inline QoS left out; its own byte order stands before it."""
    (to_inline,) = struct.unpack_from(f"{order}H", body, 2)
    at = 4 + to_inline
    if inline:
        at += sum(4 + len(value) for _, value in _parameters(body[at:], order)) + 4
    return ("<" if body[at + 1 : at + 2] == b"\x03" else ">"), body[at + 4 :]


def _parameters(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(data):
        number, length = struct.unpack_from(f"{order}HH", data, at)
        if number == _SENTINEL:
            return
        yield number, data[at + 4 : at + 4 + length]
        at += 4 + length


def _property(data: bytes, order: str, wanted: bytes) -> bytes:
    """The value of one property of a list of names and values."""
    strings = _strings(data[4:], order)
    for name, value in zip(strings, strings, strict=False):
        if name == wanted:
            return value
    return b""


def _strings(data: bytes, order: str) -> Iterator[bytes]:
    """CDR: length with the final zero, the bytes, filled up to four."""
    at = 0
    while at + 4 <= len(data):
        (length,) = struct.unpack_from(f"{order}I", data, at)
        yield data[at + 4 : at + 4 + length].rstrip(b"\x00")
        at += 4 + (length + 3) // 4 * 4


def _text(name: bytes) -> str:
    """What a stranger calls its machine, fit to be printed; Fast DDS puts a number behind a colon."""
    shown = "".join(char if char.isprintable() else "?" for char in name.decode("utf-8", "replace"))
    return shown.partition(":")[0][:_NAME_LENGTH]
