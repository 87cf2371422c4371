"""Every state × every command of a session, its runs, its log read back, and what the gate's watch says."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_ros.session_states import ENDED, LIVE, State
from port_session.cli import parser
from port_session.session.gate_table import REACTIONS, Reaction
from port_session.session.log import event_document
from port_session.session.machine import COMMANDS, STEPS, TRANSITIONS, Session
from port_session.session.readiness import CLOSED_S, Gate, GateWatch, Readiness
from port_session.session.resume import events_of, resume


class Clock:
    def __init__(self) -> None:
        self.ns = 1_000

    def __call__(self) -> int:
        return self.ns


def session(state: State, runs_asked: int = 1) -> Session:
    return Session(Clock(), runs_asked, state=state)


def with_an_open_run(state: State) -> Session:
    one = session(state)
    one.runs.begin(0)
    return one


@pytest.mark.parametrize(("state", "command"), list(itertools.product(State, COMMANDS)))
def test_every_command_in_every_state_follows_the_table_or_is_refused_with_a_remedy(state: State, command: str) -> None:
    one = with_an_open_run(state)
    event = one.void_run(0, "officer", "why") if command == "void_run" else one.apply(command, "officer")
    assert one.history == [event]
    expected = TRANSITIONS.get((state, command))
    assert event.accepted == (expected is not None)
    assert one.state == event.after == (state if expected is None else expected)
    if expected is None:
        following = "the session is over" if state in ENDED else "next is: "
        assert event.reason.startswith(f"{command} is not possible while {state.name.lower()}: {following}")


def test_an_unknown_command_is_refused_and_names_those_that_can_be_given() -> None:
    reason = session(State.BOOKED).apply("dance", "officer").reason
    assert reason == (
        "unknown command 'dance': use one of admit, arm, start, halt, resume, end_run, void_run, finish, abort"
    )


@pytest.mark.parametrize("open_run", [True, False])
@pytest.mark.parametrize("state", State)
def test_every_next_step_that_is_named_is_one_that_the_command_line_knows_and_the_state_takes(
    state: State, open_run: bool
) -> None:
    if state is State.RUNNING and not open_run:
        return  # there is none
    one = with_an_open_run(state) if open_run else session(state)
    said, (steps, before) = one.following(), one.next_steps()
    if state in ENDED:
        assert not steps and said == "the session is over"
        return
    assert steps and before in said
    for step in steps:
        assert parser().parse_args(["session", step]).step == step and step in said
        assert step == "void_run" or not one.refusal(step)
    words = said.partition("(")[0].removeprefix("next is: ").replace(" or ", ", ").split(", ")
    assert tuple(word.strip() for word in words) == steps, "and nothing else is named"


def test_the_command_line_knows_every_step_and_none_of_the_gate_s() -> None:
    assert all(parser().parse_args(["session", step]).step == step for step in STEPS)
    with pytest.raises(SystemExit):
        parser().parse_args(["session", "stop"])


def test_a_halted_session_can_be_finished_halted_for_good_or_aborted() -> None:
    for command, after in (("finish", State.COMPLETED), ("halt", State.HALTED), ("abort", State.ABORTED)):
        assert session(State.HALTED).apply(command, "officer").after is after


def test_the_robot_can_only_be_live_after_arming() -> None:
    leading = {command for (before, command), after in TRANSITIONS.items() if after in LIVE and before is not after}
    assert leading == {"arm", "start", "resume"}
    assert [before for before, command in TRANSITIONS if command == "resume"] == [State.HALTED]
    assert all((state, "stop") in TRANSITIONS for state in LIVE)


def test_nothing_leads_out_of_an_ended_session_but_review_and_seal() -> None:
    assert {command for (state, command) in TRANSITIONS if state in ENDED} == {"review", "seal", "void_run"}
    assert all(after is state for (state, command), after in TRANSITIONS.items() if command == "void_run")
    assert (State.SEALED, "void_run") not in TRANSITIONS and (State.REVIEWED, "void_run") not in TRANSITIONS


def played(one: Session, *steps: tuple[str, float]) -> Session:
    """`one` after these commands, each at its second."""
    for command, at_s in steps:
        one.now_ns.ns = round(at_s * 1e9)  # type: ignore[attr-defined]
        event = one.apply(command, "x")
        assert event.accepted, event.reason
    return one


def test_a_run_that_was_stopped_goes_on_under_its_number_and_its_time_adds_up() -> None:
    one = played(session(State.BOOKED), ("admit", 1), ("arm", 2), ("start", 3), ("stop", 8), ("arm", 20), ("start", 21))
    one.now_ns.ns = 24_000_000_000  # type: ignore[attr-defined]
    assert (one.run, one.running_s()) == (1, 8.0)
    played(one, ("finish", 24))
    one.now_ns.ns = 99_000_000_000  # type: ignore[attr-defined]
    assert one.running_s() == 8.0


def test_three_runs_of_which_one_is_void() -> None:
    one = played(session(State.BOOKED, runs_asked=2), ("admit", 1), ("arm", 2), ("start", 3), ("end_run", 5))
    assert one.following() == "next is: arm or finish (1 of 2 runs done)"
    played(one, ("arm", 6), ("start", 7), ("stop", 8), ("resume", 9), ("end_run", 11))
    refused = one.apply("arm", "x")
    assert not refused.accepted
    assert refused.reason == ("the trial asks for 2 runs, all are done: next is: finish or void_run (2 of 2 runs done)")
    assert one.void_run(2, "officer", "").reason == "why is run 2 void? say it by --note"
    assert one.void_run(7, "officer", "so").reason == "there is no run 7: name one of 1 to 2"
    assert one.void_run(2, "officer", "a shoe came off").accepted
    assert one.void_run(2, "officer", "again").reason == "run 2 is void already: a shoe came off"
    played(one, ("arm", 12), ("start", 13), ("finish", 17))
    assert [(run.number, run.running_ns // 10**9, run.counts, run.void) for run in one.runs] == [
        (1, 2, True, ""), (2, 3, False, "a shoe came off"), (3, 4, True, ""),
    ]  # fmt: skip
    assert (one.running_s(), one.all_running_s()) == (4.0, 9.0)


def test_an_open_run_that_is_void_already_leaves_its_place_to_another() -> None:
    one = played(session(State.BOOKED), ("admit", 1), ("arm", 2), ("start", 3))
    assert one.runs_left == 0 and one.next_steps()[0] == ("finish",)
    assert one.void_run(0, "handler", "pushed by hand").accepted
    assert one.runs_left == 1 and one.next_steps()[0] == ("end_run", "finish")
    played(one, ("end_run", 5), ("arm", 6), ("start", 7), ("finish", 9))
    assert [run.counts for run in one.runs] == [False, True]


def test_no_run_is_ended_or_taken_up_that_is_not_open() -> None:
    halted = session(State.HALTED)
    for command in ("resume", "end_run"):
        assert halted.apply(command, "x").reason.startswith("no run is open: next is: arm, finish or abort (reset")
    assert session(State.ADMITTED).apply("finish", "x").reason == "there was no run yet: next is: arm"
    assert session(State.ADMITTED).void_run(0, "x", "why").reason == "there is no run yet"


_PLAY = st.lists(st.sampled_from([*COMMANDS, "dance"]), max_size=40)


@given(_PLAY, st.integers(1, 3), st.integers(0, 40))
def test_what_a_session_is_follows_from_its_events_alone(commands: list[str], asked: int, cut: int) -> None:
    """Its log, read back at any moment, makes the same session; live ones are halted by that."""
    clock = Clock()
    one = Session(clock, asked)
    for command in commands[:cut]:
        clock.ns += 1_000_000_000
        if command == "void_run":
            one.void_run(0, "x", "why")
        else:
            one.apply(command, "x")
    lines = [json.loads(json.dumps({"stream": "session", **event_document(event)})) for event in one.history]
    other = Session(clock, asked)
    other.replay(events_of(lines))
    assert (other.state, list(other.runs), other.history, other.running_s()) == (
        one.state, list(one.runs), one.history, one.running_s(),
    )  # fmt: skip
    again = Session(clock, asked)
    halted = resume(again, events_of(lines))
    assert (halted is not None) == (one.state in LIVE)
    assert again.state is (State.HALTED if one.state in LIVE else one.state)
    assert len(list(again.runs)) == len(list(one.runs)), "an open run stays open"


def test_a_log_that_names_no_state_is_not_taken_up() -> None:
    with pytest.raises(ValueError, match="no event of a session: KeyError"):
        events_of([{"stream": "session", "before": "DANCING"}])


def test_there_is_a_reaction_to_every_state_of_the_gate_in_every_state_of_the_session() -> None:
    gates = {"SILENT", "INIT", "STANDBY", "RUN", "REDUCED", "STOPPING", "STOPPED", "RESET_READY", "RECOVER", "FAULT"}
    assert set(REACTIONS) == set(itertools.product(State, gates))
    for state, gate in itertools.product(State, gates):
        passes = gate in ("RUN", "REDUCED")
        if state in LIVE:
            assert (REACTIONS[state, gate] is Reaction.NONE) == passes
        elif passes:
            assert REACTIONS[state, gate] in (Reaction.CLOSE, Reaction.GO_ON_OR_CLOSE)


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


def test_a_robot_that_is_led_out_of_a_zone_does_not_take_its_run_up_again() -> None:
    """Somebody moves it by hand then: the session stays halted, also when the gate opens for its stack afterwards."""
    watch, one = GateWatch(opened=True), ready()
    one.gate = Gate("STOPPED", "operator_desk: over its edge", "", 2, 10.0)
    assert watch.stop_reason(State.RUNNING, one, 10.0)
    for name in ("RECOVER", "RUN"):
        one.gate = Gate(name, "because", "", 2, 10.1)
        assert watch.cleared(State.HALTED, one, 10.1) is None
    assert watch.stray(State.HALTED, one, 10.7) == "the gate is armed while the session is halted"


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
