"""What always holds of every wire that streams wrenches, for any stream, any chunking and any damage.

PORT_MUTATIONS=1000000 runs the long mode: so many damaged frames a wire.
"""

import os
from collections.abc import Iterator
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from port_sensors.core.accounting import Accounting
from port_sensors.protocol import waveshare_8ch
from port_sensors.protocol.framing import Rows
from port_sensors.protocol.wrench_protocol import INVALID, UNCHECKED, UNCOUNTED, Batch
from port_sim.faults import Faults
from tests.wires import STREAMS, WIRES, Wire, parse, samples_of

MUTATIONS = int(os.environ.get("PORT_MUTATIONS", "20000"))
#: A busy machine draws slowly; that says nothing about a wire.
sampled = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
streams = pytest.mark.parametrize("wire", STREAMS, ids=lambda wire: wire.name)
wires = pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)
#: Those that count their samples.
COUNTED = [wire for wire in WIRES if wire.protocol().turn]
counted_wires = pytest.mark.parametrize("wire", COUNTED, ids=lambda wire: wire.name)
checked = pytest.mark.parametrize("wire", [wire for wire in STREAMS if wire.covered[1]], ids=lambda wire: wire.name)


def same(one: Batch, other: Batch) -> bool:
    arrays = all(np.array_equal(getattr(one, key), getattr(other, key)) for key in ("numbers", "wrench", "status"))
    return arrays and one.rejected_bytes == other.rejected_bytes and one.answers == other.answers


@streams
@sampled
@given(data=st.data())
def test_any_chunking_gives_the_same(wire: Wire, data: st.DataObject) -> None:
    faults = Faults(seed=data.draw(st.integers(0, 1000)))
    faults.run(data.draw(st.sampled_from(["off", "flip 0.002", "drop 0.01", "garbage 0.02", "truncate 0.3"])))
    frames = wire.frames(samples_of(30, seed=data.draw(st.integers(0, 1000))))
    stream = data.draw(st.binary(max_size=60)) + faults.apply(b"".join(frames), len(frames[0]))
    chunks, rest = [], stream
    for size in data.draw(st.lists(st.integers(1, 90), max_size=40)):
        chunks.append(rest[:size])
        rest = rest[size:]
    whole, _ = parse(wire, [stream])
    cut, _ = parse(wire, [*chunks, rest])
    # What passed a chunk before may wait for more; with the same end both wait for the same.
    assert np.array_equal(np.nan_to_num(whole.wrench), np.nan_to_num(cut.wrench))
    assert same(whole, cut) or np.isnan(whole.wrench).any()


@wires
@settings(sampled, max_examples=20)
@given(seed=st.integers(0, 1000), cuts=st.lists(st.integers(0, 29), max_size=4))
def test_several_chunks_at_once_are_the_same_as_one_by_one(wire: Wire, seed: int, cuts: list[int]) -> None:
    frames = wire.frames(samples_of(30, seed))
    chunks = [frame[:-1] if number in cuts else frame for number, frame in enumerate(frames)]
    single, _ = parse(wire, chunks)
    assert same(single, wire.protocol().feed_all(chunks))


@streams
@sampled
@given(garbage=st.binary(max_size=200), seed=st.integers(0, 1000))
def test_after_garbage_a_good_frame_is_found_again(wire: Wire, garbage: bytes, seed: int) -> None:
    sent = samples_of(6, seed)
    batch, _ = parse(wire, [garbage + b"".join(wire.frames(sent))])
    # Garbage may end with the beginning of what looks like a frame or an answer: it can cost what follows it at most.
    assert len(batch.wrench) >= 2
    assert wire.close_to(batch.wrench[-2:], sent[-2:])


@streams
@sampled
@given(data=st.data())
def test_a_frame_that_broke_off_with_the_cable_is_not_completed_by_the_next_stream(
    wire: Wire, data: st.DataObject
) -> None:
    first, second = wire.frames(samples_of(2, seed=data.draw(st.integers(0, 1000))))
    cut = data.draw(st.integers(1, len(first) - 1))
    protocol = wire.protocol()
    protocol.feed(first[:cut])
    assert protocol.forget() == cut
    assert protocol.waiting_bytes == 0
    batch = protocol.feed(second[cut:] + second)
    assert len(batch.wrench) == 1 and batch.rejected_bytes == len(second) - cut


@streams
@sampled
@given(data=st.binary(max_size=3000))
def test_garbage_never_raises_and_is_counted_or_kept(wire: Wire, data: bytes) -> None:
    batch, protocol = parse(wire, [data])
    used = len(batch.wrench) * wire.protocol().frame_bytes + sum(len(answer) for answer in batch.answers)
    assert batch.rejected_bytes + used + protocol.waiting_bytes == len(data)
    assert protocol.waiting_bytes < 100


@wires
def test_memory_is_bounded_by_whatever_comes(wire: Wire) -> None:
    protocol = wire.protocol()
    head = wire.frames(samples_of(1))[0][:4]
    for piece in (head * 50, b"ACK+AAAA" * 50, b"\xaa" * 400, b"r,0," * 50, b"\x09\x90" * 50, head[:1] * 400):
        for _ in range(20):
            protocol.feed(piece)
            assert protocol.waiting_bytes < 100


def frames_of(wire: Wire, count: int, seed: int) -> Rows:
    """Sound frames of ten samples, over and over, uint8 (count, size)."""
    rows = np.frombuffer(b"".join(wire.frames(samples_of(10, seed))), dtype=np.uint8)
    return rows.reshape(10, -1)[np.arange(count) % 10]


def flipped(rng: np.random.Generator, frames: Rows, low: int, high: int, flips: int) -> Rows:
    """`frames` with so many bits flipped among each one's guarded bytes."""
    bits = np.unpackbits(frames[:, low:high], axis=1)
    bits ^= chosen(rng, bits.shape, np.full(len(frames), flips))
    return np.concatenate((frames[:, :low], np.packbits(bits, axis=1), frames[:, high:]), axis=1)


def scrambled(rng: np.random.Generator, frames: Rows, low: int, high: int) -> Rows:
    """`frames` with 3 to 11 of each one's guarded bytes replaced by others at random."""
    damaged = frames.copy()
    shape = (len(frames), high - low)
    places = chosen(rng, shape, rng.integers(3, min(12, high - low), len(frames)))
    damaged[:, low:high] += places * rng.integers(1, 256, shape, dtype=np.uint8)
    return damaged


def chosen(rng: np.random.Generator, shape: tuple[int, int], counts: npt.NDArray[np.int64]) -> Rows:
    """Ones at as many random places of each row as `counts` says, zeros elsewhere."""
    ranks = rng.random(shape).argsort(axis=1).argsort(axis=1)
    return (ranks < counts[:, None]).astype(np.uint8)


def passes(wire: Wire, damaged: Rows) -> int:
    """How many damaged frames came through as samples. Silence between them keeps each one for itself."""
    apart = np.pad(damaged, ((0, 0), (0, 64)))
    return len(parse(wire, [apart.tobytes()])[0].wrench)


def batches(count: int) -> Iterator[int]:
    """Sizes that add up to `count`, each small enough to be held in memory."""
    for first in range(0, count, 2000):
        yield min(2000, count - first)


@checked
def test_no_frame_with_a_single_damaged_bit_passes(wire: Wire) -> None:
    low, high = wire.covered
    bits = np.eye((high - low) * 8, dtype=np.uint8)
    frames = frames_of(wire, len(bits), 1)
    frames[:, low:high] ^= np.packbits(bits, axis=1)
    assert passes(wire, frames) == 0


@checked
def test_scrambled_frames_pass_no_more_often_than_the_check_says(wire: Wire) -> None:
    """A CRC of 16 bits lets 2⁻¹⁶ of them pass; a sum of 8 bits 2⁻⁸, and one of 16 bits over twenty bytes no more."""
    rng, count, through = np.random.default_rng(7), 0, 0
    for seed, size in enumerate(batches(MUTATIONS)):
        damaged = scrambled(rng, frames_of(wire, size, seed), *wire.covered)
        through, count = through + passes(wire, damaged), count + size
    expected = count * wire.protocol().undetected
    print(f"{wire.name}: {through} of {count} scrambled frames passed; by the check's odds {expected:.1f}")
    assert through <= expected * 1.1 + 5 * np.sqrt(expected) + 1


@checked
def test_few_flipped_bits_pass_no_more_often_than_the_docstring_says(wire: Wire) -> None:
    """None below the CRCs' Hamming distance, which is four; of the sums' the share that cancels."""
    rng, is_crc = np.random.default_rng(8), wire.protocol().undetected <= 2.0**-16
    for flips, share in ((2, 0.0 if is_crc else 0.07), (3, 0.0 if is_crc else 0.02)):
        count, through = max(2000, MUTATIONS // 10), 0
        for size in batches(count):
            through += passes(wire, flipped(rng, frames_of(wire, size, flips), *wire.covered, flips))
        print(f"{wire.name}: {through} of {count} frames with {flips} flipped bits passed")
        assert through <= share * count


def test_no_damaged_modbus_answer_passes_beyond_its_crc() -> None:
    """Up to three flipped bits: every one is tried. More damage: 2⁻¹⁶, and only with the head untouched."""
    request, answer = waveshare_8ch.read_inputs(1), bytes.fromhex("0102010be04f")
    whole = int.from_bytes(answer, "big")
    masks = [sum(1 << bit for bit in bits) for flips in (1, 2, 3) for bits in combinations(range(48), flips)]
    assert all(waveshare_8ch.find_answer((whole ^ mask).to_bytes(6, "big"), request) is None for mask in masks)
    rng, through = np.random.default_rng(9), 0
    for size in batches(MUTATIONS):
        rows = np.tile(np.frombuffer(answer, dtype=np.uint8), (size, 1))
        for row in scrambled(rng, rows, 0, 6):
            through += refused_or(row.tobytes(), request)
    expected = MUTATIONS * 2.0**-16
    print(f"Modbus answer: {through} of {MUTATIONS} passed; by the CRC's odds at most {expected:.1f}")
    assert through <= expected + 5 * np.sqrt(expected) + 1


def refused_or(data: bytes, request: waveshare_8ch.Request) -> bool:
    """Whether `data` is taken for an answer; a refusal is one, too."""
    try:
        return waveshare_8ch.find_answer(data, request) is not None
    except waveshare_8ch.Refused:
        return True


@wires
def test_what_the_wire_cannot_know_is_said_with_every_sample(wire: Wire) -> None:
    batch, protocol = parse(wire, wire.frames(samples_of(5)))
    assert bool(batch.status[0] & UNCHECKED) == (protocol.undetected == 1.0)
    assert bool(batch.status[0] & UNCOUNTED) == (protocol.turn == 0)
    assert not (batch.status & INVALID).any()


@counted_wires
@settings(sampled, max_examples=20)
@given(first=st.integers(0, 200_000), kept=st.lists(st.booleans(), min_size=4, max_size=200))
def test_counters_turn_into_losses_exactly(wire: Wire, first: int, kept: list[bool]) -> None:
    kept = [True, *kept, True, True]
    frames = wire.frames(samples_of(len(kept)), first)
    batch, protocol = parse(wire, [frame for frame, keep in zip(frames, kept, strict=True) if keep])
    accounting = Accounting(wire.rate_hz, protocol.turn)
    runs = accounting.take(batch.numbers, batch.wrench, 0.01, batch.status) + accounting.flush()
    assert (accounting.totals.received, accounting.totals.lost) == (sum(kept), len(kept) - sum(kept))
    places = [run.first_index - runs[0].first_index + at for run in runs for at in range(len(run.wrench))]
    assert places == [at for at, keep in enumerate(kept) if keep]
