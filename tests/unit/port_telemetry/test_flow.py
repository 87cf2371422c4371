"""What is sent next, and what goes again."""

from hypothesis import given
from hypothesis import strategies as st

from port_telemetry.core.flow import Flow
from port_telemetry.core.record import Key, Lane

_A, _B = Key("a", 1), Key("b", 1)


def flow_of(**last: int) -> Flow:
    flow = Flow(window_parcels=10, window_bytes=1000)
    for topic, number in last.items():
        flow.durable(Key(topic, 1), Lane.MEASUREMENT, number)
    return flow


def test_nothing_is_sent_before_it_is_durable() -> None:
    flow = flow_of(a=1)
    assert flow.next() == (_A, 0)
    flow.sent(_A, 1, 10)
    assert flow.next() is None
    flow.durable(_A, Lane.MEASUREMENT, 2)
    assert flow.next() == (_A, 1)


def test_the_better_lane_goes_first_and_equals_take_turns() -> None:
    flow = flow_of(a=5, b=5)
    flow.durable(Key("e", 1), Lane.SAFETY, 1)
    served = []
    while (choice := flow.next()) is not None:
        key, after = choice
        served.append(key.topic)
        flow.sent(key, after + 1, 10)
    assert served[:5] == ["e", "a", "b", "a", "b"]


def test_a_full_window_waits_for_the_facility() -> None:
    flow = flow_of(a=100)
    for number in range(1, 11):
        flow.sent(_A, number, 10)
    assert flow.next() is None
    assert flow.acknowledged(_A, 4) == 4
    assert flow.next() == (_A, 10)
    assert flow.parcels == 6 and flow.bytes == 60


def test_after_a_broken_connection_everything_unacknowledged_goes_again() -> None:
    flow = flow_of(a=5)
    flow.sent(_A, 5, 10)
    flow.acknowledged(_A, 2)
    flow.restart()
    assert flow.next() == (_A, 2)
    assert not flow.unacknowledged


def test_the_facility_may_go_back_before_what_it_acknowledged() -> None:
    flow = flow_of(a=5)
    flow.sent(_A, 5, 10)
    flow.acknowledged(_A, 5)
    assert flow.idle
    flow.rewind(_A, 2)
    assert flow.next() == (_A, 2)
    flow.sent(_A, 5, 10)
    assert flow.acknowledged(_A, 5) == 0
    assert not flow.unacknowledged


def test_an_old_copy_of_the_spool_believes_what_the_facility_has() -> None:
    flow = flow_of(a=5)
    assert flow.acknowledged(_A, 80) == 80
    assert flow.idle and flow.next() is None


def test_an_ack_for_an_unknown_sequence_is_no_news() -> None:
    assert flow_of(a=1).acknowledged(_B, 4) == 0


@given(st.lists(st.tuples(st.sampled_from(["durable", "send", "ack", "rewind", "restart"]), st.integers(0, 9))))
def test_the_window_is_counted_exactly(steps: list[tuple[str, int]]) -> None:
    flow, last = flow_of(a=1), 1
    for step, number in steps:
        if step == "durable":
            last += number
            flow.durable(_A, Lane.MEASUREMENT, last)
        elif step == "send" and (choice := flow.next()):
            flow.sent(_A, min(choice[1] + 1 + number, last), 7)
        elif step == "ack":
            flow.acknowledged(_A, min(number, last))
        elif step == "rewind":
            flow.rewind(_A, number)
        elif step == "restart":
            flow.restart()
            assert flow.parcels == 0
        assert flow.bytes == 7 * flow.parcels >= 0
    while (choice := flow.next()) is not None:
        flow.sent(_A, last, 7)
    flow.acknowledged(_A, last)
    assert flow.parcels == 0 and flow.idle
