"""What people ask of the gate: arm, disarm, stop, reset. Each gets an answer."""

from dataclasses import replace

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.gate import operator_commands
from port_safety.gate.events import CommandResult, EventKind
from port_safety.gate.operator_commands import recover
from port_safety.gate.state_machine import State
from port_safety.model.readings import Odometry
from port_safety.model.verdict import Severity
from tests.gate_bench import PRESSED, RELEASED, RESET_HELD, Bench, state_of
from tests.unit.port_safety.running_gates import STEP_NS, bench_in_run, bench_over_the_edge, stopped_bench


def test_arming_is_possible_in_standby_alone() -> None:
    made = Bench(tick_ns=STEP_NS)
    made.turn(0.5)
    assert made.gate.state is State.STANDBY
    assert operator_commands.arm(made.gate, "anna", made.now_ns) == CommandResult(True, "armed")
    refused = operator_commands.arm(made.gate, "anna", made.now_ns)
    assert not refused.accepted and refused.reason.startswith("the gate is in RUN: ")
    assert [each.kind for each in made.gate.take_events()][-1] is EventKind.ARM_REFUSED


def test_a_robot_that_moves_or_is_objected_to_is_not_armed() -> None:
    made = Bench(tick_ns=STEP_NS)
    made.turn(0.5)
    made.gate.update("odometry", Odometry(0.0, 0.0, 0.0, 0.5, 0.0, 0.0), made.now_ns, made.now_ns)
    assert operator_commands.arm(made.gate, "anna", made.now_ns) == CommandResult(
        False, "the robot is not measured to stand"
    )
    made.gate.update("estop station_1", PRESSED, made.now_ns, made.now_ns)
    assert operator_commands.arm(made.gate, "anna", made.now_ns) == CommandResult(False, "estop station_1: pressed")


def test_arming_is_refused_with_the_reason() -> None:
    bench = Bench(plate=None)
    bench.turn(0.5)
    answer = operator_commands.arm(bench.gate, "operator", bench.now_ns)
    assert not answer.accepted and "force_plate left: no data" in answer.reason


def test_a_request_that_is_not_the_sessions_is_refused() -> None:
    """A request that is not the session s is refused and reported."""
    bench = Bench()
    bench.turn(1.0)
    assert bench.gate.state is State.STANDBY
    answer = operator_commands.arm(bench.gate, "mallory", bench.now_ns, "the request is not signed by the session")
    assert not answer.accepted and bench.gate.state is State.STANDBY
    told = [(each.kind.name, each.reason, each.by) for each in bench.gate.take_events()]
    assert ("ARM_REFUSED", "the request is not signed by the session", "mallory") in told


def test_disarming_needs_a_robot_that_stands() -> None:
    made = bench_in_run()
    made.request = Motion(0.5)
    made.turn(0.5)
    assert operator_commands.disarm(made.gate, "anna", made.now_ns) == CommandResult(
        False, "the robot is moving; request a stop instead"
    )
    made.request = ZERO
    made.turn(1.0)
    assert operator_commands.disarm(made.gate, "anna", made.now_ns) == CommandResult(True, "disarmed")
    assert made.gate.state is State.STANDBY
    assert operator_commands.disarm(made.gate, "anna", made.now_ns) == CommandResult(
        True, "not armed: the gate is in STANDBY"
    )
    held_back = stopped_bench()
    assert operator_commands.disarm(held_back.gate, "anna", made.now_ns) == CommandResult(
        False, "not armed: the gate is in STOPPED"
    )


@pytest.mark.parametrize("emergency", [False, True])
def test_a_stop_that_is_asked_for_names_who_asked(emergency: bool) -> None:
    made = bench_in_run()
    assert operator_commands.stop(made.gate, "", "", emergency, made.now_ns) == CommandResult(True, "stopped")
    assert made.gate.stop is not None
    (cause,) = made.gate.stop.causes.values()
    assert (cause.source, cause.reason) == ("unnamed", "stop requested")
    assert cause.severity is (Severity.EMERGENCY_STOP if emergency else Severity.PROTECTIVE_STOP)
    made.gate.fail("broken", made.now_ns)
    assert operator_commands.stop(made.gate, "anna", "", False, made.now_ns) == CommandResult(
        True, "already held in FAULT"
    )


def test_a_requested_stop_latches() -> None:
    bench = Bench().drive()
    assert operator_commands.stop(bench.gate, "officer", "visitor on the lane", False, bench.now_ns).accepted
    bench.request = ZERO
    bench.turn(2.0)
    assert bench.gate.state is State.RESET_READY
    assert bench.gate.stop is not None
    assert ("request_stop", "officer") in bench.gate.stop.causes


def stopped_by_estop() -> Bench:
    bench = Bench().drive()
    bench.estop = PRESSED
    bench.request = ZERO
    bench.turn(1.0)
    assert bench.gate.state is State.STOPPED
    return bench


def test_reset_is_refused_while_the_button_is_down_and_says_so() -> None:
    bench = stopped_by_estop()
    answer = operator_commands.reset(bench.gate, bench.gate.tracker.event_id, "officer", bench.now_ns)
    assert not answer.accepted and answer.reason == "estop station_1: pressed"


def test_reset_needs_every_cause_gone_for_half_a_second() -> None:
    bench = stopped_by_estop()
    bench.estop = RELEASED
    bench.turn(0.3)
    answer = operator_commands.reset(bench.gate, bench.gate.tracker.event_id, "officer", bench.now_ns)
    assert not answer.accepted and "0.5 s" in answer.reason
    bench.turn(0.3)
    assert bench.gate.state is State.RESET_READY
    assert operator_commands.reset(bench.gate, bench.gate.tracker.event_id, "officer", bench.now_ns).accepted


def test_reset_names_the_stop_in_force() -> None:
    bench = stopped_by_estop()
    bench.estop = RELEASED
    bench.turn(1.0)
    answer = operator_commands.reset(bench.gate, "bench-0", "officer", bench.now_ns)
    assert not answer.accepted and bench.gate.tracker.event_id in answer.reason


def test_reset_leads_to_standby_and_arming_is_another_act() -> None:
    bench = stopped_by_estop()
    bench.estop = RELEASED
    bench.turn(1.0)
    assert operator_commands.reset(bench.gate, bench.gate.tracker.event_id, "officer", bench.now_ns).accepted
    bench.request = Motion(0.5)
    assert bench.turn(1.0).command == ZERO
    assert bench.gate.state is State.STANDBY


def test_a_new_cause_voids_a_reset_that_was_possible() -> None:
    bench = stopped_by_estop()
    bench.estop = RELEASED
    bench.turn(1.0)
    assert state_of(bench.gate) is State.RESET_READY
    epoch = bench.gate.tracker.epoch
    bench.plate = None
    bench.turn(0.6)
    assert state_of(bench.gate) is State.STOPPED
    assert bench.gate.tracker.epoch > epoch
    assert not operator_commands.reset(bench.gate, bench.gate.tracker.event_id, "officer", bench.now_ns).accepted


@pytest.mark.parametrize(
    ("event_id", "says"),
    [
        ("", "the stop in force is bench-1, not unnamed"),
        ("bench-0", "the stop in force is bench-1, not bench-0"),
        ("z", "the stop in force is bench-1, not z"),
    ],
)
def test_the_way_out_and_the_reset_name_the_stop_in_force(event_id: str, says: str) -> None:
    made = bench_over_the_edge()
    now = made.now_ns
    assert recover(made.gate, event_id, "anna", Motion(), now, now) == CommandResult(False, says)
    assert operator_commands.reset(made.gate, event_id, "anna", now) == CommandResult(False, says)
    free = bench_in_run()
    assert recover(free.gate, "", "anna", Motion(), 0, 0).reason != ""
    assert operator_commands.reset(free.gate, event_id, "anna", free.now_ns) == CommandResult(
        False, "no stop is in force"
    )


def test_a_reset_leads_to_standby_and_tells_who_did_it() -> None:
    made = stopped_bench()
    made.turn(0.6)
    made.kinds()
    assert operator_commands.reset(made.gate, "bench-1", "anna", made.now_ns) == CommandResult(True, "reset")
    assert made.gate.state is State.STANDBY and made.gate.stop is None
    told = made.gate.take_events()
    assert [(each.kind, each.before, each.by) for each in told if each.by] == [
        (EventKind.RESET_ACCEPTED, State.RESET_READY, "anna")
    ]
    assert [each.reason for each in told if each.kind is EventKind.STATE_CHANGED] == ["reset by anna"]


def test_the_button_resets_by_an_edge_only() -> None:
    bench = stopped_by_estop()
    bench.estop = RESET_HELD  # released the mushroom while the reset was held down: seen pressed, never seen released
    bench.turn(0.01)
    bench.gate.take_events()
    bench.turn(2.0)
    assert state_of(bench.gate) is State.RESET_READY, "a reset button that is held, or stuck, resets nothing"
    bench.estop = RELEASED
    bench.turn(0.1)
    bench.estop = RESET_HELD
    bench.turn()
    assert state_of(bench.gate) is State.STANDBY
    assert EventKind.RESET_ACCEPTED in bench.kinds()


def test_a_button_that_is_held_down_asks_once() -> None:
    made = stopped_bench()
    button = operator_commands.ResetButton("station_1")
    for reading in (RELEASED, RESET_HELD, RESET_HELD, RESET_HELD):
        button.look(made.gate, reading, made.now_ns)
    refused = [each.reason for each in made.gate.take_events() if each.kind is EventKind.RESET_REFUSED]
    assert refused == ["every cause must be gone for 0.5 s, it is 0.0 s"]


def test_the_button_needs_a_live_link_between_release_and_press() -> None:
    made = stopped_bench()
    made.turn(0.6)
    held_down, dead = replace(RELEASED, reset_pressed=True), replace(RELEASED, link_ok=False)
    button = operator_commands.ResetButton("station_1")
    for reading in (held_down, RELEASED, dead, held_down):
        button.look(made.gate, reading, made.now_ns)
        assert made.gate.state is State.RESET_READY
    for reading in (RELEASED, held_down):
        button.look(made.gate, reading, made.now_ns)
    assert made.gate.state is State.STANDBY
    told = [each.by for each in made.gate.take_events() if each.kind is EventKind.RESET_ACCEPTED]
    assert told == ["reset button station_1"]
    button.look(made.gate, held_down, made.now_ns)
    for reading in (RELEASED, held_down):
        button.look(made.gate, reading, made.now_ns)
    assert not [each for each in made.gate.take_events() if each.kind is EventKind.RESET_REFUSED], "nothing to reset"
