"""Files of age v1: what is written is read, what is not whole is told, what was altered is never given out."""

import io
import os
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from port_session.recorder import age_format
from port_session.recorder.age_format import CHUNK_BYTES, SEALED_BYTES, NotAge, WrongKey
from port_session.recorder.age_reader import AgeReader
from port_session.recorder.age_writer import AgeWriter
from port_session.recorder.sealed_file import filling
from port_telemetry.core.seal import fingerprint

TEAM, GROUND, STRANGER = (X25519PrivateKey.generate() for _ in range(3))
BOTH = (TEAM.public_key(), GROUND.public_key())
TEXT = os.urandom(2 * CHUNK_BYTES + 1000)
#: Of a text that ends on a border, within a chunk, at once.
LENGTHS = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 2 * CHUNK_BYTES + 1000]


class Bytes(bytearray):
    """A target in memory."""

    def write(self, data: bytes) -> int:
        self += data
        return len(data)


def sealed(text: bytes, piece_bytes: int = 10_000) -> bytes:
    target = Bytes()
    writer = AgeWriter(target, BOTH)
    for place in range(0, len(text), piece_bytes):
        writer.write(text[place : place + piece_bytes])
    writer.end()
    return bytes(target)


SEALED = sealed(TEXT)
BEGIN = len(SEALED) - len(TEXT) - 3 * age_format.TAG_BYTES


def reader(data: bytes, *keys: X25519PrivateKey) -> AgeReader:
    return AgeReader(io.BytesIO(data), len(data), keys or (TEAM,))


def all_of(one: AgeReader) -> bytes:
    return io.BufferedReader(one).read()


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("piece_bytes", [1000, CHUNK_BYTES, 1 << 20])
def test_every_reader_gets_back_what_was_written(length: int, piece_bytes: int) -> None:
    data = sealed(TEXT[:length], piece_bytes)
    for key in (TEAM, GROUND):
        found = reader(data, key)
        assert all_of(found) == TEXT[:length]
        assert found.extent.whole and not found.extent.damaged and found.extent.plain_bytes == length


def test_the_first_key_that_fits_opens_and_no_other_does() -> None:
    assert all_of(reader(SEALED, STRANGER, GROUND)) == TEXT
    for keys in ((STRANGER,), (X25519PrivateKey.generate(), STRANGER)):
        with pytest.raises(WrongKey):
            reader(SEALED, *keys)


def test_the_header_tells_to_whom_it_is_sealed_and_nothing_else_of_them() -> None:
    header = age_format.parse(SEALED)
    assert header.sealed_to == (fingerprint(BOTH[0]), fingerprint(BOTH[1])) and header.recipients == 2
    for key in (TEAM, GROUND):
        assert key.private_bytes_raw() not in SEALED and key.public_key().public_bytes_raw() not in SEALED


def test_no_two_files_share_a_key() -> None:
    again = sealed(TEXT)
    assert again[BEGIN:] != SEALED[BEGIN:] and len(again) == len(SEALED)
    assert not {SEALED[at : at + 32] for at in range(BEGIN, BEGIN + 1000)} & {again[BEGIN : BEGIN + 32]}


@pytest.mark.parametrize("place", [0, 1, 17, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, len(TEXT) - 1, len(TEXT)])
def test_it_is_sought_in_as_a_file_is(place: int) -> None:
    with io.BufferedReader(reader(SEALED)) as stream:
        assert stream.seek(place) == place and stream.read(70_000) == TEXT[place : place + 70_000]
        assert stream.seek(-10, io.SEEK_END) == len(TEXT) - 10 and stream.read() == TEXT[-10:]
        assert stream.seek(len(TEXT) + 5) == len(TEXT) + 5 and stream.read(1) == b""
        with pytest.raises(ValueError):
            stream.seek(-1)


@pytest.mark.parametrize("rest", [0, 1, 15, 16, 17, SEALED_BYTES - 1])
@pytest.mark.parametrize("chunks", [0, 1, 2])
def test_cut_off_the_whole_chunks_are_there_and_it_is_told(chunks: int, rest: int) -> None:
    data = SEALED[: BEGIN + chunks * SEALED_BYTES + rest]
    data = data if len(data) < len(SEALED) else SEALED[:-1]
    found = reader(data)
    assert all_of(found) == TEXT[: chunks * CHUNK_BYTES]
    assert not found.extent.whole and not found.extent.damaged
    assert found.extent.at_byte == BEGIN + chunks * SEALED_BYTES
    assert found.extent.rest_bytes == len(data) - found.extent.at_byte


def test_cut_within_its_header_nothing_is_there() -> None:
    for length in range(BEGIN):
        with pytest.raises(NotAge, match="ends within its header"):
            reader(SEALED[:length])


@pytest.mark.parametrize("chunk", [0, 1])
@pytest.mark.parametrize("at", [0, CHUNK_BYTES, SEALED_BYTES - 1])
def test_what_is_behind_a_damaged_chunk_is_not_given_out(chunk: int, at: int) -> None:
    place = BEGIN + chunk * SEALED_BYTES + at
    data = bytearray(SEALED)
    data[place] ^= 1
    found = reader(bytes(data))
    assert all_of(found) == TEXT[: chunk * CHUNK_BYTES]
    assert found.extent.damaged and found.extent.at_byte == BEGIN + chunk * SEALED_BYTES


def test_no_bit_of_the_header_can_be_changed() -> None:
    for place in range(BEGIN - age_format.PAYLOAD_NONCE_BYTES):
        data = bytearray(SEALED)
        data[place] ^= 1 << place % 8
        with pytest.raises((NotAge, WrongKey)):
            reader(bytes(data), TEAM)


def without(data: bytes, chunk: int) -> bytes:
    begin = BEGIN + chunk * SEALED_BYTES
    return data[:begin] + data[begin + SEALED_BYTES :]


def swapped(data: bytes) -> bytes:
    first, second = (data[BEGIN + n * SEALED_BYTES : BEGIN + (n + 1) * SEALED_BYTES] for n in range(2))
    return data[:BEGIN] + second + first + data[BEGIN + 2 * SEALED_BYTES :]


@pytest.mark.parametrize(("change", "holds"), [
    (lambda data: without(data, 0), 0), (lambda data: without(data, 1), 1), (swapped, 0),
    (lambda data: data + b"\0", 2), (lambda data: data + data[BEGIN : BEGIN + SEALED_BYTES], 2),
    (lambda data: data[: BEGIN + 2 * SEALED_BYTES] + bytes(16), 2),
], ids=["first taken out", "second taken out", "swapped", "a byte more", "a chunk more", "an empty end"])  # fmt: skip
def test_chunks_have_their_place_and_the_end_is_the_end(change: Callable[[bytes], bytes], holds: int) -> None:
    found = reader(change(SEALED))
    assert not found.extent.whole and all_of(found) == TEXT[: holds * CHUNK_BYTES]


def test_bytes_behind_the_end_are_told() -> None:
    data = sealed(TEXT[: 2 * CHUNK_BYTES])
    found = reader(data + b"more")
    assert found.extent.damaged and found.extent.rest_bytes == 4 and all_of(found) == TEXT[: 2 * CHUNK_BYTES]


def test_a_chunk_that_waits_is_the_last_or_not_as_it_turns_out() -> None:
    target = Bytes()
    writer = AgeWriter(target, BOTH)
    writer.write(TEXT[:CHUNK_BYTES])
    assert len(target) == BEGIN and writer.gap_bytes == 0, "nobody knows yet whether it is the last"
    writer.seal_whole_chunks()
    assert len(target) == BEGIN + SEALED_BYTES and not reader(bytes(target)).extent.whole
    with pytest.raises(ValueError, match="nothing follows"):
        writer.end()
    writer.write(b"end")
    writer.end()
    assert all_of(reader(bytes(target))) == TEXT[:CHUNK_BYTES] + b"end"
    with pytest.raises(ValueError, match="has ended"):
        writer.write(b"more")


def test_nothing_is_sealed_to_nobody() -> None:
    with pytest.raises(ValueError, match="recipients"):
        AgeWriter(Bytes(), ())


@pytest.mark.parametrize("gap_bytes", [0, 1, 8, 9, 10, CHUNK_BYTES - 1])
def test_a_filling_ends_on_a_border_and_is_one_record(gap_bytes: int) -> None:
    record = filling(gap_bytes)
    assert (len(record) - gap_bytes) % CHUNK_BYTES == 0
    assert not record or (record[0] >= 0x80 and int.from_bytes(record[1:9], "little") == len(record) - 9)


@pytest.mark.parametrize("line", [
    b"-> X25519 AAAA\n\n", b"-> X25519\n\n", b"->\n\n", b"-> \n\n", b"->  x\n\n", b"-> x\nAA=\n", b"-> x\nAB\n",
    b"-> x\r\n\n", b"x\n", b"-> x\n" + b"A" * 64 + b"\n",
])  # fmt: skip
def test_a_header_with_a_line_that_cannot_be_is_refused(line: bytes) -> None:
    with pytest.raises(NotAge):
        reader(SEALED[: len(age_format.VERSION)] + line + SEALED[len(age_format.VERSION) :])
