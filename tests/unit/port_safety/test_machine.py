"""The transition table, enumerated: every state with every event."""

import itertools

from port_safety.core.machine import MOVING, STOPPED_OR_STOPPING, TABLE, Event, State, following


def test_every_pair_leads_to_a_state_and_only_the_table_moves_it() -> None:
    for state, event in itertools.product(State, Event):
        expected = TABLE.get((state, event), state)
        assert following(state, event) is expected


def test_motion_begins_only_by_arming_or_by_the_end_of_a_stop_that_may_end_itself() -> None:
    entries = {(state, event) for (state, event), after in TABLE.items() if after in MOVING and state not in MOVING}
    assert entries == {(State.STANDBY, Event.ARM), (State.STOPPED, Event.CLEARED), (State.RESET_READY, Event.CLEARED)}


def test_a_stop_is_left_only_by_reset_or_clearing() -> None:
    exits = {
        (state, event)
        for (state, event), after in TABLE.items()
        if state in STOPPED_OR_STOPPING and after not in STOPPED_OR_STOPPING and event is not Event.FAULT
    }
    assert exits == {
        (State.RESET_READY, Event.RESET),
        (State.STOPPED, Event.CLEARED),
        (State.RESET_READY, Event.CLEARED),
    }


def test_stop_wins_in_every_state_that_can_move() -> None:
    for state in MOVING:
        assert following(state, Event.STOP) is State.STOPPING


def test_fault_is_reached_from_everywhere_and_left_never() -> None:
    for state in State:
        assert following(state, Event.FAULT) is State.FAULT
    for event in Event:
        assert following(State.FAULT, event) is State.FAULT


def test_reset_never_leads_to_motion() -> None:
    for state in State:
        assert following(state, Event.RESET) not in MOVING or state in MOVING
