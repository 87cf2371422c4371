"""The wire between both sides of a border: any chunking gives the same frames, no damage gives a false one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_session.border.frames import DATA, HEADER, PING, Frame, FrameError, FrameReader, encode

frames = st.builds(
    Frame, st.integers(1, 7), st.integers(0, 65535), st.integers(0, 2**64 - 1), st.integers(-(2**63), 2**63 - 1),
    st.binary(max_size=200),
)  # fmt: skip


@given(st.lists(frames, max_size=8), st.lists(st.integers(1, 60), min_size=1))
def test_any_chunking_gives_the_same_frames(sent: list[Frame], sizes: list[int]) -> None:
    stream, reader, place = b"".join(map(encode, sent)), FrameReader(1000), 0
    found: list[Frame] = []
    while place < len(stream):
        size = sizes[len(found) % len(sizes)]
        found += reader.feed(stream[place : place + size])
        place += size
    assert found == sent


@given(frames, frames, st.data())
def test_a_changed_byte_is_no_frame(first: Frame, second: Frame, data: st.DataObject) -> None:
    stream = bytearray(encode(first) + encode(second))
    place = data.draw(st.integers(0, len(stream) - 1))
    stream[place] ^= data.draw(st.integers(1, 255))
    reader, found = FrameReader(1000), []
    try:
        found = reader.feed(bytes(stream))
    except FrameError:
        return
    assert found == [first, second][: len(found)] and len(found) < 2


def test_what_is_too_large_is_refused_by_its_head() -> None:
    head = encode(Frame(DATA, 1, 1, 0, b"x" * 2000))[: HEADER.size]
    with pytest.raises(FrameError, match=r"a message of 2,028 bytes, at most 1,000 are taken"):
        FrameReader(1000).feed(head)
    assert FrameReader(2000).feed(encode(Frame(DATA, 1, 1, 0, b"x" * 2000)))


def test_another_version_is_named() -> None:
    other = bytearray(encode(Frame(PING, 0, 0, 0, b"")))
    other[4] = 2
    with pytest.raises(FrameError, match="version 2 of the link, this one 1"):
        FrameReader(1000).feed(bytes(other))
