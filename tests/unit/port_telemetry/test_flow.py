"""What is sent next, and what goes again."""

from hypothesis import given
from hypothesis import strategies as st

from port_telemetry.core.flow import Flow
from port_telemetry.core.position import Patience
from port_telemetry.core.record import Key, Lane

_A, _B = Key("a", 1), Key("b", 1)


def flow_of(**last: int) -> Flow:
    flow = Flow(window_parcels=10, window_bytes=1000, patience=Patience(2.0, 16.0))
    for topic, number in last.items():
        flow.durable(Key(topic, 1), Lane.MEASUREMENT, number)
    return flow


def test_nothing_is_sent_before_it_is_durable() -> None:
    flow = flow_of(a=1)
    assert flow.next() == (_A, 0)
    flow.sent(_A, 1, 10, 0.0)
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
        flow.sent(key, after + 1, 10, 0.0)
    assert served[:5] == ["e", "a", "b", "a", "b"]


def test_a_full_window_waits_for_the_facility() -> None:
    flow = flow_of(a=100)
    for number in range(1, 11):
        flow.sent(_A, number, 10, 0.0)
    assert flow.next() is None
    assert flow.acknowledged(_A, 4, 0.0) == 4
    assert flow.next() == (_A, 10)
    assert flow.parcels == 6 and flow.bytes == 60


def test_after_a_broken_connection_everything_unacknowledged_goes_again() -> None:
    flow = flow_of(a=5)
    flow.sent(_A, 5, 10, 0.0)
    flow.acknowledged(_A, 2, 0.0)
    flow.restart()
    assert flow.next() == (_A, 2)
    assert not flow.unacknowledged


def test_the_facility_may_go_back_before_what_it_acknowledged() -> None:
    flow = flow_of(a=5)
    flow.sent(_A, 5, 10, 0.0)
    flow.acknowledged(_A, 5, 0.0)
    assert flow.idle
    flow.rewind(_A, 2)
    assert flow.next() == (_A, 2)
    flow.sent(_A, 5, 10, 0.0)
    assert flow.acknowledged(_A, 5, 0.0) == 0
    assert not flow.unacknowledged


def test_an_old_copy_of_the_spool_believes_what_the_facility_has() -> None:
    flow = flow_of(a=5)
    assert flow.acknowledged(_A, 80, 0.0) == 80
    assert flow.idle and flow.next() is None


def test_an_ack_for_an_unknown_sequence_is_no_news() -> None:
    assert flow_of(a=1).acknowledged(_B, 4, 0.0) == 0


def fill(flow: Flow, key: Key, last: int) -> None:
    """Send parcels of one number each up to `last`, at 0 s."""
    while flow.open(key) and (choice := flow.next()) is not None and choice[1] < last:
        flow.sent(key, choice[1] + 1, 10, 0.0)


def test_a_refused_sequence_takes_no_window_from_the_others_and_is_tried_less_and_less_often() -> None:
    flow = flow_of(a=50)
    fill(flow, _A, 50)
    flow.durable(_B, Lane.STILL, 1)
    assert flow.next() is None
    flow.refused(_A, 7, 0.0)
    assert flow.next() == (_B, 0) and flow.refusals == {_A: 50}
    flow.sent(_B, 1, 10, 0.0)
    tried_s = []
    for now_s in range(60):
        flow.mind(float(now_s), lambda _: False)
        if flow.open(_A):
            assert flow.next() == (_A, 0)
            flow.sent(_A, 1, 10, float(now_s))
            assert not flow.open(_A)
            flow.refused(_A, 1, float(now_s))
            tried_s.append(now_s)
    assert tried_s == [3, 8, 17, 34, 51]


def test_a_refused_sequence_goes_on_as_soon_as_the_facility_stores_some_of_it() -> None:
    flow = flow_of(a=50)
    fill(flow, _A, 50)
    flow.refused(_A, 10, 0.0)
    assert flow.acknowledged(_A, 1, 0.1) == 1
    # Nothing of what went along is counted on: it goes again.
    assert flow.next() == (_A, 1) and not flow.refusals
    flow.sent(_A, 2, 10, 0.1)
    assert flow.open(_A)


def test_what_was_refused_in_our_name_but_is_not_on_its_way_from_here_stops_nothing() -> None:
    flow = flow_of(a=50)
    fill(flow, _A, 3)
    flow.acknowledged(_A, 2, 0.0)
    for number in (1, 2, 4, 51):
        flow.refused(_A, number, 0.0)
    flow.refused(_B, 1, 0.0)
    assert flow.open(_A) and not flow.refusals


def test_a_sequence_of_which_nothing_is_said_goes_again_one_parcel_at_a_time_unless_the_network_still_has_it() -> None:
    flow = flow_of(a=50)
    fill(flow, _A, 50)
    flow.mind(2.5, lambda key: key == _A)
    assert flow.parcels == 10
    flow.mind(4.0, lambda _: False)
    assert flow.parcels == 10
    flow.mind(5.0, lambda _: False)
    assert flow.parcels == 0 and flow.next() == (_A, 0)
    flow.sent(_A, 1, 10, 5.0)
    assert flow.next() is None
    assert flow.acknowledged(_A, 1, 6.0) == 1
    assert flow.next() == (_A, 1)


_STEPS = ["durable", "send", "ack", "rewind", "restart", "refuse", "mind"]


def take(flow: Flow, step: str, number: int, last: int, now_s: float) -> None:
    """One step of what can happen to the sequence."""
    match step:
        case "durable":
            flow.durable(_A, Lane.MEASUREMENT, last)
        case "send":
            if choice := flow.next():
                flow.sent(_A, min(choice[1] + 1 + number, last), 7, now_s)
        case "ack":
            flow.acknowledged(_A, min(number, last), now_s)
        case "rewind":
            flow.rewind(_A, number)
        case "restart":
            flow.restart()
            assert flow.parcels == 0
        case "refuse":
            flow.refused(_A, number, now_s)
        case "mind":
            flow.mind(now_s, lambda _: False)


@given(st.lists(st.tuples(st.sampled_from(_STEPS), st.integers(0, 9))))
def test_the_window_is_counted_exactly_and_in_the_end_all_is_stored(steps: list[tuple[str, int]]) -> None:
    flow, last, now_s = flow_of(a=1), 1, 0.0
    for step, number in steps:
        now_s += number
        last += number * (step == "durable")
        take(flow, step, number, last, now_s)
        assert flow.bytes == 7 * flow.parcels >= 0
    # A facility that stores what it gets has everything after as many tries as there may be parcels.
    for _ in range(3):
        flow.mind(now_s := now_s + 20.0, lambda _: False)
        while flow.next() is not None:
            flow.sent(_A, last, 7, now_s)
            flow.acknowledged(_A, last, now_s)
    assert flow.parcels == 0 and flow.idle
