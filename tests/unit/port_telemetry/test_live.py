"""Live state is sent now or not at all."""

from port_telemetry.core.live import LiveQueue
from port_telemetry.core.record import Numbering, Record, Stream


def states(count: int) -> list[Record]:
    numbering = Numbering(1)
    return [numbering.record("safety/state", Stream.LIVE, b"", "json/x/1", 0) for _ in range(count)]


def test_old_state_is_given_up() -> None:
    first, second, third = states(3)
    queue = LiveQueue(9, max_age_s=5.0)
    assert queue.offer(first, 0.0) == []
    assert queue.offer(second, 3.0) == []
    assert queue.offer(third, 5.1) == [first]
    assert queue.expire(8.1) == [second]
    assert queue.take() is third and queue.take() is None


def test_the_oldest_makes_room() -> None:
    first, second, third = states(3)
    queue = LiveQueue(2, max_age_s=5.0)
    lost = [lost for state in (first, second, third) for lost in queue.offer(state, 0.0)]
    assert lost == [first] and len(queue) == 2
    assert queue.clear() == [second, third] and not len(queue)
