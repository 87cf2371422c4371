"""What people hold: the way out of a zone, and single rules. Each assertion gets an answer in words.

Both end within 0.2 s of the last assertion (core/hold.py). Neither arms, resets or ends a stop.
"""

from collections.abc import Mapping

from port_safety.commands.twist import Motion
from port_safety.gate.events import CommandResult, EventKind
from port_safety.gate.gate import Gate
from port_safety.gate.recovery import REDUCED_SPEED
from port_safety.gate.state_machine import State, Trigger
from port_safety.model.verdict import Severity
from port_safety.rules.envelope import Boundary

#: Kinds of robots that stand on their own without power, and go as they are told when they have it again.
LED_KINDS = frozenset({"wheeled"})


def recover(gate: Gate, event_id: str, by: str, motion: Motion, stamp_ns: int, now_ns: int) -> CommandResult:
    """Lead the robot out of the zone whose edge it is over; `motion` is asked for in the robot's frame."""
    if motion.fault:
        gate.recovery.hold.revoke()
        gate.add_verdict(Severity.PROTECTIVE_STOP, "command", "recover", f"recover: {motion.fault}", now_ns)
        gate.tick(now_ns)
        return CommandResult(False, f"recover: {motion.fault}")
    reason = gate.recovery.hold.refresh(by, stamp_ns, now_ns)
    if not reason and gate.state is not State.RECOVER and (reason := _unrecoverable(gate, event_id, now_ns)):
        gate.recovery.hold.revoke()  # what becomes possible later begins with a press of its own
    if reason:
        return CommandResult(False, reason)
    if gate.state is State.RECOVER:
        gate.recovery.motion = motion
        return CommandResult(True, gate.reason)
    if gate.recovery.hold.is_active(now_ns):
        _begin(gate, by, now_ns)
    return CommandResult(True, "hold on")


def _begin(gate: Gate, by: str, now_ns: int) -> None:
    recovery = gate.recovery
    recovery.begin(_edges(gate, now_ns))
    before = gate.tracker.apply(Trigger.RECOVER, now_ns, f"{by} leads the robot out of {recovery.zones()}")
    gate.tracker.emit(EventKind.RECOVER_BEGAN, now_ns, before, f"out of {recovery.zones()}", by=by)


def _unrecoverable(gate: Gate, event_id: str, now_ns: int) -> str:
    """Why nothing can be led out of anything now; empty if it can."""
    if gate.robot.kind not in LED_KINDS:
        return f"a robot of kind {gate.robot.kind} is not led out: it may lie or hang after a stop; move it by hand"
    if gate.stop is None:
        return "no stop is in force"
    if event_id != gate.stop.event_id:
        return f"the stop in force is {gate.stop.event_id}, not {event_id or 'unnamed'}"
    for cause in gate.stop.causes.values():
        if cause.severity is Severity.EMERGENCY_STOP:
            return f"{cause.reason}: nothing is led out of an emergency; move the robot by hand"
    edges = gate.envelope.boundaries
    for verdict in gate.objections(now_ns):
        if verdict.key not in edges:
            return verdict.reason
    if gate.state is not State.STOPPED:
        return f"the gate is in {gate.state.name}: {gate.reason}"
    if not _edges(gate, now_ns):
        return "the robot is over no zone's edge: reset instead"
    return "" if gate.stands(now_ns) else "the robot is not measured to stand"


def _edges(gate: Gate, now_ns: int) -> Mapping[tuple[str, str], Boundary]:
    """The edges that the robot is over now."""
    edges = gate.envelope.boundaries
    return {verdict.key: edges[verdict.key] for verdict in gate.objections(now_ns) if verdict.key in edges}


def override_rule(gate: Gate, rule: str, by: str, why: str, stamp_ns: int, now_ns: int) -> CommandResult:
    """Override one rule."""
    reason = _not_overridable(gate, rule, why, now_ns) or gate.overrides.refresh(rule, by, why, stamp_ns, now_ns)
    return CommandResult(not reason, reason or ("overridden" if rule in gate.overrides.in_force else "hold on"))


def _not_overridable(gate: Gate, rule: str, why: str, now_ns: int) -> str:
    if rule not in gate.envelope.overridable:
        allowed = ", ".join(sorted(gate.envelope.overridable)) or "none is"
        return f"{rule!r} is no rule that may be overridden ({allowed})"
    if not why.strip():
        return "a reason is needed: it goes into the evidence"
    if gate.state is State.FAULT:
        return gate.reason
    speed_mps = gate.meter.speed_mps(now_ns)
    if rule not in gate.overrides.in_force and not speed_mps <= REDUCED_SPEED.speed_mps:
        return f"the robot goes at {speed_mps:.2f} m/s; it must be no faster than {REDUCED_SPEED.speed_mps:.2f}"
    return ""
