"""Whatever is done to telemetry's queue, each record leaves it exactly once: taken, or named as lost."""

from hypothesis import given
from hypothesis import strategies as st

from port_telemetry.core.priority import Queue
from port_telemetry.core.record import Numbering, Record, Stream

_OFFERS = st.tuples(st.sampled_from(list(Stream)), st.sampled_from("ab"))
_STEPS = st.lists(st.one_of(_OFFERS, st.sampled_from(["take", "put back", "expire"])), max_size=60)


@given(_STEPS, st.integers(1, 5))
def test_nothing_vanishes_and_nothing_doubles(steps: list[object], max_records: int) -> None:
    queue, numbering = Queue(max_records, live_s=2.0), Numbering(epoch=1)
    offered: list[Record] = []
    taken: list[Record] = []
    lost: list[Record] = []
    for now_s, step in enumerate(steps):
        if isinstance(step, tuple):
            stream, name = step
            offered.append(numbering.record(f"{stream}/{name}", stream, b"", "json/x/1", 0))
            lost += queue.offer(offered[-1], float(now_s))
        elif step == "take":
            record = queue.take()
            taken += [record] if record else []
        elif step == "put back":
            lost += queue.put_back(taken)
            taken = []
        else:
            lost += queue.expire(float(now_s))
        assert len(queue) <= max_records
    left = queue.clear()

    def key(record: Record) -> tuple[str, int]:
        return record.topic, record.seq

    assert sorted(map(key, taken + lost + left)) == sorted(map(key, offered))
    for stream in Stream:
        for name in "ab":
            numbers = [record.seq for record in left if record.topic == f"{stream}/{name}"]
            assert numbers == sorted(numbers)
