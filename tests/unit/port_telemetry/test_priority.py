"""What goes first and what goes over board."""

from port_telemetry.core.priority import Queue
from port_telemetry.core.record import Numbering, Record, Stream

_KINDS = {"event": Stream.EVENT, "live": Stream.LIVE, "recorded": Stream.RECORDED}


class Maker:
    def __init__(self) -> None:
        self._numbering = Numbering(epoch=1)

    def __call__(self, topic: str) -> Record:
        return self._numbering.record(topic, _KINDS[topic.split("/")[0]], b"", "json/x/1", 0)


def names(records: list[Record]) -> list[tuple[str, int]]:
    return [(record.topic, record.seq) for record in records]


def test_events_then_live_then_recorded() -> None:
    make, queue = Maker(), Queue(10, live_s=5.0)
    for topic in ("recorded", "live", "event", "recorded", "event"):
        assert queue.offer(make(topic), 0.0) == []
    assert names(queue.clear()) == [("event", 1), ("event", 2), ("live", 1), ("recorded", 1), ("recorded", 2)]


def test_the_oldest_samples_go_before_any_event() -> None:
    make, queue = Maker(), Queue(2, live_s=5.0)
    lost = [record for topic in ("recorded", "event", "event", "event") for record in queue.offer(make(topic), 0.0)]
    assert names(lost) == [("recorded", 1), ("event", 1)]
    assert names(queue.clear()) == [("event", 2), ("event", 3)]


def test_a_new_sample_is_lost_when_events_fill_the_queue() -> None:
    make, queue = Maker(), Queue(1, live_s=5.0)
    queue.offer(make("event"), 0.0)
    assert names(queue.offer(make("recorded"), 0.0)) == [("recorded", 1)]


def test_live_state_goes_over_board_first() -> None:
    make, queue = Maker(), Queue(2, live_s=5.0)
    lost = [record for topic in ("live", "live", "recorded", "event") for record in queue.offer(make(topic), 0.0)]
    assert names(lost) == [("live", 1), ("live", 2)]


def test_old_live_state_expires() -> None:
    make, queue = Maker(), Queue(9, live_s=5.0)
    queue.offer(make("live"), 0.0)
    queue.offer(make("live"), 3.0)
    assert queue.expire(5.0) == []
    assert names(queue.expire(5.1)) == [("live", 1)]
    assert names(queue.offer(make("event"), 9.0)) == [("live", 2)]
    assert names(queue.clear()) == [("event", 1)]


def test_what_comes_back_goes_in_front_in_its_order_but_live_state_is_lost() -> None:
    make, queue = Maker(), Queue(10, live_s=5.0)
    flight = [make("recorded"), make("event"), make("live"), make("recorded")]
    queue.offer(make("recorded"), 0.0)
    assert names(queue.put_back(flight)) == [("live", 1)]
    assert names(queue.clear()) == [("event", 1), ("recorded", 1), ("recorded", 2), ("recorded", 3)]
