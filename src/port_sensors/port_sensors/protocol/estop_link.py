"""Wire format of the e-stop link: a station with a microcontroller pushes its contacts, the host its word on the relay.

A frame is one start byte with bit 7 set, then bytes with bit 7 clear: the body in groups of seven bits, least first,
and the CRC-32 (IEEE 802.3) of all bytes before it in five more. So a frame has one length, garbage ends where the next
frame starts, and a flipped bit on the wire is a flipped bit under the CRC: no stuffing multiplies it.
Byte table and reasons: docs/estop_link.md. Opens nothing, waits for nothing, judges nothing: core.estop_link does.
"""

import re
import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

STATE, HEARTBEAT = 0xD3, 0xC8
STATION_MAX = 0xFFFF
#: Steps of the ages and of the hold time on the wire.
AGE_STEP_S, HOLD_STEP_S = 1e-4, 0.01

_STATE_BODY = struct.Struct("<HIIIIHHBBB")
_HEARTBEAT_BODY = struct.Struct("<HIIIIIB")
_CRC_BYTES = 5


def _septets(octets: int) -> int:
    return -(-8 * octets // 7)


STATE_BYTES = 1 + _septets(_STATE_BODY.size) + _CRC_BYTES
HEARTBEAT_BYTES = 1 + _septets(_HEARTBEAT_BODY.size) + _CRC_BYTES
_BYTES = {STATE: STATE_BYTES, HEARTBEAT: HEARTBEAT_BYTES}
_FRAME = re.compile(b"|".join(b"%c[\x00-\x7f]{%d}" % (start, size - 1) for start, size in _BYTES.items()))
_START = re.compile(b"[\x80-\xff]")


class Relay(IntEnum):
    """What the station does with its watchdog relay, and why."""

    HELD = 0
    NOBODY = 1  # no heartbeat has held it since power-up or since another host came
    RELEASED = 2  # the host said so
    LATE = 3  # no heartbeat renewed it in time
    REPEATED = 4  # the newest heartbeat was an old one
    OTHER_SESSION = 5  # the newest heartbeat was for another life of the station


class Word(IntEnum):
    """What a heartbeat says about the relay. NONE keeps the link alive and changes nothing."""

    NONE = 0
    HOLD = 1
    RELEASE = 2


@dataclass(frozen=True, slots=True)
class State:
    """Station to host. Sessions, sequences, echo: 32 bits; 0 is "none". Ages in s when the frame began, 0…6.5535.

    echo: the newest challenge heard from `host`, echo_age_s ago. hold_s: how long the relay stays closed unrenewed.
    """

    station: int
    session: int
    sequence: int
    host: int
    echo: int
    echo_age_s: float
    sample_age_s: float
    channel_a_closed: bool
    channel_b_closed: bool
    reset_pressed: bool
    relay_closed: bool
    relay: Relay
    hold_s: float


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Host to station. to_session: whom it is for, 0 while unknown. seen: the newest sequence the host has from it."""

    station: int
    session: int
    sequence: int
    to_session: int
    seen: int
    challenge: int
    word: Word


Frame = State | Heartbeat


def encode(frame: Frame) -> bytes:
    """The frame as it goes on the wire. Raises struct.error for a number that does not fit its field."""
    body = _state_body(frame) if isinstance(frame, State) else _heartbeat_body(frame)
    head = bytes((STATE if isinstance(frame, State) else HEARTBEAT,)) + _to_septets(body, _septets(len(body)))
    return head + _crc(head)


class Parser:
    """Finds frames of both kinds in a byte stream, however it is chunked. Holds fewer than 36 bytes between calls."""

    def __init__(self) -> None:
        self.rejected_bytes = 0
        self._rest = b""

    def feed(self, chunk: bytes) -> list[Frame]:
        """Take the next bytes of the stream; returns the good frames in it."""
        data = self._rest + chunk
        frames, good_bytes = [], 0
        for match in _FRAME.finditer(data):
            if (frame := decode(match[0])) is not None:
                frames.append(frame)
                good_bytes += len(match[0])
        self._rest = _unfinished(data)
        self.rejected_bytes += len(data) - len(self._rest) - good_bytes
        return frames


def decode(data: bytes) -> Frame | None:
    """One whole frame, or None if it is damaged or says what cannot be."""
    head, crc = data[:-_CRC_BYTES], data[-_CRC_BYTES:]
    if _crc(head) != crc:
        return None
    layout = _STATE_BODY if head[0] == STATE else _HEARTBEAT_BODY
    try:
        fields = layout.unpack(_from_septets(head[1:], layout.size))
        return _state(fields) if head[0] == STATE else _heartbeat(fields)
    except (ValueError, OverflowError):
        return None


def _unfinished(data: bytes) -> bytes:
    """The tail of `data` that may yet become a frame."""
    starts = [match.start() for match in _START.finditer(data, max(0, len(data) - STATE_BYTES))]
    tail = data[starts[-1] :] if starts else b""
    return tail if len(tail) < _BYTES.get(tail[0] if tail else 0, 0) else b""


def _crc(head: bytes) -> bytes:
    return _to_septets(zlib.crc32(head).to_bytes(4, "little"), _CRC_BYTES)


def _to_septets(octets: bytes, count: int) -> bytes:
    number = int.from_bytes(octets, "little")
    return bytes(number >> 7 * place & 0x7F for place in range(count))


def _from_septets(septets: bytes, octets: int) -> bytes:
    """Raises OverflowError if bits beyond the last octet are set."""
    return sum(septet << 7 * place for place, septet in enumerate(septets)).to_bytes(octets, "little")


def _state_body(state: State) -> bytes:
    bits = (state.channel_a_closed, state.channel_b_closed, state.reset_pressed, state.relay_closed)
    contacts = sum(bit << place for place, bit in enumerate(bits))
    ages = (min(0xFFFF, round(age_s / AGE_STEP_S)) for age_s in (state.echo_age_s, state.sample_age_s))
    return _STATE_BODY.pack(
        state.station, state.session, state.sequence, state.host, state.echo, *ages,
        _twice(contacts), _twice(state.relay), round(state.hold_s / HOLD_STEP_S),
    )  # fmt: skip


def _state(fields: tuple[Any, ...]) -> State:
    station, session, sequence, host, echo, echo_age, sample_age, contacts, relay, hold = fields
    a_closed, b_closed, reset, closed = (bool(_once(contacts) >> place & 1) for place in range(4))
    return State(
        station, session, sequence, host, echo, echo_age * AGE_STEP_S, sample_age * AGE_STEP_S,
        a_closed, b_closed, reset, closed, Relay(_once(relay)), hold * HOLD_STEP_S,
    )  # fmt: skip


def _heartbeat_body(beat: Heartbeat) -> bytes:
    return _HEARTBEAT_BODY.pack(
        beat.station, beat.session, beat.sequence, beat.to_session, beat.seen, beat.challenge, _twice(beat.word)
    )


def _heartbeat(fields: tuple[Any, ...]) -> Heartbeat:
    station, session, sequence, to_session, seen, challenge, word = fields
    return Heartbeat(station, session, sequence, to_session, seen, challenge, Word(_once(word)))


def _twice(nibble: int) -> int:
    """Four bits plain and, above them, inverted: memory that is stuck or was never written says nothing."""
    return nibble | (~nibble & 0xF) << 4


def _once(octet: int) -> int:
    """Raises ValueError if the halves do not agree."""
    if octet != _twice(octet & 0xF):
        raise ValueError("plain and inverted bits differ")
    return octet & 0xF
