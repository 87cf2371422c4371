"""What always holds of the SRI parser and the account, for any stream, any chunking and any damage."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from port_sensors.core.accounting import Accounting
from port_sensors.protocol.sri_m8128 import FRAME_BYTES, Parser
from port_sim.devices.force_plate import frames_of

finite = st.floats(width=32, allow_nan=False)


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Frames with garbage, answers, cut frames and damage between them."""
    pieces = []
    for number in range(draw(st.integers(0, 12))):
        frame = _frame(number, draw(st.lists(finite, min_size=6, max_size=6)))
        kind = draw(st.sampled_from(["good", "good", "good", "cut", "damaged", "garbage", "answer"]))
        place = draw(st.integers(0, FRAME_BYTES - 1))
        damaged = frame[:place] + bytes((frame[place] ^ 1 << draw(st.integers(0, 7)),)) + frame[place + 1 :]
        pieces.append({
            "good": frame, "cut": frame[:place], "damaged": damaged, "answer": b"ACK+GSD=STOP$OK\r\n",
            "garbage": draw(st.binary(max_size=40)),
        }[kind])  # fmt: skip
    return b"".join(pieces)


def _frame(number: int, wrench: list[float]) -> bytes:
    frames = frames_of(np.array([wrench], dtype=np.float32))
    frames["number"] = number
    return frames.tobytes()


def _parse(chunks: list[bytes]) -> tuple[list[int], bytes, int, list[str]]:
    parser = Parser()
    batches = [parser.feed(chunk) for chunk in chunks]
    numbers = [int(number) for batch in batches for number in batch.numbers]
    wrench = b"".join(batch.wrench.tobytes() for batch in batches)
    rejected = sum(batch.rejected_bytes for batch in batches)
    return numbers, wrench, rejected, [answer for batch in batches for answer in batch.answers]


@given(streams(), st.lists(st.integers(1, 50), max_size=60))
def test_any_chunking_gives_the_same(stream: bytes, sizes: list[int]) -> None:
    chunks, rest = [], stream
    for size in sizes:
        chunks.append(rest[:size])
        rest = rest[size:]
    assert _parse([*chunks, rest]) == _parse([stream])


@given(st.binary(max_size=300), st.lists(finite, min_size=6, max_size=6))
def test_a_good_frame_after_any_garbage_is_found_unless_garbage_claims_its_first_bytes(
    garbage: bytes, wrench: list[float]
) -> None:
    frame = _frame(3, wrench)
    numbers, _, rejected, _ = _parse([garbage, frame * 6])
    assert numbers.count(3) >= 2
    assert rejected <= len(garbage) + 4 * FRAME_BYTES


@given(st.lists(finite, min_size=6, max_size=6), st.integers(6 * 8, FRAME_BYTES * 8 - 1))
def test_no_false_frame_under_a_single_flipped_bit_in_data_or_checksum(wrench: list[float], place: int) -> None:
    frame = bytearray(_frame(1, wrench))
    frame[place // 8] ^= 1 << place % 8
    good = _frame(2, [0.0] * 6)
    numbers, _, _, _ = _parse([bytes(frame) + good + good])
    assert numbers == [2, 2]


@given(st.binary(max_size=4000))
def test_garbage_never_raises_and_is_all_counted_or_kept(garbage: bytes) -> None:
    parser = Parser()
    batch = parser.feed(garbage)
    used = len(batch.numbers) * FRAME_BYTES + sum(len(answer) + 2 for answer in batch.answers)
    assert batch.rejected_bytes + used + len(parser._rest) == len(garbage)


@settings(max_examples=300)
@given(st.integers(0, 65535), st.lists(st.booleans(), min_size=4, max_size=300), st.lists(st.integers(1, 40)))
def test_received_and_lost_make_up_what_was_sent(first: int, arrives: list[bool], sizes: list[int]) -> None:
    arrives = [True, *arrives, True, True]
    sent = np.arange(first, first + len(arrives))
    kept = sent[np.array(arrives)]
    wrench = np.repeat(kept[:, None], 6, axis=1).astype(np.float32)
    accounting, runs, place = Accounting(2000.0), [], 0
    for size in [*sizes, len(kept)]:
        part = slice(place, place + size)
        runs += accounting.take((kept[part] & 0xFFFF).astype(np.uint16), wrench[part], 0.005)
        place += size
    runs += accounting.flush()
    totals = accounting.totals
    assert (totals.received, totals.lost) == (len(kept), len(sent) - len(kept))
    assert [run.first_index + place for run in runs for place in range(len(run.wrench))] == kept.tolist()
    assert sum(run.lost_before for run in runs) == totals.lost
    assert all(float(run.wrench[0, 0]) == run.first_index for run in runs)
