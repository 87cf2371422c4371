"""No damaged frame of the e-stop link passes: proven for up to five flipped bits, tried at random beyond.

PORT_MUTATIONS=1000000 runs the long mode. Of frames damaged at random 2⁻³² may pass: in a million 2.3e-4 expected.
"""

import os
import random
import zlib

import numpy as np
import numpy.typing as npt
import pytest

from port_sensors.protocol.estop_link import Frame, Heartbeat, Parser, Relay, State, Word, encode

MUTATIONS = int(os.environ.get("PORT_MUTATIONS", "20000"))
CRC_BITS = 35  # five bytes of seven; the upper three are always 0
Words = npt.NDArray[np.uint64]


def syndromes(head_bytes: int) -> Words:
    """What each bit of a frame, flipped alone, changes of the difference between CRC and bytes.

    Bit 7 is left out: flipped, it makes a start byte, and the frame falls apart.
    """
    zeros = bytes(head_bytes)
    found = []
    for place in range(head_bytes):
        for bit in range(7):
            flipped = zeros[:place] + bytes((1 << bit,)) + zeros[place + 1 :]
            found.append(zlib.crc32(flipped) ^ zlib.crc32(zeros))
    return np.array(found + [1 << bit for bit in range(CRC_BITS)], dtype=np.uint64)


def pair_sums(bits: Words) -> Words:
    first, second = np.triu_indices(len(bits), 1)
    return bits[first] ^ bits[second]


@pytest.mark.parametrize("head_bytes", [30, 28], ids=["state", "heartbeat"])
def test_no_pattern_of_up_to_five_flipped_bits_passes(head_bytes: int) -> None:
    """Hamming distance 6: no one, two, three, four or five syndromes add up to zero."""
    bits = syndromes(head_bytes)
    pairs = np.sort(pair_sums(bits))
    assert np.all(bits != 0)
    assert np.all(pairs != 0), "two"
    assert not np.isin(bits, pairs).any(), "three"
    assert np.all(np.diff(pairs) != 0), "four"
    for place in range(len(bits) - 2):
        triples = bits[place] ^ pair_sums(bits[place + 1 :])
        nearest = np.minimum(np.searchsorted(pairs, triples), len(pairs) - 1)
        assert not np.any(pairs[nearest] == triples), "five"


def flip(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 2, 3, 6, 7, 8, 20, 60))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def burst(data: bytearray, chance: random.Random) -> None:
    first = chance.randrange(len(data))
    for place in range(first, min(len(data), first + chance.randint(1, 12))):
        data[place] = chance.randrange(256)


def septets(data: bytearray, chance: random.Random) -> None:
    """Everything but the start byte anew: what the CRC alone must find."""
    data[1:] = bytes(chance.randrange(128) for _ in data[1:])


def cut(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data))]


def put_in(data: bytearray, chance: random.Random) -> None:
    data.insert(chance.randrange(len(data)), chance.randrange(256))


def swap(data: bytearray, chance: random.Random) -> None:
    a, b = chance.sample(range(len(data)), 2)
    data[a], data[b] = data[b], data[a]


DAMAGES = (flip, flip, burst, septets, cut, put_in, swap)


def any_frame(chance: random.Random) -> Frame:
    session, sequence, host, echo, challenge = (chance.getrandbits(32) for _ in range(5))
    if chance.random() < 0.3:
        return Heartbeat(chance.getrandbits(16), session, sequence, host, echo, challenge, Word.HOLD)
    station, (a, b, reset, relay) = chance.getrandbits(16), (chance.random() < 0.5 for _ in range(4))
    return State(station, session, sequence, host, echo, 0.01, 0.0005, a, b, reset, relay, Relay.HELD, 0.15)


def test_no_frame_damaged_at_random_passes_and_the_next_good_one_survives() -> None:
    chance, tried = random.Random(1), 0
    good = encode(any_frame(chance))
    while tried < MUTATIONS:
        frame = encode(any_frame(chance))
        damaged = bytearray(frame)
        chance.choice(DAMAGES)(damaged, chance)
        found = Parser().feed(bytes(damaged) + good)
        if frame in bytes(damaged) + good:
            continue  # the damage undid itself, or fell beside the frame
        tried += 1
        assert [encode(one) for one in found] == [good], (frame.hex(), damaged.hex())
