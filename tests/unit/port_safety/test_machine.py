"""The transition table, written out: a change of the table is a change of this test."""

import pytest

from port_safety.core.machine import ARMED, MOVING, STOPPED_OR_STOPPING, TABLE, Event, State, following

#: Columns of the table below.
EVENTS = (
    Event.READY, Event.NOT_READY, Event.ARM, Event.DISARM, Event.LIMIT, Event.NO_LIMIT, Event.STOP, Event.STANDSTILL,
    Event.RESETTABLE, Event.NOT_RESETTABLE, Event.RESET, Event.CLEARED, Event.RECOVER, Event.RELEASED, Event.FAULT,
)  # fmt: skip

#: Every state with every event: where it leads; "." means that it changes nothing.
WRITTEN_OUT = """
             READY   NOTREADY ARM DISARM  LIMIT   NOLIMIT STOP     STANDST RESETTABLE  NOTRES  RESET   CLEARED RECOVER RELEASED FAULT
INIT         STANDBY .        .   .       .       .       .        .       .           .       .       .       .       .        FAULT
STANDBY      .       INIT     RUN .       .       .       STOPPING .       .           .       .       .       .       .        FAULT
RUN          .       .        .   STANDBY REDUCED .       STOPPING .       .           .       .       .       .       .        FAULT
REDUCED      .       .        .   STANDBY .       RUN     STOPPING .       .           .       .       .       .       .        FAULT
STOPPING     .       .        .   .       .       .       .        STOPPED .           .       .       .       .       .        FAULT
STOPPED      .       .        .   .       .       .       .        .       RESET_READY .       .       RUN     RECOVER .        FAULT
RESET_READY  .       .        .   .       .       .       STOPPED  .       .           STOPPED STANDBY RUN     .       .        FAULT
RECOVER      .       .        .   .       .       .       STOPPING .       .           .       .       .       .       STOPPING FAULT
FAULT        .       .        .   .       .       .       .        .       .           .       .       .       .       .        .
"""  # noqa: E501

ROWS = {name: cells for name, *cells in (line.split() for line in WRITTEN_OUT.strip().splitlines()[1:])}
PAIRS = [
    (State[name], event, State[name] if cell == "." else State[cell])
    for name, cells in ROWS.items()
    for event, cell in zip(EVENTS, cells, strict=True)
]


def test_every_state_and_every_event_is_written_out() -> None:
    assert set(EVENTS) == set(Event) and len(EVENTS) == len(Event)
    assert set(ROWS) == {state.name for state in State}
    assert len(PAIRS) == len(State) * len(Event)


@pytest.mark.parametrize(("state", "event", "after"), PAIRS)
def test_each_pair_leads_where_it_is_written(state: State, event: Event, after: State) -> None:
    assert following(state, event) is after


def test_the_table_names_no_pair_that_changes_nothing() -> None:
    assert {pair for pair, after in TABLE.items() if pair[0] is after} == {(State.FAULT, Event.FAULT)}


def test_the_stack_gets_the_robot_only_by_arming_or_by_the_end_of_a_stop_that_may_end_itself() -> None:
    entries = {(state, event) for (state, event), after in TABLE.items() if after in ARMED and state not in ARMED}
    assert entries == {(State.STANDBY, Event.ARM), (State.STOPPED, Event.CLEARED), (State.RESET_READY, Event.CLEARED)}


def test_the_way_out_begins_and_ends_in_a_stop() -> None:
    assert {state for (state, _), after in TABLE.items() if after is State.RECOVER} == {State.STOPPED}
    assert {after for (state, _), after in TABLE.items() if state is State.RECOVER} == {State.STOPPING, State.FAULT}


def test_a_stop_is_left_only_by_reset_by_clearing_or_for_the_way_out() -> None:
    exits = {
        (state, event)
        for (state, event), after in TABLE.items()
        if state in STOPPED_OR_STOPPING and after not in STOPPED_OR_STOPPING and event is not Event.FAULT
    }
    assert exits == {
        (State.RESET_READY, Event.RESET),
        (State.STOPPED, Event.CLEARED),
        (State.RESET_READY, Event.CLEARED),
        (State.STOPPED, Event.RECOVER),
    }


def test_stop_wins_in_every_state_that_can_move() -> None:
    for state in MOVING:
        assert following(state, Event.STOP) is State.STOPPING


def test_reset_never_leads_to_motion() -> None:
    for state in State:
        assert following(state, Event.RESET) not in MOVING or state in MOVING


def test_the_values_of_states_are_those_of_the_message() -> None:
    names = "INIT STANDBY RUN REDUCED STOPPING STOPPED RESET_READY RECOVER FAULT"
    assert [(state.name, state.value) for state in State] == list(zip(names.split(), range(9), strict=True))
