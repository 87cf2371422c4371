"""Between the makers of records and the disk: order, bounds, and nothing lost without a word."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_telemetry.core.intake import Intake
from port_telemetry.core.record import Lane, Numbering, Record, Stream

_TOPICS = {"x/safety/event": Stream.EVENT, "x/session/event": Stream.EVENT, "x/samples": Stream.RECORDED}


class Maker:
    def __init__(self) -> None:
        self._numbering = Numbering(epoch=7)

    def __call__(self, topic: str, size: int = 1, schema: str = "json/x/1") -> Record:
        return self._numbering.record(topic, _TOPICS.get(topic, Stream.RECORDED), bytes(size), schema, 5)


def names(records: list[Record]) -> list[tuple[str, int, int]]:
    return [(record.topic, record.first, record.seq) for record in records]


def test_safety_events_go_before_session_events_before_measurements_before_stills() -> None:
    make, intake = Maker(), Intake(10, 1000)
    still = make("x/camera", schema="jpeg/image/1")
    for record in (still, make("x/samples"), make("x/session/event"), make("x/safety/event")):
        assert intake.offer(record) == []
    taken = intake.take(10)
    assert [record.lane for record in taken] == [Lane.SAFETY, Lane.SESSION, Lane.MEASUREMENT, Lane.STILL]


def test_what_finds_no_room_is_named_by_one_gap_and_safety_events_stay() -> None:
    make, intake = Maker(), Intake(2, 1000)
    for topic in ("x/samples", "x/samples", "x/samples", "x/safety/event", "x/safety/event"):
        intake.offer(make(topic))
    first, *rest = intake.take(10)
    assert (first.topic, first.first, first.seq, first.is_gap) == ("x/samples", 1, 3, True)
    assert orjson.loads(first.payload)["reason"] == "the edge's disk did not keep up"
    assert names(rest) == [("x/safety/event", 1, 1), ("x/safety/event", 2, 2)]


def test_bytes_are_bounded_too() -> None:
    make, intake = Maker(), Intake(100, 250)
    lost = [record.seq for _ in range(5) for record in intake.offer(make("x/samples", 100))]
    assert lost == [1, 2, 3]
    assert intake.bytes <= 250


def test_an_intake_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="max_records"):
        Intake(0, 1)


@given(st.lists(st.sampled_from([*_TOPICS, "take"]), max_size=60), st.integers(1, 5))
def test_every_number_leaves_once_and_in_order_as_itself_or_in_a_gap(steps: list[str], room: int) -> None:
    make, intake = Maker(), Intake(room, 10_000)
    offered: dict[str, int] = dict.fromkeys(_TOPICS, 0)
    taken: list[Record] = []
    for step in steps:
        if step == "take":
            taken += intake.take(3)
        else:
            offered[step] += 1
            intake.offer(make(step))
    while len(intake):
        taken += intake.take(3)
    for topic, count in offered.items():
        covered = [n for r in taken if r.topic == topic for n in range(r.first, r.seq + 1)]
        assert covered == list(range(1, count + 1))
