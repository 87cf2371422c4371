"""A stop of the gate on its own, with a rule that says what it is told to: causes in order, moments, what it cost."""

from dataclasses import replace

from port_safety.commands.twist import Motion
from port_safety.gate import operator_commands
from port_safety.gate.events import CommandResult, EventKind
from port_safety.gate.gate import Gate
from port_safety.gate.state_machine import State
from port_safety.model.readings import Body
from port_safety.model.standstill import STILL_FOR_NS
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.envelope import Envelope
from tests.gate_bench import robot_of
from tests.unit.port_safety.test_gate_at_its_edges import NOW, STILL, Says, running

PROTECTIVE, EMERGENCY = Severity.PROTECTIVE_STOP, Severity.EMERGENCY_STOP
S = 1_000_000_000


def says(severity: Severity, source: str, stamp_ns: int = 0) -> Verdict:
    return Verdict(severity, "says", source, f"why {source}", stamp_ns=stamp_ns)


def reasons(gate: Gate, kind: EventKind) -> list[str]:
    return [each.reason for each in gate.take_events() if each.kind is kind]


def test_the_worst_cause_names_the_stop_and_tells_when_its_reading_arrived() -> None:
    rule = Says()
    gate = running(rule)
    gate.update("body", Body(0.5), NOW + 1, NOW + 3)
    rule.words = [says(PROTECTIVE, "a", NOW), says(EMERGENCY, "b", NOW + 1)]
    gate.tick(NOW + 4)
    assert gate.stop is not None and [source for _, source in gate.stop.causes] == ["b", "a"]
    assert gate.stop.received_ns == NOW + 3 and reasons(gate, EventKind.STATE_CHANGED) == ["why b"]


def resettable(rule: Says) -> Gate:
    gate = running(rule)
    operator_commands.stop(gate, "anna", "", False, NOW)
    for at_ns in range(NOW, NOW + S, S // 10):
        gate.update("odometry", STILL, at_ns, at_ns)
        gate.tick(at_ns)
    assert gate.state is State.RESET_READY
    gate.take_events()
    return gate


def test_after_a_reset_the_profile_wants_nothing_any_more() -> None:
    gate = resettable(Says())
    assert gate.stage == "cut"
    assert operator_commands.reset(gate, "t-1", "anna", NOW + S).accepted
    assert (gate.stage, gate.state) == ("", State.STANDBY)


def test_the_worst_of_what_voids_a_reset_is_told() -> None:
    rule = Says()
    gate = resettable(rule)
    rule.words = [says(PROTECTIVE, "a"), says(EMERGENCY, "b")]
    gate.tick(NOW + S)
    assert gate.state is State.STOPPED and reasons(gate, EventKind.STATE_CHANGED) == ["why b"]


def test_a_robot_that_stands_has_not_stopped_before_it_was_carried_through_all_stages() -> None:
    gate = Gate("t", robot_of("humanoid"), Envelope({}, "hash"))
    for at_ns in (NOW - STILL_FOR_NS, NOW):
        gate.update("odometry", STILL, at_ns, at_ns)
    gate.tick(NOW)
    assert operator_commands.arm(gate, "anna", NOW).accepted
    up = CommandResult(False, "the robot is up and would fall without power; request a stop instead")
    assert operator_commands.disarm(gate, "anna", NOW) == up
    operator_commands.stop(gate, "anna", "", False, NOW)
    gate.tick(NOW + 1)
    assert gate.observed.stands(NOW + 1) and gate.state is State.STOPPING
    assert gate.reset_blocker(NOW + 1) == "the stop is still being carried out"


def test_how_long_a_stop_took_is_told_to_the_nanosecond() -> None:
    gate = running()
    gate.request(Motion(0.3), NOW)
    gate.update("odometry", replace(STILL, vx=0.3), NOW, NOW)
    operator_commands.stop(gate, "anna", "", False, NOW)
    for at_ns in (NOW + 13 * S // 2, NOW + 13 * S // 2 + STILL_FOR_NS):
        gate.update("odometry", STILL, at_ns, at_ns)
        gate.tick(at_ns)
    (told,) = [each for each in gate.take_events() if each.kind is EventKind.STANDSTILL]
    assert told.cost.duration_s == 6.7 and gate.state is State.STOPPED


def test_a_robot_is_braked_from_one_moment_until_it_is_braked_from_another() -> None:
    gate = running()
    gate.request(Motion(0.3), NOW)
    operator_commands.stop(gate, "anna", "", False, NOW + 1)
    stop = gate.stop
    assert stop is not None
    first = stop.braking
    gate.tick(NOW + 2)
    assert first.start is stop.start and stop.braking is first
    stop.brake_from(replace(stop.start, at_ns=NOW + 3))
    second = stop.braking
    gate.tick(NOW + 4)
    assert second is not first and second.start.at_ns == NOW + 3 and stop.braking is second
