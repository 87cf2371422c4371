"""What the gate promises: nothing passes before arming, what passes then, and what it says of itself."""

import math
from collections.abc import Callable

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.gate import operator_commands
from port_safety.gate.active_limits import HOLD_NS
from port_safety.gate.events import EventKind
from port_safety.gate.gate import Gate, Output
from port_safety.gate.state_machine import State
from port_safety.model.readings import Pose, Publishers
from port_safety.model.standstill import STILL_FOR_NS
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.envelope import Envelope
from tests.gate_bench import PRESSED, ROBOT, Bench, base_twist, state_of
from tests.unit.port_safety.running_gates import NOW, STILL, Says, limit, running


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
    assert 0.0 < base_twist(bench.turn().command).vx < 0.3, "and then it rises no faster than the profile allows"
    assert bench.turn(0.2).command == Motion(0.3)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_command_that_is_no_number_stops_and_is_named(bad: float) -> None:
    bench = Bench().drive()
    bench.gate.request(Motion(0.1, 0.0, bad), bench.now_ns)
    assert bench.gate.state is State.STOPPING
    assert bench.gate.reason == f"command: angular.z is {bad}"
    assert math.isfinite(base_twist(bench.gate.output.command).wz)


def test_a_stopped_gate_says_stop_every_tick() -> None:
    """While stopped the gate says stop every tick whatever is asked."""
    bench = Bench().drive()
    bench.estop = PRESSED
    bench.turn(0.5)
    bench.request = Motion(1.0)
    for _ in range(50):
        assert bench.turn().command == ZERO


def test_standby_loses_readiness_without_a_stop_and_gets_it_back() -> None:
    bench = Bench()
    bench.turn(0.5)
    bench.pose = None
    bench.turn(0.6)
    assert state_of(bench.gate) is State.INIT and bench.gate.stop is None
    bench.pose = Pose(0.0, 0.0, 0.0)
    bench.turn(0.1)
    assert state_of(bench.gate) is State.STANDBY


def test_a_button_pressed_before_ready_is_a_stop_with_all_that_objects() -> None:
    """What a person did is told first; how bad it is counts by the worst."""
    bench = Bench(pose=None, publishers=Publishers(("/team/teleop",)))
    bench.turn()
    assert bench.gate.state is State.INIT
    operator_commands.stop(bench.gate, "anna", "look there", False, bench.now_ns)
    stop = bench.gate.stop
    assert stop is not None and stop.severity is Severity.EMERGENCY_STOP
    assert next(iter(stop.causes)) == ("request_stop", "anna") and ("bypass", "/team/teleop") in stop.causes


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
def test_a_check_that_raises_is_a_fault_whoever_asks(how: str) -> None:
    """A check that fails is a fault whoever asks and the gate goes on saying stop."""
    bench = Bench().drive()
    bench.estop = PRESSED
    bench.turn(0.5)
    gate, now_ns = bench.gate, bench.now_ns
    gate.envelope = Envelope({**gate.envelope.rules, "broken": Fails()}, gate.envelope.digest)
    ask: dict[str, Callable[[], object]] = {
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


def test_a_gate_that_has_heard_nothing_yet_says_stop() -> None:
    gate = Gate("t", ROBOT, Envelope({}, "hash"))
    assert gate.output == Output(ZERO, False) and (gate.state, gate.stage) == (State.INIT, "")
    assert gate.tick(NOW) == Output(ZERO, False) and gate.state is State.INIT


def test_the_least_share_of_any_rule_passes() -> None:
    """The least share that any rule leaves passes of each part."""
    rule = Says()
    gate = running(rule)
    asked = Motion(0.4, 0.2, -0.8)
    assert gate.request(asked, NOW + 1).command == asked and gate.output.enable
    rule.words = [limit("a", 0.5, 1.0), limit("b", 0.75, 0.25)]
    assert gate.tick(NOW + 2).command == Motion(0.2, 0.1, -0.2) and gate.output.enable
    assert (gate.state, gate.reason) == (State.REDUCED, "why a")
    assert (gate.last_output.motion, gate.last_output.linear_since_ns) == (Motion(0.2, 0.1, -0.2), NOW + 2)
    rule.words = []
    for at_ns, state in ((NOW + 2 + HOLD_NS - 1, State.REDUCED), (NOW + 2 + HOLD_NS, State.RUN)):
        assert gate.tick(at_ns).command == asked and gate.state is state
    changed = [each.reason for each in gate.take_events() if each.kind is EventKind.STATE_CHANGED]
    assert changed == ["why a", "commands pass"]


def test_a_request_before_the_first_zero_does_not_pass() -> None:
    """What is asked before nothing was asked once does not pass and why is told."""
    gate = Gate("t", ROBOT, Envelope({}, "hash"))
    for at_ns in (NOW - STILL_FOR_NS, NOW):
        gate.update("odometry", STILL, at_ns, at_ns)
    gate.tick(NOW)
    assert operator_commands.arm(gate, "anna", NOW).accepted
    assert gate.request(Motion(0.3, 0.0, 0.5), NOW).command == ZERO
    (shut,) = gate.verdicts
    assert (shut.rule, shut.source, shut.scale, shut.scale_angular) == ("arming", "command", 0.0, 0.0)
    gate.request(ZERO, NOW + 1)
    assert gate.request(Motion(0.3, 0.0, 0.5), NOW + 2).command == Motion(0.3, 0.0, 0.5)


def test_a_gate_that_failed_keeps_its_first_fault() -> None:
    gate = running()
    for reason in ("first", "second"):
        output = gate.fail(reason, NOW + 1)
    assert (gate.fault, gate.reason, output.enable) == ("first", "gate fault: first", False)
    assert gate.objections(NOW + 1) == [] and gate.objection(NOW + 1) == "gate fault: first"


def test_the_first_of_what_objects_is_told() -> None:
    rule = Says()
    gate = running(rule)
    assert gate.objection(NOW) == ""
    rule.words = [limit("a", 0.5, 1.0), *(Verdict(Severity.PROTECTIVE_STOP, "says", s, f"why {s}") for s in "bc")]
    assert gate.objection(NOW) == "why b" and [each.source for each in gate.objections(NOW)] == ["b", "c"]


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ([], State.STANDBY),
        ([Verdict(Severity.PROTECTIVE_STOP, "says", "a", "why a")], State.INIT),
        ([Verdict(Severity.EMERGENCY_STOP, "says", "a", "why a")], State.STOPPING),
        ([Verdict(Severity.PROTECTIVE_STOP, "request_stop", "anna", "why a")], State.STOPPING),
        ([Verdict(Severity.PROTECTIVE_STOP, "".join(["request", "_stop"]), "a", "why a")], State.STOPPING),
        ([Verdict(Severity.PROTECTIVE_STOP, "zz", "anna", "why a")], State.INIT),
        ([Verdict(Severity.PROTECTIVE_STOP, "aa", s, f"why {s}") for s in "ab"], State.INIT),
        ([limit("a", 0.5, 0.5)], State.STANDBY),
    ],
)
def test_an_emergency_or_a_requested_stop_latches_in_standby(words: list[Verdict], state: State) -> None:
    rule = Says()
    gate = running(rule)
    assert operator_commands.disarm(gate, "anna", NOW).accepted and gate.state is State.STANDBY
    rule.words = words
    gate.tick(NOW + 1)
    assert gate.state is state and (gate.reason == "why a" or not words)
    changed = [each.reason for each in gate.take_events() if each.kind is EventKind.STATE_CHANGED]
    assert changed[1:] == ([] if state is State.STANDBY else ["why a"])
