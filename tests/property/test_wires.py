"""What always holds of every wire that streams wrenches, for any stream, any chunking and any damage.

PORT_MUTATIONS=1000000 runs the long mode: so many damaged frames a wire.
"""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from port_sensors.core.accounting import Accounting
from port_sensors.protocol.wrench_protocol import INVALID, UNCHECKED, UNCOUNTED, Batch
from port_sim.faults import Faults
from tests.wires import STREAMS, WIRES, Wire, parse, samples_of

MUTATIONS = int(os.environ.get("PORT_MUTATIONS", "20000"))
streams = pytest.mark.parametrize("wire", STREAMS, ids=lambda wire: wire.name)
wires = pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)
checked = pytest.mark.parametrize("wire", [wire for wire in STREAMS if wire.covered[1]], ids=lambda wire: wire.name)


def same(one: Batch, other: Batch) -> bool:
    arrays = all(np.array_equal(getattr(one, key), getattr(other, key)) for key in ("numbers", "wrench", "status"))
    return arrays and one.rejected_bytes == other.rejected_bytes and one.answers == other.answers


@streams
@settings(max_examples=40)
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


@streams
@settings(max_examples=40)
@given(garbage=st.binary(max_size=200), seed=st.integers(0, 1000))
def test_after_garbage_a_good_frame_is_found_again(wire: Wire, garbage: bytes, seed: int) -> None:
    sent = samples_of(6, seed)
    batch, _ = parse(wire, [garbage + b"".join(wire.frames(sent))])
    # Garbage may end with the beginning of what looks like a frame or an answer: it can cost what follows it at most.
    assert len(batch.wrench) >= 2
    assert wire.close_to(batch.wrench[-2:], sent[-2:])


@streams
@settings(max_examples=40)
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


def flipped(rng: np.random.Generator, frame: bytes, low: int, high: int, flips: int) -> bytes:
    """`frame` with so many bits flipped in its guarded bytes."""
    damaged = bytearray(frame)
    for bit in rng.choice((high - low) * 8, size=flips, replace=False):
        damaged[low + bit // 8] ^= 1 << bit % 8
    return bytes(damaged)


def scrambled(rng: np.random.Generator, frame: bytes, low: int, high: int, count: int) -> bytes:
    """`frame` with so many of its guarded bytes replaced by others at random."""
    damaged = bytearray(frame)
    for place in rng.choice(high - low, size=count, replace=False):
        damaged[low + place] = (damaged[low + place] + int(rng.integers(1, 256))) % 256
    return bytes(damaged)


def passes(wire: Wire, damaged: list[bytes]) -> int:
    """How many damaged frames came through as samples. Silence between them keeps each one for itself."""
    gap = bytes(64)
    return len(parse(wire, [gap.join(damaged) + gap])[0].wrench)


@checked
def test_no_frame_with_a_single_damaged_bit_passes(wire: Wire) -> None:
    frame = wire.frames(samples_of(1))[0]
    low, high = wire.covered
    damaged = [
        bytes(b ^ (1 << bit % 8) * (at == bit // 8) for at, b in enumerate(frame)) for bit in range(low * 8, high * 8)
    ]
    assert passes(wire, damaged) == 0


@checked
def test_scrambled_frames_pass_no_more_often_than_the_check_says(wire: Wire) -> None:
    rng, count, through = np.random.default_rng(7), 0, 0
    for seed in range(max(1, MUTATIONS // 1000)):
        frames = wire.frames(samples_of(10, seed))
        damaged = [scrambled(rng, frames[n % 10], *wire.covered, int(rng.integers(3, 12))) for n in range(1000)]
        through, count = through + passes(wire, damaged), count + len(damaged)
    expected = count * wire.protocol().undetected
    assert through <= expected * 1.1 + 5 * np.sqrt(expected) + 1


@checked
def test_few_flipped_bits_pass_no_more_often_than_the_docstring_says(wire: Wire) -> None:
    rng, frames = np.random.default_rng(8), wire.frames(samples_of(10))
    is_crc = wire.protocol().undetected <= 2.0**-16
    count = max(2000, MUTATIONS // 10)
    for flips, share in ((2, 0.0 if is_crc else 0.07), (3, 0.0 if is_crc else 0.02)):
        damaged = [flipped(rng, frames[n % 10], *wire.covered, flips) for n in range(count)]
        assert passes(wire, damaged) <= share * count


@wires
def test_what_the_wire_cannot_know_is_said_with_every_sample(wire: Wire) -> None:
    batch, protocol = parse(wire, wire.frames(samples_of(5)))
    assert bool(batch.status[0] & UNCHECKED) == (protocol.undetected == 1.0)
    assert bool(batch.status[0] & UNCOUNTED) == (protocol.turn == 0)
    assert not (batch.status & INVALID).any()


@wires
@settings(max_examples=20)
@given(first=st.integers(0, 200_000), kept=st.lists(st.booleans(), min_size=4, max_size=200))
def test_counters_turn_into_losses_exactly(wire: Wire, first: int, kept: list[bool]) -> None:
    if not wire.protocol().turn:
        return
    kept = [True, *kept, True, True]
    frames = wire.frames(samples_of(len(kept)), first)
    batch, protocol = parse(wire, [frame for frame, keep in zip(frames, kept, strict=True) if keep])
    accounting = Accounting(wire.rate_hz, protocol.turn)
    runs = accounting.take(batch.numbers, batch.wrench, 0.01, batch.status) + accounting.flush()
    assert (accounting.totals.received, accounting.totals.lost) == (sum(kept), len(kept) - sum(kept))
    places = [run.first_index - runs[0].first_index + at for run in runs for at in range(len(run.wrench))]
    assert places == [at for at, keep in enumerate(kept) if keep]
