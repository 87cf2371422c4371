"""What waits to be decoded is bounded; what finds no room is counted, and the next message of its stream says so."""

from port_telemetry.core.continuity import NO_ROOM, ON_THE_WAY
from port_telemetry.core.raw_queue import Lost, RawQueue


def test_what_goes_first_is_taken_first_and_the_rest_in_order() -> None:
    queue: RawQueue[str] = RawQueue(1000)
    for number in range(3):
        queue.put("samples", b"s", number, 0.0, False)
    queue.put("events", b"e", 1, 0.0, True)
    assert [(raw.stream, raw.number) for raw in queue.take(0.0)] == [
        ("events", 1), ("samples", 0), ("samples", 1), ("samples", 2)
    ]  # fmt: skip
    assert queue.take(0.0) == [] and queue.waiting_bytes == 0


def test_what_finds_no_room_is_counted_by_its_stream_and_told_by_the_next() -> None:
    queue: RawQueue[str] = RawQueue(10)
    queue.put("left", b"x" * 10, 1, 0.0, False)
    for number in (2, 3):
        queue.put("left", b"x" * 10, number, 0.0, False)
    queue.put("right", b"x", 1, 0.0, False)
    assert [raw.number for raw in queue.take(0.0)] == [1]
    queue.put("left", b"x", 4, 0.0, False)
    queue.put("right", b"x", 2, 0.0, False)
    assert [(raw.stream, raw.lost, raw.why) for raw in queue.take(0.0)] == [
        ("left", 2, NO_ROOM), ("right", 1, NO_ROOM)
    ]  # fmt: skip


def test_a_flood_of_measurements_leaves_room_for_events() -> None:
    queue: RawQueue[str] = RawQueue(10)
    for number in range(5):
        queue.put("samples", b"x" * 10, number, 0.0, False)
    queue.put("events", b"x" * 10, 1, 0.0, True)
    assert [raw.stream for raw in queue.take(0.0)] == ["events", "samples"]


def test_a_loss_that_no_message_has_carried_is_given_out_after_a_while() -> None:
    queue: RawQueue[str] = RawQueue(10)
    queue.lose("left", 2, 5.0)
    queue.lose("left", 1, 6.0)
    assert queue.unsaid(5.0) == []
    assert queue.unsaid(5.5) == [Lost("left", 3, ON_THE_WAY)]
    assert queue.unsaid(9.0) == []


def test_closed_it_takes_nothing_more_gives_out_what_waits_and_is_done() -> None:
    queue: RawQueue[str] = RawQueue(10)
    queue.put("left", b"x", 1, 0.0, False)
    queue.close()
    queue.put("left", b"x", 2, 0.0, False)
    assert not queue.done
    assert [raw.number for raw in queue.take(0.0)] == [1]
    assert queue.done and queue.unsaid(1.0) == [Lost("left", 1, NO_ROOM)]
