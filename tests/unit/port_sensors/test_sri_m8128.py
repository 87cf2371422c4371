"""The SRI parser against the manual's own example, and against everything a wire does to a stream."""

import numpy as np

from port_sensors.protocol.sri_m8128 import SriM8128
from port_sensors.protocol.wrench_protocol import Settings

MANUAL_EXAMPLE = bytes.fromhex(
    "AA 55 00 1B C4 C7 01 6A F4 C0 EF 7D 33 C0 49 62 C9 C0 A2 5C C6 BD A6 19 8F BD AF DA 69 3E 6E"
)


def box() -> SriM8128:
    return SriM8128(Settings(2000.0))


def test_reads_the_example_frame_of_the_manual() -> None:
    batch = box().feed(MANUAL_EXAMPLE)
    assert batch.numbers.tolist() == [50375]
    assert np.allclose(batch.wrench, [[-7.63794, -2.80456, -6.29325, -0.0968564, -0.0698731, 0.228373]], atol=1e-5)
    assert batch.rejected_bytes == 0


def test_a_byte_at_a_time_gives_the_frame_with_its_last_byte() -> None:
    parser = box()
    found = [len(parser.feed(bytes((byte,))).numbers) for byte in MANUAL_EXAMPLE]
    assert found == [0] * 30 + [1]


def test_garbage_is_counted_and_the_next_frame_is_found() -> None:
    batch = box().feed(b"\x00\xaa\xaa\x55\x01" + MANUAL_EXAMPLE + b"\xff\xff")
    assert len(batch.numbers) == 1
    assert batch.rejected_bytes == 7


def test_a_frame_inside_a_broken_one_is_found() -> None:
    batch = box().feed(MANUAL_EXAMPLE[:10] + MANUAL_EXAMPLE)
    assert batch.numbers.tolist() == [50375]
    assert batch.rejected_bytes == 10


def test_answers_between_frames_are_neither_frames_nor_garbage() -> None:
    batch = box().feed(MANUAL_EXAMPLE + b"ACK+SMPF=2000$OK\r\n" + MANUAL_EXAMPLE)
    assert batch.answers == (b"ACK+SMPF=2000$OK\r\n",)
    assert (len(batch.numbers), batch.rejected_bytes) == (2, 0)


def test_an_answer_that_never_ends_does_not_hold_the_stream_up() -> None:
    batch = box().feed(b"ACK+" + b"A" * 200 + MANUAL_EXAMPLE)
    assert len(batch.numbers) == 1
    assert batch.rejected_bytes == 204


def test_the_rest_that_is_kept_is_bounded() -> None:
    parser = box()
    for _ in range(100):
        parser.feed(b"ACK+AAAA\xaa\x55\x00" * 50)
        assert parser.waiting_bytes < 97


def test_commands_and_their_answers() -> None:
    stop, rate, _, layout = box().configuration()
    assert rate.send == b"AT+SMPF=2000\r\n"
    assert rate.judge and layout.judge and stop.judge
    assert rate.judge(b"ACK+SMPF=2000$OK\r\n") is True
    assert rate.judge(b"ACK+DCKMD=SUM$OK\r\n") is None
    assert layout.judge(b"ACK+GSD=STOP$OK\r\n") is None
    assert rate.judge(b"ACK+SMPF=9000$ERROR\r\n") is False
