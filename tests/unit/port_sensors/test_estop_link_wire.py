"""The e-stop link's frames: the bytes of the document, found in any stream, and nothing damaged taken for good."""

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from port_sensors.protocol.estop_link import (
    HEARTBEAT_BYTES,
    STATE_BYTES,
    Frame,
    Heartbeat,
    Parser,
    Relay,
    State,
    Word,
    decode,
    encode,
)

U32 = st.integers(0, 2**32 - 1)
AGES = st.integers(0, 0xFFFF).map(lambda steps: steps * 1e-4)
STATES = st.builds(
    State, st.integers(0, 0xFFFF), U32, U32, U32, U32, AGES, AGES, st.booleans(), st.booleans(), st.booleans(),
    st.booleans(), st.sampled_from(Relay), st.integers(0, 255).map(lambda steps: steps * 0.01),
)  # fmt: skip
HEARTBEATS = st.builds(Heartbeat, st.integers(0, 0xFFFF), U32, U32, U32, U32, U32, st.sampled_from(Word))
FRAMES = st.one_of(STATES, HEARTBEATS)
SAMPLE = State(
    station=3, session=0x11223344, sequence=258, host=0xA1B2C3D4, echo=0x5566_7788, echo_age_s=0.0123,
    sample_age_s=0.0005, channel_a_closed=True, channel_b_closed=True, reset_pressed=False, relay_closed=True,
    relay=Relay.HELD, hold_s=0.15,
)  # fmt: skip
BEAT = Heartbeat(3, 0xA1B2C3D4, 77, 0x11223344, 258, 0x55667788, Word.HOLD)


def crc32_bit_by_bit(data: bytes) -> int:
    """IEEE 802.3, reflected: the standard's own loop, so that the table's is checked against another."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xEDB88320 if crc & 1 else crc >> 1
    return crc ^ 0xFFFFFFFF


def septets(number: int, count: int) -> bytes:
    return bytes(number >> 7 * place & 0x7F for place in range(count))


def parsed(data: bytes) -> list[Frame]:
    return Parser().feed(data)


def test_a_state_frame_is_the_bytes_of_the_document() -> None:
    body = bytes.fromhex("0300 44332211 02010000 d4c3b2a1 88776655 7b00 0500 4b f0 0f")
    head = b"\xd3" + septets(int.from_bytes(body, "little"), 29)
    assert encode(SAMPLE) == head + septets(crc32_bit_by_bit(head), 5)
    assert len(encode(SAMPLE)) == STATE_BYTES == 35


def test_a_heartbeat_is_the_bytes_of_the_document() -> None:
    body = bytes.fromhex("0300 d4c3b2a1 4d000000 44332211 02010000 88776655 e1")
    head = b"\xc8" + septets(int.from_bytes(body, "little"), 27)
    assert encode(BEAT) == head + septets(crc32_bit_by_bit(head), 5)
    assert len(encode(BEAT)) == HEARTBEAT_BYTES == 33


@given(FRAMES)
def test_what_was_encoded_is_decoded(frame: Frame) -> None:
    again = decode(encode(frame))
    assert again is not None
    assert encode(again) == encode(frame)


@settings(max_examples=60)
@given(st.lists(st.one_of(FRAMES.map(encode), st.binary(max_size=50)), max_size=6), st.data())
def test_any_chunking_gives_the_same_frames(pieces: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    whole, parser = Parser(), Parser()
    frames = whole.feed(stream)
    chunked = [frame for a, b in itertools.pairwise([0, *cuts, len(stream)]) for frame in parser.feed(stream[a:b])]
    assert chunked == frames
    assert parser.rejected_bytes == whole.rejected_bytes


@given(st.binary(max_size=200), FRAMES)
@example(encode(SAMPLE)[:-1], SAMPLE)
@example(b"\xd3", SAMPLE)
def test_after_any_garbage_the_very_next_frame_survives(garbage: bytes, frame: Frame) -> None:
    assert encode(parsed(garbage + encode(frame))[-1]) == encode(frame)


@given(st.lists(st.binary(max_size=100), max_size=10))
def test_memory_is_bounded_and_every_byte_is_accounted_for(chunks: list[bytes]) -> None:
    parser = Parser()
    good = sum(len(encode(frame)) for chunk in chunks for frame in parser.feed(chunk))
    held = len(parser._rest)
    assert held < STATE_BYTES
    assert good + parser.rejected_bytes + held == sum(map(len, chunks))


@pytest.mark.parametrize("frame", [SAMPLE, BEAT])
def test_no_one_or_two_flipped_bits_pass(frame: Frame) -> None:
    good = encode(frame)
    places = [1 << place for place in range(8 * len(good))]
    number = int.from_bytes(good, "little")
    for first, second in itertools.combinations_with_replacement(places, 2):
        damaged = number ^ first ^ second if first != second else number ^ first
        assert not parsed(damaged.to_bytes(len(good), "little"))


@pytest.mark.parametrize("cut", range(1, STATE_BYTES))
def test_a_frame_that_lacks_or_has_bytes_too_many_is_none(cut: int) -> None:
    good = encode(SAMPLE)
    assert not parsed(good[:cut] + good[cut + 1 :])
    assert not parsed(good[:cut] + b"\x7f" + good[cut:])


def test_halves_that_do_not_agree_say_nothing_even_under_a_good_crc() -> None:
    body = bytes.fromhex("0300 44332211 02010000 d4c3b2a1 88776655 7b00 0500 0b f0 0f")
    head = b"\xd3" + septets(int.from_bytes(body, "little"), 29)
    assert not parsed(head + septets(crc32_bit_by_bit(head), 5))


def test_nothing_fits_into_the_bits_that_are_over() -> None:
    good = encode(SAMPLE)
    head = good[:29] + bytes((good[29] | 0x40,))
    assert not parsed(head + septets(crc32_bit_by_bit(head), 5))
