"""What may leave and what counts: the newest of each topic, as often and as large as agreed, and never an old one."""

from typing import Any

import pytest

from port_session.border.arrivals import BURST, FLOOD, RATE_MARGIN, Arrivals
from port_session.border.channels import IN, OUT, Channel, Outbox, from_table
from port_session.border.echo import Echoes, answer, question
from port_session.border.frames import DATA, Frame, FrameError

S = 1_000_000_000
COMMAND = Channel(1, "/cmd_vel", "geometry_msgs/msg/Twist", OUT, 100.0, 64, old_s=0.25)
ODOM = Channel(2, "/odom", "nav_msgs/msg/Odometry", IN, 50.0, 1000, old_s=0.25)
STATE = Channel(3, "/state", "std_msgs/msg/String", IN, 10.0, 1000)


def test_a_newer_message_takes_the_place_of_one_that_has_not_left() -> None:
    outbox = Outbox()
    assert outbox.put(COMMAND, b"old", 0) and outbox.put(COMMAND, b"new", 5)
    waiting = outbox.take(10)
    assert waiting is not None and (waiting.payload, waiting.given_ns) == (b"new", 5)
    assert outbox.take(10) is None and outbox.thinned == {"/cmd_vel": 1}


def test_the_first_of_the_table_leaves_first() -> None:
    outbox = Outbox()
    outbox.put(ODOM, b"odom", 0)
    outbox.put(COMMAND, b"stop", 1)
    assert [outbox.take(2).payload for _ in range(2)] == [b"stop", b"odom"]  # type: ignore[union-attr]


def test_no_more_often_than_agreed() -> None:
    outbox = Outbox()
    outbox.put(COMMAND, b"1", 0)
    assert outbox.due_in_ns(0) == 0 and outbox.take(0)
    outbox.put(COMMAND, b"2", 1)
    assert outbox.take(9_999_999) is None and outbox.due_in_ns(4_000_000) == 6_000_000
    assert outbox.take(10_000_000)
    assert outbox.due_in_ns(10_000_001) is None


def test_too_large_does_not_leave() -> None:
    outbox = Outbox()
    assert not outbox.put(COMMAND, b"x" * 65, 0) and outbox.take(0) is None and outbox.too_large == {"/cmd_vel": 1}
    assert outbox.put(COMMAND, b"x" * 64, 0)


def test_nothing_of_one_connection_leaves_by_the_next() -> None:
    outbox = Outbox()
    outbox.put(COMMAND, b"go", 0)
    outbox.clear()
    assert outbox.take(0) is None


@pytest.mark.parametrize(
    "row", [{"direction": "up"}, {"max_hz": 0.0}, {"max_hz": float("nan")}, {"max_bytes": 0}, {"colour": "red"}]
)
def test_a_table_that_makes_no_sense_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        from_table([COMMAND._asdict() | row])
    assert from_table([COMMAND._asdict()]) == [COMMAND]


class Side:
    """Frames of another side whose clock is ahead by an hour."""

    ahead_ns = 3600 * S

    def __init__(self) -> None:
        self.echoes = Echoes()
        self.arrivals = Arrivals([ODOM, STATE], self.echoes)
        self.sequence = 0

    def echo(self, now_ns: int) -> None:
        self.echoes.note(answer(question(now_ns, now_ns), now_ns + self.ahead_ns, now_ns), now_ns, now_ns)

    def take(self, channel: int, now_ns: int, age_ns: int = 0, payload: bytes = b"\x00\x01\x00\x00x") -> Channel | None:
        self.sequence += 1
        return self.arrivals.take(Frame(DATA, channel, self.sequence, now_ns - age_ns + self.ahead_ns, payload), now_ns)


def test_what_was_long_on_its_way_is_left() -> None:
    side = Side()
    side.echo(S)
    assert side.take(2, S, age_ns=S // 4) == ODOM
    assert side.take(2, S, age_ns=S // 4 + 1) is None
    assert side.take(3, S, age_ns=9 * S) == STATE, "its age does not matter"
    assert side.arrivals.old == {"/odom": 1} and side.arrivals.taken == {"/odom": 1, "/state": 1}


def test_nothing_whose_age_matters_counts_before_the_first_echo() -> None:
    side = Side()
    assert side.take(2, S) is None and side.take(3, S) == STATE
    side.echo(S)
    assert side.take(2, S) == ODOM


def test_what_comes_twice_or_out_of_order_or_on_no_channel_is_left() -> None:
    side = Side()
    side.echo(S)
    assert side.take(3, S) == STATE
    side.sequence -= 1
    assert side.take(3, S) is None, "the same number again"
    assert side.take(9, S) is None
    assert side.take(3, S, payload=b"\x00\x01\x00") is None, "too short for any message"
    assert side.arrivals.strange == 3


def test_too_large_is_left_and_counted() -> None:
    side = Side()
    side.echo(S)
    assert side.take(2, S, payload=b"x" * 1001) is None and side.arrivals.too_large == {"/odom": 1}
    assert side.take(2, S, payload=b"x" * 1000) == ODOM


def test_more_than_agreed_is_left() -> None:
    side = Side()
    side.echo(S)
    taken = [side.take(2, S) for _ in range(int(BURST) + 5)]
    assert taken.count(None) == 5 and side.arrivals.too_many == {"/odom": 5}
    assert side.take(2, S + round(S / (50.0 * RATE_MARGIN)) + 1) == ODOM


def test_a_flood_is_the_end() -> None:
    side = Side()
    side.echo(S)
    with pytest.raises(FrameError, match="it floods /odom: 50 messages a second are agreed"):
        for number in range(int(BURST) + FLOOD + 10):
            side.take(2, S + number)


def test_a_little_too_often_for_long_is_no_flood() -> None:
    side = Side()
    for number in range(4 * FLOOD):
        side.echo(S + number * S // 100)
        side.take(2, S + number * S // 100)
    assert side.arrivals.too_many["/odom"] > FLOOD
