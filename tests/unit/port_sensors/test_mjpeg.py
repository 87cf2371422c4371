"""The MJPEG parser: any chunking, garbage, broken parts, bounds."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_sensors.protocol.mjpeg import MjpegParser, boundary_of

JPEGS = st.binary(max_size=300).map(lambda body: b"\xff\xd8" + body.replace(b"--b", b"") + b"\xff\xd9")


def part(jpeg: bytes, sequence: int = 1, length: int | None = -1) -> bytes:
    """One part as the wire has it; length None leaves Content-Length out."""
    length = len(jpeg) if length == -1 else length
    stated = b"" if length is None else b"Content-Length: %d\r\n" % length
    head = b"--b\r\nContent-Type: image/jpeg\r\n%sX-Timestamp: 1700000000.000123\r\nX-Frame: %d\r\n\r\n"
    return head % (stated, sequence) + jpeg + b"\r\n"


def fed(data: bytes, cuts: list[int], **options: int) -> tuple[list[tuple[bytes, int | None]], int]:
    """The parts of `data` cut into pieces, and the rejected bytes."""
    parser, found = MjpegParser(b"b", **options), []
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for start, end in itertools.pairwise(edges):
        found += parser.feed(data[start:end])
    return [(one.jpeg, one.sequence) for one in found], parser.rejected_bytes


def test_a_part_carries_picture_stamp_and_number() -> None:
    (one,) = MjpegParser(b"b").feed(part(b"\xff\xd8xy\xff\xd9", 42))
    assert (one.jpeg, one.sequence, one.stamp_ns) == (b"\xff\xd8xy\xff\xd9", 42, 1_700_000_000_000_123_000)


def test_without_headers_stamp_and_number_are_unknown() -> None:
    (one,) = MjpegParser(b"b").feed(b"--b\r\n\r\n\xff\xd8xy\xff\xd9\r\n--b\r\n")
    assert (one.sequence, one.stamp_ns) == (None, None)


@given(st.lists(JPEGS, max_size=5), st.lists(st.integers(0, 5000), max_size=20))
def test_any_chunking_gives_every_picture(jpegs: list[bytes], cuts: list[int]) -> None:
    data = b"".join(part(jpeg, number) for number, jpeg in enumerate(jpegs))
    assert fed(data, cuts) == ([(jpeg, number) for number, jpeg in enumerate(jpegs)], 0)


@given(
    st.lists(st.one_of(JPEGS.map(part), st.binary(max_size=60), st.just(b"--b\r\n")), max_size=8),
    st.lists(st.integers(0, 5000), max_size=20),
)
def test_chunking_changes_nothing_for_garbage_either(pieces: list[bytes], cuts: list[int]) -> None:
    data = b"".join(pieces)
    assert fed(data, cuts, limit_bytes=500) == fed(data, [], limit_bytes=500)


@given(st.binary(min_size=1, max_size=200))
def test_garbage_between_parts_is_counted_and_passed_over(garbage: bytes) -> None:
    garbage = garbage.replace(b"-", b"+").replace(b"\r", b"r").replace(b"\n", b"n")
    one, two = part(b"\xff\xd81\xff\xd9", 1), part(b"\xff\xd82\xff\xd9", 2)
    found, rejected = fed(one + garbage + b"\r\n" + two, [])
    assert [number for _, number in found] == [1, 2]
    assert rejected == len(garbage)


@pytest.mark.parametrize("length", [None, 3, 7, 10_000, 9_999_999_999])
def test_a_wrong_length_costs_no_picture(length: int | None) -> None:
    data = part(b"\xff\xd8abcdef\xff\xd9", 1, length) + part(b"\xff\xd8ok\xff\xd9", 2) + b"--b\r\n"
    assert [number for _, number in fed(data, [])[0]] == [1, 2]


def test_a_torn_part_is_rejected_and_the_next_one_read() -> None:
    torn = part(b"\xff\xd8" + b"x" * 100 + b"\xff\xd9", 1)[:120]
    found, rejected = fed(torn + b"\r\n" + part(b"\xff\xd8ok\xff\xd9", 2), [])
    assert [number for _, number in found] == [2]
    assert rejected > 90


def test_an_endless_part_never_fills_the_memory() -> None:
    parser = MjpegParser(b"b", limit_bytes=10_000)
    parser.feed(part(b"\xff\xd8" + b"x" * 50_000, 1, None)[:-2])
    assert len(parser._buffer) < 10_000
    assert [one.sequence for one in parser.feed(b"\r\n" + part(b"\xff\xd8ok\xff\xd9", 2))] == [2]


SCAN = b"\xff\xd8\xff\xda" + bytes(range(1, 250))
#: What cameras send: part heads, pictures and separators.
HEADS = (
    b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\nX-Frame: %d\r\n\r\n",
    b"--b\nContent-Type: image/jpeg\nContent-Length: %d\nX-Frame: %d\n\n",
    b"--b\nContent-length:%d\r\nX-Frame: %d\n\r\n",
    b"----b\r\nContent-Length: %d\r\nX-Frame: %d\r\n\r\n",
)
PICTURES = {
    "whole": SCAN + b"\xff\xd9",
    "no end marker": SCAN,
    "zeros behind the end": SCAN + b"\xff\xd9" + bytes(40),
    "text behind the end": SCAN + b"\xff\xd9" + b"firmware 1.2",
    "an end marker twice": SCAN + b"\xff\xd9\xff\xd9",
}


@pytest.mark.parametrize("stated", [True, False], ids=["with length", "without length"])
@pytest.mark.parametrize("separator", [b"\r\n", b"\n", b""])
@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("picture", PICTURES)
def test_pictures_as_cameras_send_them_are_all_there(picture: str, head: bytes, separator: bytes, stated: bool) -> None:
    jpeg, head = PICTURES[picture], head if stated else head.replace(b"ength:", b"ess: ")
    data = b"".join(head % (len(jpeg), number) + jpeg + separator for number in range(1, 4)) + b"--b\r\n"
    found = fed(data, [])
    assert found == ([(jpeg, number) for number in (1, 2, 3)], 0)
    assert fed(data, list(range(0, len(data)))) == found


def test_a_picture_that_is_cut_off_by_its_own_length_is_no_picture() -> None:
    cut = part(SCAN, 1, len(SCAN) + 50)
    assert fed(cut + part(PICTURES["whole"], 2), [])[0] == [(PICTURES["whole"], 2)]


@given(
    st.lists(st.tuples(st.sampled_from(HEADS), st.sampled_from(sorted(PICTURES)), st.integers(0, 600)), max_size=6),
    st.lists(st.integers(0, 5000), max_size=20),
)
def test_odd_pictures_and_wrong_lengths_are_read_alike_however_they_are_cut(
    parts: list[tuple[bytes, str, int]], cuts: list[int]
) -> None:
    data = b"".join(head % (length, 7) + PICTURES[picture] + b"\r\n" for head, picture, length in parts)
    assert fed(data, cuts, limit_bytes=700) == fed(data, [], limit_bytes=700)


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/x-mixed-replace; boundary=frame", b"frame"),
        ('multipart/x-mixed-replace;boundary="--frame"', b"frame"),
        ("Multipart/X-Mixed-Replace; charset=x; Boundary=a=b", b"a=b"),
        ('multipart/x-mixed-replace; boundary="a;b"', b"a;b"),
        ("multipart/x-mixed-replace; boundary=----frame", b"--frame"),
        ("image/jpeg", None),
        ("multipart/x-mixed-replace", None),
        ("", None),
    ],
)
def test_the_boundary_is_read_from_the_content_type(content_type: str, boundary: bytes | None) -> None:
    assert boundary_of(content_type) == boundary
