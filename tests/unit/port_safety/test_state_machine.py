"""The transition table, written out: a change of the table is a change of this test."""

import pytest

from port_safety.gate.state_machine import ARMED, MOTION_ALLOWED, STOPPED_OR_STOPPING, TABLE, State, Trigger, next_state

#: Columns of the table below.
EVENTS = (
    Trigger.READY, Trigger.NOT_READY, Trigger.ARM, Trigger.DISARM, Trigger.LIMIT, Trigger.NO_LIMIT, Trigger.STOP,
    Trigger.STANDSTILL, Trigger.RESETTABLE, Trigger.NOT_RESETTABLE, Trigger.RESET, Trigger.CLEARED, Trigger.RECOVER,
    Trigger.RELEASED, Trigger.FAULT,
)  # fmt: skip

#: Every state with every event: where it leads; "." means that it changes nothing.
WRITTEN_OUT = """
             READY   NOTREADY ARM DISARM  LIMIT   NOLIMIT STOP     STANDST RESETTABLE  NOTRES  RESET   CLEARED RECOVER RELEASED FAULT
INIT         STANDBY .        .   .       .       .       STOPPING .       .           .       .       .       .       .        FAULT
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
    assert set(EVENTS) == set(Trigger) and len(EVENTS) == len(Trigger)
    assert set(ROWS) == {state.name for state in State}
    assert len(PAIRS) == len(State) * len(Trigger)


@pytest.mark.parametrize(("state", "event", "after"), PAIRS)
def test_each_pair_leads_where_it_is_written(state: State, event: Trigger, after: State) -> None:
    assert next_state(state, event) is after


def test_the_table_names_no_pair_that_changes_nothing() -> None:
    assert {pair for pair, after in TABLE.items() if pair[0] is after} == {(State.FAULT, Trigger.FAULT)}


def test_only_arming_or_clearing_lets_the_stack_move() -> None:
    """The stack gets the robot only by arming or by the end of a stop that may end itself."""
    entries = {(state, event) for (state, event), after in TABLE.items() if after in ARMED and state not in ARMED}
    assert entries == {
        (State.STANDBY, Trigger.ARM),
        (State.STOPPED, Trigger.CLEARED),
        (State.RESET_READY, Trigger.CLEARED),
    }


def test_the_way_out_begins_and_ends_in_a_stop() -> None:
    assert {state for (state, _), after in TABLE.items() if after is State.RECOVER} == {State.STOPPED}
    assert {after for (state, _), after in TABLE.items() if state is State.RECOVER} == {State.STOPPING, State.FAULT}


def test_a_stop_is_left_by_reset_clearing_or_recovery_alone() -> None:
    """A stop is left only by reset by clearing or for the way out."""
    exits = {
        (state, event)
        for (state, event), after in TABLE.items()
        if state in STOPPED_OR_STOPPING and after not in STOPPED_OR_STOPPING and event is not Trigger.FAULT
    }
    assert exits == {
        (State.RESET_READY, Trigger.RESET),
        (State.STOPPED, Trigger.CLEARED),
        (State.RESET_READY, Trigger.CLEARED),
        (State.STOPPED, Trigger.RECOVER),
    }


def test_stop_wins_in_every_state_that_can_move() -> None:
    for state in MOTION_ALLOWED:
        assert next_state(state, Trigger.STOP) is State.STOPPING


def test_reset_never_leads_to_motion() -> None:
    for state in State:
        assert next_state(state, Trigger.RESET) not in MOTION_ALLOWED or state in MOTION_ALLOWED


def test_the_values_of_states_are_those_of_the_message() -> None:
    names = "INIT STANDBY RUN REDUCED STOPPING STOPPED RESET_READY RECOVER FAULT"
    assert [(state.name, state.value) for state in State] == list(zip(names.split(), range(9), strict=True))
