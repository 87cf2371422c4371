"""A person leads the robot out of a zone: slowly, outward only, and it ends with the hand."""

import math

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.gate import operator_commands
from port_safety.gate.events import CommandResult, EventKind
from port_safety.gate.hold_to_run import ALIVE_NS
from port_safety.gate.operator_commands import recover
from port_safety.gate.recovery import FREE_M, REDUCED_SPEED
from port_safety.gate.state_machine import State
from port_safety.model.readings import Alive, Occupancy, Odometry, Pose
from tests.gate_bench import PRESSED, RELEASED, Bench, base_twist, state_of
from tests.unit.port_safety.running_gates import OVER_THE_EDGE, STEP_S, bench_in_run, bench_over_the_edge, reset_blocker

BACK, ON = Motion(-0.5), Motion(0.5)


def stopped_at(pose: Pose = OVER_THE_EDGE) -> Bench:
    """A robot that ran, was found at `pose`, and stands there."""
    bench = Bench().run()
    bench.pose = pose
    bench.turn(1.0)
    assert bench.gate.state is State.STOPPED, bench.gate.reason
    return bench


def hold(bench: Bench, motion: Motion, seconds: float, by: str = "anna", every_s: float = 0.05) -> CommandResult:
    """Assert the way out again and again."""
    answer = CommandResult(False, "never asked")
    for _ in range(round(seconds / every_s)):
        gate = bench.gate
        answer = recover(gate, gate.tracker.event_id, by, motion, bench.now_ns, bench.now_ns)
        bench.turn(every_s)
    return answer


def test_a_robot_over_the_edge_is_led_back_slowly() -> None:
    """A robot over the edge is led back slowly and then a person may reset."""
    bench = stopped_at()
    assert "port safety recover" in bench.gate.remedy(bench.now_ns)
    assert hold(bench, BACK, 0.5).accepted
    assert state_of(bench.gate) is State.RECOVER
    assert bench.gate.reason == "anna leads the robot out of zone lane"
    assert base_twist(bench.gate.output.command).vx == pytest.approx(-REDUCED_SPEED.speed_mps)
    assert bench.gate.output.enable
    hold(bench, BACK, 3.0)
    assert state_of(bench.gate) is State.STOPPED or state_of(bench.gate) is State.RESET_READY
    assert bench.pose is not None and bench.pose.x < 10.6
    bench.turn(1.0)
    assert state_of(bench.gate) is State.RESET_READY
    assert bench.gate.output.command == ZERO and not bench.gate.output.enable


def test_a_robot_that_is_led_out_need_not_stay_as_it_was_cut() -> None:
    """One with legs could not get up, and so not leave."""
    bench = stopped_at()
    assert bench.gate.stage == "cut"
    hold(bench, BACK, 0.5)
    led_out = bench.gate.stage
    assert state_of(bench.gate) is State.RECOVER and led_out == "" and bench.gate.output.enable
    bench.turn(0.3)
    assert state_of(bench.gate) is not State.RECOVER and bench.gate.stage != ""


def test_further_in_nothing_moves_and_turning_is_free() -> None:
    bench = stopped_at()
    hold(bench, Motion(0.5, 0.0, 1.0), 0.5)
    assert bench.gate.state is State.RECOVER
    assert base_twist(bench.gate.output.command).vx == 0.0
    assert base_twist(bench.gate.output.command).wz == pytest.approx(REDUCED_SPEED.turn_radps)
    assert any("leads further into zone lane" in verdict.reason for verdict in bench.gate.verdicts)


def test_recovery_ends_a_fifth_of_a_second_after_letting_go() -> None:
    """It ends within a fifth of a second of the last assertion."""
    bench = stopped_at()
    hold(bench, BACK, 0.5)
    bench.turn(0.2)
    assert bench.gate.state in (State.STOPPING, State.STOPPED)
    bench.turn(0.5)
    assert bench.gate.output.command == ZERO
    assert bench.gate.state is State.STOPPED
    ends = [each for each in bench.gate.take_events() if each.kind is EventKind.RECOVER_ENDED]
    assert [(each.by, each.reason) for each in ends] == [("anna", "let go")]


def test_leading_out_tells_what_the_stop_cost_only_once() -> None:
    bench = stopped_at()
    hold(bench, BACK, 4.0)
    bench.turn(1.0)
    assert bench.kinds().count(EventKind.STANDSTILL) == 1


def test_recovery_leads_to_no_motion_of_the_stack() -> None:
    """Neither way leads to run and what the stack asked meanwhile never passes."""
    bench = stopped_at()
    bench.request = ON
    hold(bench, BACK, 4.0)
    bench.turn(1.0)
    assert bench.gate.state is State.STOPPED
    assert "must request zero" in bench.gate.remedy(bench.now_ns)


@pytest.mark.parametrize(
    ("field", "value"),
    [("estop", PRESSED), ("odometry", None), ("occupancy", Occupancy(frozenset(), False, "covered"))],
)
def test_any_other_objection_ends_the_way_out_and_joins_the_stop(field: str, value: object) -> None:
    bench = stopped_at()
    hold(bench, BACK, 0.4)
    assert state_of(bench.gate) is State.RECOVER and bench.gate.stop is not None
    causes = len(bench.gate.stop.causes)
    setattr(bench, field, value)
    bench.obeys = False
    hold(bench, BACK, 0.5)
    assert state_of(bench.gate) in (State.STOPPING, State.STOPPED)
    assert len(bench.gate.stop.causes) > causes
    assert not hold(bench, BACK, 0.2).accepted


def test_nothing_is_led_out_of_an_emergency_ever() -> None:
    """Nothing is led out of an emergency even when the button is released."""
    bench = stopped_at()
    bench.estop = PRESSED
    bench.turn(0.1)
    bench.estop = RELEASED
    bench.turn(0.5)
    answer = hold(bench, BACK, 0.3)
    assert not answer.accepted and bench.gate.state is State.STOPPED
    first = recover(bench.gate, bench.gate.tracker.event_id, "bert", BACK, bench.now_ns, bench.now_ns + ALIVE_NS)
    assert not first.accepted
    assert "port safety recover" not in bench.gate.remedy(bench.now_ns)


def test_a_robot_over_no_edge_is_not_led_anywhere() -> None:
    bench = Bench().run()
    operator_commands.stop(bench.gate, "anna", "", False, bench.now_ns)
    bench.turn(0.5)
    bench.request = Motion(0.2)
    bench.turn(0.1)
    gate = bench.gate
    assert recover(gate, gate.tracker.event_id, "anna", BACK, bench.now_ns, bench.now_ns) == CommandResult(
        False, "the robot is over no zone's edge: reset instead"
    )


def test_recovery_of_another_stop_is_refused() -> None:
    bench = stopped_at()
    assert "not other" in recover(bench.gate, "other", "anna", BACK, bench.now_ns, bench.now_ns).reason
    running = Bench().run()
    assert recover(running.gate, "", "anna", BACK, 0, 0).reason != ""
    assert running.gate.state is State.RUN


def test_a_motion_that_is_no_number_ends_the_way_out_by_name() -> None:
    bench = stopped_at()
    hold(bench, BACK, 0.4)
    gate = bench.gate
    answer = recover(gate, gate.tracker.event_id, "anna", Motion(math.nan), bench.now_ns, bench.now_ns)
    assert not answer.accepted and gate.state is State.STOPPING
    assert gate.stop is not None and ("command", "recover") in gate.stop.causes


def test_a_robot_that_goes_the_wrong_way_is_stopped() -> None:
    bench = stopped_at()
    bench.obeys = False
    hold(bench, BACK, 0.3)
    assert state_of(bench.gate) is State.RECOVER
    bench.pose = Pose(OVER_THE_EDGE.x + 0.15, 0.0, 0.0)
    bench.odometry = Odometry(0.15, 0.0, 0.0, 0.1, 0.0, 0.0)
    bench.turn(0.01)
    assert state_of(bench.gate) is State.STOPPING
    assert bench.gate.stop is not None
    assert any(rule == "recover" for rule, _ in bench.gate.stop.causes)


def test_a_robot_that_is_faster_than_it_may_be_led_is_stopped() -> None:
    bench = stopped_at()
    bench.obeys = False
    hold(bench, BACK, 0.3)
    bench.odometry = Odometry(0.0, 0.0, 0.0, -0.5, 0.0, 0.0)
    bench.turn(0.01)
    assert bench.gate.state is State.STOPPING


def test_a_robot_in_a_closed_zone_is_led_out_by_its_nearest_edge() -> None:
    bench = stopped_at(Pose(5.0, 0.7, 0.0))
    hold(bench, Motion(0.0, -0.2), 0.5)
    assert bench.gate.state is State.RECOVER and base_twist(bench.gate.output.command).vy < 0.0
    hold(bench, Motion(0.0, 0.2), 0.1)
    assert base_twist(bench.gate.output.command).vy == 0.0


def led(made: Bench, motion: Motion, times: int = 3, by: str = "anna") -> CommandResult:
    answer = CommandResult(False, "never asked")
    for _ in range(times):
        answer = recover(made.gate, made.gate.tracker.event_id, by, motion, made.now_ns, made.now_ns)
        made.turn(STEP_S)
    return answer


def test_a_robot_is_led_out_moment_by_moment() -> None:
    made = bench_over_the_edge()
    assert led(made, Motion(-0.5), 1) == CommandResult(True, "hold on")
    assert state_of(made.gate) is State.STOPPED
    assert led(made, Motion(-0.5), 1) == CommandResult(True, "hold on"), "it counts from now on"
    assert state_of(made.gate) is State.RECOVER and made.gate.output.command == ZERO
    assert led(made, Motion(-0.5), 1) == CommandResult(True, "anna leads the robot out of zone lane")
    assert base_twist(made.gate.output.command).vx == pytest.approx(-0.2) and made.gate.output.enable
    (began,) = [each for each in made.gate.take_events() if each.kind is EventKind.RECOVER_BEGAN]
    assert (began.reason, began.by) == ("anna leads the robot out of zone lane", "anna")
    epoch = made.gate.tracker.epoch
    for _ in range(40):
        if state_of(made.gate) is State.RECOVER:
            led(made, Motion(-0.5), 1)
    told = made.gate.take_events()
    (ended,) = [each for each in told if each.kind is EventKind.RECOVER_ENDED]
    assert (ended.reason, ended.by) == ("the robot is out", "anna") and made.gate.tracker.epoch == epoch + 1
    made.turn(0.5)
    assert made.pose is not None and FREE_M <= 10.6 - made.pose.x < 0.1
    assert made.gate.stop is not None and made.gate.stop.braking.start.at_ns == ended.at_ns


def test_a_robot_that_is_led_cannot_be_reset() -> None:
    made = bench_in_run()
    made.pose = Pose(10.65, 0.0, 0.0)
    made.turn(0.5)
    led(made, ZERO, 4)
    assert (made.gate.state, reset_blocker(made)) == (State.RECOVER, "lane: the robot is 0.05 m over the edge")
    made.gate.update("ground_pose", Pose(10.59, 0.0, 0.0), made.now_ns, made.now_ns)
    assert reset_blocker(made) == "the robot is being led out"


def test_a_hand_that_lets_go_ends_the_way_out_in_time() -> None:
    made = bench_over_the_edge()
    led(made, Motion(-0.5), 4)
    assert state_of(made.gate) is State.RECOVER
    began_ns = made.now_ns
    while state_of(made.gate) is State.RECOVER:
        made.turn(STEP_S)
    assert made.now_ns - began_ns <= ALIVE_NS
    assert [each.reason for each in made.gate.take_events() if each.kind is EventKind.RECOVER_ENDED] == ["let go"]


def test_the_worst_of_what_ends_the_way_out_is_told() -> None:
    made = bench_over_the_edge()
    led(made, Motion(-0.5), 4)
    made.plate, made.estop = Alive("amplifier off"), PRESSED
    led(made, Motion(-0.5), 1)
    told = made.gate.take_events()
    assert [each.reason for each in told if each.kind is EventKind.RECOVER_ENDED] == ["estop station_1: pressed"]
    (added,) = [each for each in told if each.kind is EventKind.CAUSE_ADDED]
    assert [cause.source for cause in added.causes] == ["estop station_1", "force_plate left"]


def test_a_motion_that_is_none_is_not_led() -> None:
    made = bench_over_the_edge()
    answer = recover(made.gate, "bench-1", "anna", Motion(math.nan), made.now_ns, made.now_ns)
    assert answer == CommandResult(False, "recover: linear.x is nan")


def test_nothing_is_led_out_of_an_emergency_that_is_over() -> None:
    made = bench_over_the_edge()
    made.estop = PRESSED
    made.turn(STEP_S)
    made.estop = RELEASED
    made.turn(0.3)
    says = "estop station_1: pressed: nothing is led out of an emergency; move the robot by hand"
    assert led(made, Motion(-0.5), 1) == CommandResult(False, says)


@pytest.mark.parametrize("other", ["", "a", "bench-10", "z"])
def test_naming_another_stop_leads_nothing(other: str) -> None:
    made = bench_over_the_edge()
    assert not recover(made.gate, other, "anna", Motion(), made.now_ns, made.now_ns).accepted
    same = "".join(["bench", "-1"])
    made.turn(0.3)
    assert recover(made.gate, same, "anna", Motion(), made.now_ns, made.now_ns) == CommandResult(True, "hold on")


def test_a_gate_that_fails_while_somebody_leads_tells_the_end_of_it() -> None:
    made = bench_over_the_edge()
    led(made, BACK)
    assert made.gate.state is State.RECOVER
    made.gate.take_events()
    made.gate.fail("a mistake", made.now_ns)
    ended, fault = made.gate.take_events()
    assert (ended.kind, ended.by, ended.reason) == (EventKind.RECOVER_ENDED, "anna", "gate fault")
    assert fault.after is State.FAULT
    made.gate.fail("once more", made.now_ns)
    assert not made.gate.take_events()
