"""The sign of life: the work has to have gone on, and nothing that happens to the pipe may hold it up."""

import os
from collections.abc import Callable, Iterator

import pytest

from port_ros import heartbeat
from port_ros.heartbeat import CLOSES, HEARTBEAT, WORKS, Heartbeat


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], bytes]]:
    """What has come through the pipe that the next Heartbeat finds; every beat is due."""
    ours, theirs = os.pipe()
    for end in (ours, theirs):
        os.set_blocking(end, False)
    monkeypatch.setenv(HEARTBEAT, str(theirs))
    monkeypatch.setattr(heartbeat, "PERIOD_S", 0.0)

    def read() -> bytes:
        try:
            return os.read(ours, 1 << 20)
        except BlockingIOError:
            return b""

    yield read
    for end in (ours, theirs):
        os.close(end)


def test_each_beat_is_heard_and_the_close(heard: Callable[[], bytes]) -> None:
    made = Heartbeat()
    made.beat()
    made.beat()
    assert heard() == 2 * WORKS
    made.close()
    assert heard() == CLOSES


def test_no_beat_while_a_thread_stands_still(heard: Callable[[], bytes]) -> None:
    made = Heartbeat()
    made.beat(1, 1)
    made.beat(2, 1)
    made.beat(2, 1)
    assert heard() == WORKS
    made.beat(3, 2)
    assert heard() == WORKS


def test_beats_are_rare(heard: Callable[[], bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "PERIOD_S", 3600.0)
    made = Heartbeat()
    for _ in range(1000):
        made.beat()
    assert heard() == WORKS


def test_what_a_process_starts_does_not_speak_for_it(heard: Callable[[], bytes]) -> None:
    made = Heartbeat()
    assert HEARTBEAT not in os.environ
    Heartbeat().beat()
    assert heard() == b""
    made.beat()
    assert heard() == WORKS


def test_a_full_pipe_and_one_that_nobody_reads_hold_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "PERIOD_S", 0.0)
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    monkeypatch.setenv(HEARTBEAT, str(theirs))
    made = Heartbeat()
    for _ in range(1 << 17):
        made.beat()
    with pytest.raises(BlockingIOError):
        os.write(theirs, WORKS)
    os.close(ours)
    made.beat()
    made.close()
    os.close(theirs)
