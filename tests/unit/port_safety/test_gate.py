"""What the gate promises, one promise a test."""

import math

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.gate import operator_commands
from port_safety.gate.events import EventKind
from port_safety.gate.state_machine import State
from port_safety.gate.stop import MAX_CAUSES, Stop
from port_safety.model.readings import Alive, Occupancy, Odometry, Pose
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.envelope import Envelope
from port_safety.rules.stop_start import StopStart
from tests.gate_bench import PRESSED, RELEASED, RESET_HELD, ROBOT, Bench


def test_boot_asserts_stop_until_every_input_came() -> None:
    bench = Bench(plate=None)
    output = bench.turn(1.0)
    assert bench.gate.state is State.INIT
    assert output.command == ZERO and not output.enable
    assert bench.gate.reason == "force_plate left: no data"


def test_nothing_passes_before_arming() -> None:
    bench = Bench(request=Motion(1.0))
    assert bench.turn(1.0).command == ZERO
    assert bench.gate.state is State.STANDBY


def test_a_command_passes_when_armed() -> None:
    bench = Bench().drive(0.4)
    assert bench.gate.output.command == Motion(0.4)
    assert bench.gate.output.enable
    assert bench.gate.state is State.RUN


def test_the_first_command_after_arming_must_be_near_zero() -> None:
    bench = Bench(request=Motion(1.0))
    bench.turn(0.5)
    assert operator_commands.arm(bench.gate, "tester", bench.now_ns).accepted
    assert bench.turn(0.5).command == ZERO, "a stack that is already driving must not lurch"
    assert "request no motion once" in bench.gate.reason
    bench.request = ZERO
    bench.turn()
    bench.request = Motion(0.3)
    assert 0.0 < bench.turn().command.vx < 0.3, "and then it rises no faster than the profile allows"
    assert bench.turn(0.2).command == Motion(0.3)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_command_that_is_no_number_stops_and_is_named(bad: float) -> None:
    bench = Bench().drive()
    bench.gate.request(Motion(0.1, 0.0, bad), bench.now_ns)
    assert bench.gate.state is State.STOPPING
    assert bench.gate.reason == f"command: angular.z is {bad}"
    assert math.isfinite(bench.gate.output.command.wz)


def test_the_first_cause_and_all_later_ones_are_kept() -> None:
    bench = Bench().drive()
    bench.estop = PRESSED
    bench.turn()
    bench.plate = Alive("saturated")
    bench.turn()
    assert bench.gate.stop is not None
    assert list(bench.gate.stop.causes) == [("estop", "estop station_1"), ("input_timeout", "force_plate left")]
    assert bench.gate.reason == "estop station_1: pressed (and 1 more)"


def test_while_stopped_the_gate_says_stop_every_tick_whatever_is_asked() -> None:
    bench = Bench().drive()
    bench.estop = PRESSED
    bench.turn(0.5)
    bench.request = Motion(1.0)
    for _ in range(50):
        assert bench.turn().command == ZERO


def test_standstill_reports_what_the_stop_cost() -> None:
    bench = Bench().drive(0.4)
    bench.gate.take_events()
    bench.estop = PRESSED
    bench.turn(0.5)
    stood = [event for event in bench.gate.take_events() if event.kind is EventKind.STANDSTILL]
    assert len(stood) == 1
    assert 0.0 <= stood[0].cost.travel_after_zero_m <= stood[0].cost.distance_m < 0.1
    assert stood[0].cost.latency_ms == 0.0
    assert 0.0 < stood[0].cost.duration_s < 0.5


def test_a_robot_that_was_just_told_to_move_does_not_count_as_standing() -> None:
    """A stop right after the first command: the robot still stands, but what it was told is on its way."""
    bench = Bench(obeys=False).run()
    bench.turn(1.0)
    bench.request = Motion(0.4)
    bench.turn()
    operator_commands.stop(bench.gate, "officer", "test", False, bench.now_ns)
    bench.turn(0.1)
    assert bench.gate.state is State.STOPPING
    bench.turn(1.0)
    assert bench.gate.state in (State.STOPPED, State.RESET_READY)


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


def test_reset_is_refused_while_the_stack_still_asks_for_motion() -> None:
    bench = stopped_by_estop()
    bench.estop, bench.request = RELEASED, Motion(0.5)
    bench.turn(1.0)
    answer = operator_commands.reset(bench.gate, bench.gate.tracker.event_id, "officer", bench.now_ns)
    assert not answer.accepted and "0.50 m/s" in answer.reason


def test_reset_leads_to_standby_and_arming_is_another_act() -> None:
    bench = stopped_by_estop()
    bench.estop = RELEASED
    bench.turn(1.0)
    assert operator_commands.reset(bench.gate, bench.gate.tracker.event_id, "officer", bench.now_ns).accepted
    bench.request = Motion(0.5)
    assert bench.turn(1.0).command == ZERO
    assert bench.gate.state is State.STANDBY


def test_the_button_resets_by_an_edge_only() -> None:
    bench = stopped_by_estop()
    bench.estop = RESET_HELD  # released the mushroom while the reset was held down: seen pressed, never seen released
    bench.turn(0.01)
    bench.gate.take_events()
    bench.turn(2.0)
    assert bench.gate.state is State.RESET_READY, "a reset button that is held, or stuck, resets nothing"
    bench.estop = RELEASED
    bench.turn(0.1)
    bench.estop = RESET_HELD
    bench.turn()
    assert bench.gate.state is State.STANDBY
    assert EventKind.RESET_ACCEPTED in bench.kinds()


def test_a_new_cause_voids_a_reset_that_was_possible() -> None:
    bench = stopped_by_estop()
    bench.estop = RELEASED
    bench.turn(1.0)
    assert bench.gate.state is State.RESET_READY
    epoch = bench.gate.tracker.epoch
    bench.plate = None
    bench.turn(0.6)
    assert bench.gate.state is State.STOPPED
    assert bench.gate.tracker.epoch > epoch
    assert not operator_commands.reset(bench.gate, bench.gate.tracker.event_id, "officer", bench.now_ns).accepted


def test_a_command_stamped_before_the_stop_never_passes_after_it() -> None:
    bench = Bench().drive()
    old_ns = bench.now_ns
    bench.estop, bench.request = PRESSED, ZERO
    bench.turn(1.0)
    bench.estop = RELEASED
    bench.turn(1.0)
    assert operator_commands.reset(bench.gate, bench.gate.tracker.event_id, "officer", bench.now_ns).accepted
    bench.request = None
    bench.turn(0.1)
    assert operator_commands.arm(bench.gate, "officer", bench.now_ns).accepted
    bench.gate.request(ZERO, bench.now_ns)
    assert bench.gate.request(Motion(0.5), bench.now_ns, stamp_ns=old_ns).command == ZERO


def test_a_requested_stop_latches() -> None:
    bench = Bench().drive()
    assert operator_commands.stop(bench.gate, "officer", "visitor on the lane", False, bench.now_ns).accepted
    bench.request = ZERO
    bench.turn(2.0)
    assert bench.gate.state is State.RESET_READY
    assert bench.gate.stop is not None
    assert ("request_stop", "officer") in bench.gate.stop.causes


def test_a_protective_stop_ramps_down_and_then_takes_the_power() -> None:
    bench = Bench().drive(0.45)
    operator_commands.stop(bench.gate, "officer", "test", False, bench.now_ns)
    speeds = []
    while bench.gate.state is State.STOPPING:
        output = bench.turn()
        speeds.append(output.command.vx)
        assert output.enable or bench.gate.state is State.STOPPED
    assert speeds == sorted(speeds, reverse=True) and speeds[0] > 0.3 and speeds[-1] == 0.0
    assert not bench.gate.output.enable


def test_a_robot_that_does_not_slow_down_loses_its_power_early() -> None:
    bench = Bench(obeys=False).drive(0.4)
    bench.odometry = Odometry(0.0, 0.0, 0.0, 1.4, 0.0, 0.0)
    bench.turn()
    operator_commands.stop(bench.gate, "officer", "test", False, bench.now_ns)
    assert bench.turn(0.2).enable
    assert not bench.turn(0.8).enable
    assert bench.gate.state is State.STOPPING, "it moves, so it has not stopped"


def test_standby_loses_readiness_without_a_stop_and_gets_it_back() -> None:
    bench = Bench()
    bench.turn(0.5)
    bench.pose = None
    bench.turn(0.6)
    assert bench.gate.state is State.INIT and bench.gate.stop is None
    bench.pose = Pose(0.0, 0.0, 0.0)
    bench.turn(0.1)
    assert bench.gate.state is State.STANDBY


def test_arming_is_refused_with_the_reason() -> None:
    bench = Bench(plate=None)
    bench.turn(0.5)
    answer = operator_commands.arm(bench.gate, "operator", bench.now_ns)
    assert not answer.accepted and "force_plate left: no data" in answer.reason


def test_disarming_a_moving_robot_is_refused() -> None:
    bench = Bench().drive()
    assert not operator_commands.disarm(bench.gate, "operator", bench.now_ns).accepted
    bench.request = ZERO
    bench.turn(0.5)
    assert operator_commands.disarm(bench.gate, "operator", bench.now_ns).accepted
    assert bench.turn().command == ZERO and bench.gate.state is State.STANDBY


def test_a_person_in_the_crossing_stops_a_robot_in_it_and_the_stop_ends_by_itself() -> None:
    bench = Bench(pose=Pose(5.0, 0.0, 0.0)).drive(0.4)
    bench.occupancy = Occupancy(frozenset({"crossing"}))
    bench.request = ZERO
    bench.turn(1.0)
    assert bench.gate.state is State.STOPPED
    assert "crossing: occupied" in bench.gate.reason
    bench.occupancy = Occupancy(frozenset())
    bench.turn(0.9)
    assert bench.gate.state is State.STOPPED, "hysteresis: released only after the zone was free for a while"
    bench.request = Motion(0.4)
    assert bench.turn(0.5).command == ZERO, "and even then nothing moves before the stack asked for no motion"
    assert bench.gate.state in (State.RUN, State.REDUCED)


def test_an_emergency_that_joins_a_self_clearing_stop_makes_it_latch() -> None:
    bench = Bench(pose=Pose(5.0, 0.0, 0.0)).drive(0.4)
    bench.occupancy, bench.request = Occupancy(frozenset({"crossing"})), ZERO
    bench.turn(1.0)
    bench.estop = PRESSED
    bench.turn(0.1)
    bench.estop, bench.occupancy = RELEASED, Occupancy(frozenset())
    bench.turn(3.0)
    assert bench.gate.state is State.RESET_READY


def test_a_gate_that_failed_moves_nothing_ever_again() -> None:
    bench = Bench().drive()
    bench.gate.fail("division by zero", bench.now_ns)
    bench.request = Motion(0.5)
    output = bench.turn(2.0)
    assert output.command == ZERO and not output.enable
    assert bench.gate.reason == "gate fault: division by zero"
    assert not operator_commands.arm(bench.gate, "operator", bench.now_ns).accepted


class Fails:
    """A rule with a mistake in it."""

    def judge(self, view: RuleContext) -> list[Verdict]:
        raise ZeroDivisionError("a rule failed")


@pytest.mark.parametrize("how", ["tick", "request", "reset", "remedy", "recover"])
def test_a_check_that_fails_is_a_fault_whoever_asks_and_the_gate_goes_on_saying_stop(how: str) -> None:
    bench = Bench().drive()
    bench.estop = PRESSED
    bench.turn(0.5)
    gate, now_ns = bench.gate, bench.now_ns
    gate.envelope = Envelope({**gate.envelope.rules, "broken": Fails()}, gate.envelope.digest)
    ask = {
        "tick": lambda: gate.tick(now_ns),
        "request": lambda: gate.request(Motion(0.4), now_ns),
        "reset": lambda: operator_commands.reset(gate, gate.tracker.event_id, "officer", now_ns),
        "remedy": lambda: gate.remedy(now_ns),
        "recover": lambda: operator_commands.recover(gate, gate.tracker.event_id, "anna", Motion(0.1), now_ns, now_ns),
    }
    ask[how]()
    gate.tick(now_ns)
    assert gate.state is State.FAULT and "a rule failed" in gate.reason
    for again in ask.values():
        again()
        assert bench.turn().command == ZERO and not gate.output.enable


def _full(clearing: bool = True) -> Stop:
    """A stop with as many causes as are kept."""
    stop = Stop("s-1", ROBOT, StopStart(0, ZERO, 0.0), 0.0)
    causes = [
        Verdict(Severity.PROTECTIVE_STOP, "rule", str(index), "reason", self_clearing=clearing)
        for index in range(MAX_CAUSES)
    ]
    stop.take(causes, 1)
    return stop


def test_an_emergency_counts_although_there_are_more_causes_than_are_kept() -> None:
    stop = _full()
    emergency = Verdict(Severity.EMERGENCY_STOP, "estop", "station_1", "pressed", removes_power=True)
    assert stop.take([emergency], 2) == [emergency]
    assert stop.severity is Severity.EMERGENCY_STOP and stop.removes_power and not stop.self_clearing
    assert len(stop.causes) == MAX_CAUSES and next(iter(stop.causes)) == ("rule", "0")
    assert stop.take([emergency], 3) == []


def test_a_stop_does_not_end_by_itself_when_a_cause_that_was_not_kept_may_not() -> None:
    stop = _full()
    assert stop.self_clearing
    stop.take([Verdict(Severity.PROTECTIVE_STOP, "one", "more", "reason")], 2)
    assert not stop.self_clearing and ("one", "more") not in stop.causes


def test_when_all_that_are_kept_are_emergencies_the_first_ones_stay() -> None:
    stop = Stop("s-1", ROBOT, StopStart(0, ZERO, 0.0), 0.0)
    stop.take([Verdict(Severity.EMERGENCY_STOP, "rule", str(index), "reason") for index in range(MAX_CAUSES + 3)], 1)
    assert [source for _, source in stop.causes] == [str(index) for index in range(MAX_CAUSES)]
