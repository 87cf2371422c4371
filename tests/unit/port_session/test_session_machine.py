"""Every state × every command of a session, and what admission and the gate's watch say."""

import itertools

import pytest

from port_session.session.machine import COMMANDS, ENDED, LIVE, TRANSITIONS, Session, State
from port_session.session.readiness import Gate, GateWatch, Part, Readiness


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
        assert command in event.reason and ("next is" in event.reason or "the end" in event.reason)


def test_an_unknown_command_is_refused_and_names_the_known_ones() -> None:
    assert "admit, abort, arm" in session(State.BOOKED).apply("dance", "officer").reason


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
    one = Readiness(required=("estop a",))
    one.parts["estop a"] = Part("ok", "answers", "", 10.0)
    one.gate = Gate("STANDBY", "ready", "", 1, 10.0)
    one.odometry_s = 10.0
    return one


def test_all_there_is_ready() -> None:
    assert ready().shortcomings(10.5) == []


def test_each_shortcoming_has_its_line() -> None:
    assert len(Readiness(required=("a", "b")).shortcomings(0.0)) == 4
    assert [line.split(":")[0] for line in ready().shortcomings(10.0 + 3.0)] == ["estop a", "gate", "odometry"]
    one = ready()
    one.parts["estop a"] = Part("warn", "link weak", "change the cable", 10.0)
    one.gate = Gate("STOPPED", "pressed", "release it", 1, 10.0)
    assert one.shortcomings(10.1) == ["estop a: link weak; change the cable", "gate: STOPPED, pressed; release it"]


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
