"""Who says a message: every way in which it is not the session's own node, now, for the first time."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_ros.session_key import KEY_BYTES, MAC_BYTES
from port_ros.signed_stream import INSTANCES, StreamCheck, StreamSigner

KEY, OTHER_KEY = bytes(range(KEY_BYTES)), bytes(KEY_BYTES)
HEAD = b"\0\1\0\0"


def message(instance: int, sequence: int, said: bytes = b"closed") -> bytes:
    """As the middleware encodes it, not signed yet."""
    return HEAD + bytes(MAC_BYTES) + struct.pack("<4xQQ", instance, sequence) + said


class Sender:
    def __init__(self, key: bytes | None = KEY, topic: str = "estop/state") -> None:
        self.signer = StreamSigner(key, topic)

    def say(self, sequence: int, said: bytes = b"closed", source: str = "station_1") -> tuple[bytes, str, int, int]:
        instance = self.signer.instance
        return self.signer.signed(message(instance, sequence, said)), source, instance, sequence


def check() -> StreamCheck:
    return StreamCheck(KEY, "estop/state")


def test_what_the_session_s_node_says_counts() -> None:
    sender, receiver = Sender(), check()
    assert [receiver.refusal(*sender.say(number)) for number in (1, 2, 3, 7)] == [""] * 4, "a lost one is none said"


@pytest.mark.parametrize(
    "sender", [Sender(OTHER_KEY), Sender(None), Sender(topic="safety/enable")], ids=["other key", "no key", "other"]
)
def test_what_anybody_else_says_does_not(sender: Sender) -> None:
    assert check().refusal(*sender.say(1)).startswith("it is not signed by this session")


@given(st.binary(max_size=40), st.integers(0), st.integers(1, 255))
def test_no_byte_of_it_can_be_changed(said: bytes, at: int, by: int) -> None:
    data, source, instance, sequence = Sender().say(1, said)
    changed = bytearray(data)
    changed[len(HEAD) + at % (len(data) - len(HEAD))] ^= by
    assert "not signed" in check().refusal(bytes(changed), source, instance, sequence)


@given(st.binary(max_size=9))
def test_what_the_middleware_pads_it_with_is_not_part_of_it(said: bytes) -> None:
    data, source, instance, sequence = Sender().say(1, said)
    assert len(data) % 4 == 0, "so that nobody pads it any more"
    unpadded = data[: len(message(instance, sequence, said))]
    assert check().refusal(unpadded, source, instance, sequence) == ""


def test_nothing_counts_twice_or_after_what_came_later() -> None:
    sender, receiver = Sender(), check()
    first, second = sender.say(1), sender.say(2)
    assert receiver.refusal(*first) == receiver.refusal(*second) == ""
    assert receiver.refusal(*second).startswith("number 2 of it came before")
    assert receiver.refusal(*first).startswith("number 1 of it came before")
    assert receiver.refusal(*sender.say(3)) == ""


def test_sources_that_share_a_topic_do_not_get_in_each_other_s_way() -> None:
    one, other, receiver = Sender(), Sender(), check()
    for number in (1, 2):
        assert receiver.refusal(*one.say(number, source="a")) == receiver.refusal(*other.say(number, source="b")) == ""


def test_nobody_fills_the_memory_with_sources_that_are_not_proven() -> None:
    receiver, forger = check(), Sender(OTHER_KEY)
    for number in range(100):
        assert receiver.refusal(*forger.say(1, source=f"camera {number}"))
    assert not receiver._sources


def test_a_sender_that_is_started_again_counts_and_what_it_said_before_does_not() -> None:
    before, after, receiver = Sender(), Sender(), check()
    assert receiver.refusal(*before.say(5)) == receiver.refusal(*after.say(1)) == ""
    assert receiver.refusal(*before.say(6)).startswith("it is of a sender that was started again since")
    assert receiver.refusal(*after.say(2)) == ""


def test_a_sender_that_is_started_again_and_again_fills_no_memory() -> None:
    receiver = check()
    for _ in range(INSTANCES + 1):
        assert receiver.refusal(*Sender().say(1)) == ""
    assert "start the session again" in receiver.refusal(*Sender().say(1))


def test_who_has_no_key_believes_nobody() -> None:
    assert StreamCheck(None, "estop/state").refusal(*Sender(None).say(1)).startswith("there is no session_key_file")


@pytest.mark.parametrize("data", [b"", HEAD, HEAD + bytes(MAC_BYTES - 1), HEAD + bytes(MAC_BYTES)])
def test_what_is_too_short_for_a_code_has_none(data: bytes) -> None:
    assert "not signed" in check().refusal(data, "", 0, 1)
