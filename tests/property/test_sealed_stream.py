"""Sealed files under anything: cut anywhere, any bit changed, a disk that fails in the midst of any save.

Never a byte that was not written, never a change that is not told, never two texts under one number of a chunk.
"""

import io
import os
import random
import resource
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from port_session.recorder.age_format import CHUNK_BYTES, NotAge, WrongKey
from port_session.recorder.age_reader import AgeReader
from port_session.recorder.age_writer import AgeWriter
from port_session.recorder.sealed_file import FILLING_OPCODE, SealedFile

KEY = X25519PrivateKey.generate()
TEXT = random.Random(8).randbytes(3 * CHUNK_BYTES + 321)
#: Around the borders, where what goes wrong goes wrong.
_NEAR = st.sampled_from([k * CHUNK_BYTES + d for k in range(4) for d in (-17, -16, -9, -1, 0, 1, 9, 16) if k or d >= 0])
PLACES = st.integers(0, len(TEXT)) | _NEAR


class Bytes(bytearray):
    """A target in memory."""

    def write(self, data: bytes) -> int:
        self += data
        return len(data)


def sealed(text: bytes, pieces: Sequence[int] = ()) -> bytes:
    target, place = Bytes(), 0
    writer = AgeWriter(target, [KEY.public_key()])
    for length in pieces:
        writer.write(text[place : place + length])
        place += length
    writer.write(text[place:])
    writer.end()
    return bytes(target)


SEALED = sealed(TEXT)


def opened(data: bytes) -> tuple[AgeReader, bytes]:
    one = AgeReader(io.BytesIO(data), len(data), [KEY])
    return one, io.BufferedReader(one).read()


@given(length=PLACES, pieces=st.lists(PLACES, max_size=8))
def test_in_whatever_pieces_a_text_is_written_it_is_read_back(length: int, pieces: list[int]) -> None:
    one, text = opened(sealed(TEXT[:length], pieces))
    assert text == TEXT[:length] and one.extent.whole


@given(length=st.integers(0, len(SEALED) - 1) | _NEAR)
def test_cut_at_any_byte_every_whole_chunk_is_there_and_no_wrong_byte(length: int) -> None:
    try:
        one, text = opened(SEALED[: min(length, len(SEALED) - 1)])
    except NotAge:
        assert length < len(SEALED) - len(TEXT) - 3 * 16
        return
    begin = one.extent.at_byte - len(text) - 16 * (len(text) // CHUNK_BYTES)
    assert text == TEXT[: (length - begin) // (CHUNK_BYTES + 16) * CHUNK_BYTES]
    assert not one.extent.whole


@given(place=st.integers(0, len(SEALED) - 1), bit=st.integers(0, 7))
def test_whichever_bit_is_changed_it_is_named_and_nothing_behind_it_is_given_out(place: int, bit: int) -> None:
    data = bytearray(SEALED)
    data[place] ^= 1 << bit
    try:
        one, text = opened(bytes(data))
    except (NotAge, WrongKey):
        assert place < 400, "of its header"
        return
    assert not one.extent.whole and one.extent.at_byte <= place
    assert place - one.extent.at_byte < CHUNK_BYTES + 16 or one.extent.plain_bytes == 0
    assert text == TEXT[: len(text)] and one.extent.damaged == (one.extent.rest_bytes >= CHUNK_BYTES + 16)


@given(place=PLACES, length=st.integers(0, 200_000), cut=PLACES)
def test_sought_anywhere_it_is_the_text_from_there(place: int, length: int, cut: int) -> None:
    data = sealed(TEXT[:cut])
    with io.BufferedReader(AgeReader(io.BytesIO(data), len(data), [KEY])) as stream:
        stream.seek(place)
        assert stream.read(length) == TEXT[:cut][place : place + length]


class Disk:
    """Everything that ever stood in the file: at each place, whenever it was, the same byte."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seen = b""

    def look(self) -> None:
        data = self.path.read_bytes()
        shared = min(len(data), len(self.seen))
        assert data[:shared] == self.seen[:shared], "other bytes at a place that had some"
        self.seen = max(data, self.seen, key=len)


@contextmanager
def room(path: Path, spare_bytes: int) -> Iterator[None]:
    """The file may grow by so much and no more: a write in its midst fails, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + spare_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def records(data: bytes) -> bytes:
    """What was written: everything but the fillings."""
    kept, place = b"", 0
    while place < len(data):
        end = place + 9 + int.from_bytes(data[place + 1 : place + 9], "little")
        kept += b"" if data[place] == FILLING_OPCODE else data[place:end]
        place = end
    assert place == len(data), "a record is not there whole"
    return kept


STEPS = st.lists(
    st.tuples(st.just("write"), PLACES) | st.tuples(st.just("save"), st.none()) | st.tuples(st.just("fail"), PLACES),
    max_size=12,
)


@settings(max_examples=60)
@given(steps=STEPS, ends=st.booleans())
def test_whatever_saves_fail_nothing_is_lost_and_no_number_is_used_twice(
    steps: list[tuple[str, int]], ends: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.mcap.age"
        file, disk, given_bytes, saved = SealedFile(path, [KEY.public_key()]), Disk(path), b"", b""
        truncate = os.ftruncate

        def watched(descriptor: int, length: int) -> None:
            disk.look()  # what a save left half before it is taken back
            truncate(descriptor, length)

        with patch("os.ftruncate", watched):
            for step, size in steps:
                if step == "write":
                    record = b"\x05" + size.to_bytes(8, "little") + TEXT[:size]
                    given_bytes += record
                    assert file.write(record) == len(record)
                elif step == "save":
                    file.save()
                    saved = given_bytes
                else:
                    with suppress(OSError), room(path, size):
                        file.save()
                        saved = given_bytes
                disk.look()
                assert records(opened(path.read_bytes())[1]) == saved if path.stat().st_size else not saved
            if ends:
                file.write(b"\x02" + bytes(8))
                file.end()
                disk.look()
                one, text = opened(path.read_bytes())
                assert one.extent.whole and records(text) == given_bytes + b"\x02" + bytes(8)
        file.close()
