"""The steps that the operator's view offers: those that the session would take, with a key each."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from port_ros.session_states import State
from port_session.session.gate_table import OPEN
from port_session.session.machine import STEPS, Session
from port_session.view.picture import Asked, Picture, SessionHeard
from port_session.view.steps import HALT_KEY, KEYS, must_be_confirmed, possible
from tests.session_pictures import GATE, NOW_S, gate, picture, session


def test_each_step_has_a_key_of_its_own() -> None:
    assert {*KEYS, "halt"} == set(STEPS)
    keys = [*KEYS.values(), HALT_KEY, "q", "y", "n"]
    assert len(set(keys)) == len(keys)


def heard(of: Session) -> SessionHeard:
    """As its node would tell it."""
    return SessionHeard(
        of.state.name, NOW_S, run=of.run, run_open=of.runs.open_run is not None, runs_counting=of.runs.counting,
        runs_asked=of.runs_asked, next_steps=of.next_steps()[0],
    )  # fmt: skip


def taken(of: Session) -> set[str]:
    """What the session would not refuse; while a run is open, `resume` is offered for `arm`."""
    steps = {step for step in STEPS if step != "halt" and not of.refusal(step)}
    return steps - ({"arm"} if of.runs.open_run else set()) - (set() if of.runs else {"void_run"})


@given(some.lists(some.sampled_from([*STEPS, "stop"]), max_size=25), some.integers(1, 3))
def test_beside_a_gate_that_allows_it_all_that_the_session_takes_is_offered_and_nothing_else(
    commands: list[str], runs: int
) -> None:
    walk = Session(lambda: 1, runs)
    for command in ["admit", "arm", "start", *commands]:
        if command == "void_run":
            walk.void_run(0, "officer", "so it is")
        else:
            walk.apply(command, "officer")
        at = replace(picture(), session=heard(walk))
        closed, open_ = (set(possible(replace(at, gate=gate(state)), NOW_S)) for state in ("STANDBY", "RUN"))
        assert closed == taken(walk) - {"start"}
        assert open_ == taken(walk) - {"arm", "resume"}


@pytest.mark.parametrize("state", State.__members__)
@pytest.mark.parametrize("of_gate", GATE)
def test_the_robot_is_armed_from_standby_alone_and_a_run_begun_while_commands_pass(state: str, of_gate: str) -> None:
    for run_open in (True, False):
        steps = possible(picture(state, of_gate, run=1, run_open=run_open), NOW_S)
        assert of_gate == "STANDBY" or not {"arm", "resume"} & set(steps)
        assert of_gate in OPEN or "start" not in steps


def test_the_usual_step_comes_first() -> None:
    halted = picture("HALTED", "STANDBY", run=1, run_open=True, next_steps=("resume", "end_run", "finish", "abort"))
    assert possible(halted, NOW_S) == ("resume", "end_run", "finish", "abort", "void_run")


@pytest.mark.parametrize(
    "unknown",
    [
        replace(picture("ADMITTED", "STANDBY"), session=None),
        replace(picture("ADMITTED", "STANDBY"), session=replace(session("ADMITTED"), heard_s=NOW_S - 1.0)),
        picture("state 42", "STANDBY"),
        replace(picture("ADMITTED", "STANDBY"), asked=(Asked("arm", NOW_S),)),
    ],
    ids=["never heard", "silent", "state of a later version", "an answer is awaited"],
)
def test_nothing_is_offered_while_it_is_not_known_how_the_session_stands(unknown: Picture) -> None:
    assert possible(unknown, NOW_S) == ()


def test_a_halt_that_is_not_answered_holds_nothing_up() -> None:
    asked = replace(picture("ADMITTED", "STANDBY"), asked=(Asked("halt", NOW_S),))
    assert "arm" in possible(asked, NOW_S)


def test_a_gate_that_is_silent_is_not_armed() -> None:
    silent = replace(picture("ADMITTED", "STANDBY"), gate=replace(gate("STANDBY"), heard_s=NOW_S - 1.0))
    assert "arm" not in possible(silent, NOW_S) and "arm" in possible(picture("ADMITTED", "STANDBY"), NOW_S)


def test_a_run_whose_time_is_over_goes_nowhere_but_to_its_end() -> None:
    over = picture("HALTED", "STANDBY", run=1, run_open=True, running_s=60.1)
    assert set(possible(over, NOW_S)) == {"end_run", "finish", "abort", "void_run"}


@pytest.mark.parametrize(
    ("step", "others", "asked"),
    [
        ("abort", {}, "Break the session off? It cannot go on after that"),
        ("finish", {"run_open": True}, "End the session after 1 of 3 runs? It cannot go on after that"),
        ("finish", {"runs_counting": 2, "run_open": True}, ""),
        ("halt", {}, ""),
        ("arm", {}, ""),
    ],
)
def test_what_ends_the_session_too_early_is_asked_back(step: str, others: dict[str, Any], asked: str) -> None:
    assert must_be_confirmed(step, session("RUNNING", **others)) == asked
