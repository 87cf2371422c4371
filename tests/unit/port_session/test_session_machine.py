"""Every state × every command of a session, and what admission and the gate's watch say."""

import itertools

import pytest

from port_session.cli import parser
from port_session.session.machine import COMMANDS, ENDED, LIVE, NEXT, STEPS, TRANSITIONS, Session, State
from port_session.session.readiness import CLOSED_S, Gate, GateWatch, Readiness


class Clock:
    def __init__(self) -> None:
        self.ns = 1_000

    def __call__(self) -> int:
        return self.ns


def session(state: State) -> Session:
    return Session(now_ns=Clock(), state=state)


@pytest.mark.parametrize(("state", "command"), list(itertools.product(State, COMMANDS)))
def test_every_command_in_every_state_follows_the_table_or_is_refused_with_a_remedy(state: State, command: str) -> None:
    one = session(state)
    event = one.apply(command, "officer")
    assert one.history == [event]
    expected = TRANSITIONS.get((state, command))
    assert event.accepted == (expected is not None)
    assert one.state == event.after == (state if expected is None else expected)
    if expected is None:
        following = "the session is over" if state in ENDED else "next is: "
        assert event.reason.startswith(f"{command} is not possible while {state.name.lower()}: {following}")


def test_an_unknown_command_is_refused_and_names_those_that_can_be_given() -> None:
    reason = session(State.BOOKED).apply("dance", "officer").reason
    assert reason == "unknown command 'dance': use one of admit, arm, start, halt, complete, abort"


@pytest.mark.parametrize("state", State)
def test_every_next_step_that_is_named_is_one_that_the_command_line_knows_and_the_state_takes(state: State) -> None:
    said = session(state).following()
    if state in ENDED:
        assert state not in NEXT and said == "the session is over"
        return
    steps, before = NEXT[state]
    assert steps and before in said
    for step in steps:
        assert parser().parse_args(["session", step]).step == step and step in said
        assert (state, step) in TRANSITIONS
    words = said.partition("(")[0].removeprefix("next is: ").replace(" or ", ", ").split(", ")
    assert tuple(word.strip() for word in words) == steps, "and nothing else is named"


def test_the_command_line_knows_every_step_and_no_other() -> None:
    assert all(parser().parse_args(["session", step]).step == step for step in STEPS)
    for unknown in sorted({*COMMANDS} - {*STEPS}):
        with pytest.raises(SystemExit):
            parser().parse_args(["session", unknown])


def test_a_halted_session_can_be_completed_halted_for_good_or_aborted() -> None:
    for command, after in (("complete", State.COMPLETED), ("halt", State.HALTED), ("abort", State.ABORTED)):
        assert session(State.HALTED).apply(command, "officer").after is after


def test_the_robot_can_only_be_live_after_arming() -> None:
    assert {command for (_, command), after in TRANSITIONS.items() if after in LIVE} == {"arm", "start", "resume"}
    assert [before for before, command in TRANSITIONS if command == "resume"] == [State.HALTED]
    assert all((state, "stop") in TRANSITIONS for state in LIVE)


def test_nothing_leads_out_of_an_ended_session_but_review_and_seal() -> None:
    assert {command for (state, command) in TRANSITIONS if state in ENDED} == {"review", "seal"}


def test_a_run_that_was_stopped_goes_on_under_its_number_and_its_time_adds_up() -> None:
    clock = Clock()
    one = Session(now_ns=clock)
    for command, at_s in [("admit", 1), ("arm", 2), ("start", 3), ("stop", 8), ("arm", 20), ("start", 21)]:
        clock.ns = at_s * 1_000_000_000
        assert one.apply(command, "x").accepted
    clock.ns = 24_000_000_000
    assert (one.run, one.running_s()) == (1, 8.0)
    one.apply("complete", "x")
    clock.ns = 99_000_000_000
    assert one.running_s() == 8.0


def ready() -> Readiness:
    one = Readiness()
    one.gate = Gate("STANDBY", "ready", "arm", 1, 10.0)
    return one


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("gate", ["RUN", "REDUCED"])
def test_a_gate_that_is_armed_without_a_live_session_is_told_to_stop(state: State, gate: str) -> None:
    watch, one = GateWatch(), ready()
    one.gate = Gate(gate, "commands pass", "", 1, 10.0)
    said = watch.stray(state, one, 10.0)
    assert said == ("" if state in LIVE else f"the gate is armed while the session is {state.name.lower()}")


@pytest.mark.parametrize("gate", ["INIT", "STANDBY", "STOPPING", "STOPPED", "RESET_READY", "RECOVER", "FAULT"])
def test_a_gate_that_lets_no_stack_through_is_left_alone(gate: str) -> None:
    watch, one = GateWatch(), ready()
    one.gate = Gate(gate, "because", "", 1, 10.0)
    assert watch.stray(State.BOOKED, one, 10.0) == ""


def test_a_gate_that_was_just_told_to_close_has_a_moment_to_say_so() -> None:
    watch, one = GateWatch(interrupted=State.RUNNING), ready()
    one.gate = Gate("RUN", "commands pass", "", 1, 10.0)
    watch.closed(10.0)
    assert watch.interrupted is None, "nothing goes on by itself"
    assert watch.stray(State.HALTED, one, 10.0 + CLOSED_S - 0.01) == ""
    assert watch.stray(State.HALTED, one, 10.0 + CLOSED_S)
    assert watch.stray(State.HALTED, one, 11.0) == "", "a gate that is not heard any more"


def test_a_robot_may_move_by_itself_where_the_gate_is_open_unheard_or_in_a_stop_that_may_end() -> None:
    watch, one = GateWatch(), ready()
    assert not watch.may_open(one, 10.0) and watch.may_open(one, 11.0) and watch.may_open(Readiness(), 10.0)
    assert GateWatch(interrupted=State.ARMED).may_open(one, 10.0)
    for gate in ("RUN", "REDUCED", "RECOVER"):
        one.gate = Gate(gate, "because", "", 1, 10.0)
        assert watch.may_open(one, 10.0)


@pytest.mark.parametrize("name", ["STOPPING", "STOPPED", "RESET_READY", "FAULT", "INIT", "STANDBY"])
def test_any_gate_state_that_is_not_open_halts_a_live_session_at_once(name: str) -> None:
    watch, one = GateWatch(opened=True), ready()
    one.gate = Gate(name, "because", "", 2, 10.0)
    assert watch.stop_reason(State.ARMED, one, 10.0) == f"gate {name}: because"
    assert watch.stop_reason(State.HALTED, one, 10.0) == ""


def test_a_state_from_before_arming_is_waited_out_once_only() -> None:
    watch, one = GateWatch(), ready()
    watch.armed(10.0)
    assert watch.stop_reason(State.ARMED, one, 10.1) == ""
    one.gate = Gate("RUN", "moving", "", 1, 10.2)
    assert watch.stop_reason(State.ARMED, one, 10.2) == ""
    one.gate = Gate("STANDBY", "restarted", "", 1, 10.3)
    assert watch.stop_reason(State.RUNNING, one, 10.3) == "gate STANDBY: restarted"


@pytest.mark.parametrize("live", [State.ARMED, State.RUNNING])
def test_a_stop_that_ends_by_itself_leads_back_once(live: State) -> None:
    watch, one = GateWatch(opened=True), ready()
    one.gate = Gate("STOPPING", "crossing: occupied", "", 2, 10.0)
    assert watch.stop_reason(live, one, 10.0)
    for name in ("STOPPED", "RUN"):
        one.gate = Gate(name, "because", "", 2, 10.1)
        back = watch.cleared(State.HALTED, one, 10.1)
    assert back is live
    assert watch.cleared(State.HALTED, one, 10.2) is None


def test_a_stop_that_was_reset_leads_nowhere_by_itself() -> None:
    watch, one = GateWatch(opened=True), ready()
    for name in ("STOPPING", "STANDBY", "RUN"):
        one.gate = Gate(name, "because", "", 2, 10.0)
        watch.stop_reason(State.RUNNING if name == "STOPPING" else State.HALTED, one, 10.0)
        assert watch.cleared(State.HALTED, one, 10.0) is None


def test_a_gate_that_never_opens_or_falls_silent_halts() -> None:
    watch, one = GateWatch(), ready()
    watch.armed(10.0)
    one.gate = Gate("STANDBY", "ready", "", 1, 11.5)
    assert watch.stop_reason(State.ARMED, one, 11.5)
    assert "silent" in watch.stop_reason(State.ARMED, one, 13.0)
