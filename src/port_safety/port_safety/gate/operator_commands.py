"""What people and the session ask of the gate: arm, disarm, stop, reset, recover, override. Each gets an answer.

A reset comes from the on-site service or from the physical button; there is no other way in. Recover and override are
held: they end within 0.2 s of the last request (hold_to_run.py); neither arms, resets or ends a stop.
"""

from collections.abc import Mapping

from port_safety.commands.twist import Motion
from port_safety.gate.events import CommandResult, EventKind
from port_safety.gate.gate import Gate
from port_safety.gate.moment import Transition
from port_safety.gate.recovery import REDUCED_SPEED
from port_safety.gate.state_machine import ARMED, STOPPED_OR_STOPPING, State, Trigger
from port_safety.model.readings import Estop
from port_safety.model.verdict import Severity
from port_safety.rules.envelope import Boundary

#: Kinds of robots that stand on their own without power, and go as they are told when they have it again.
LED_KINDS = frozenset({"wheeled"})


def arm(gate: Gate, by: str, now_ns: int, unproven: str = "") -> CommandResult:
    """Let commands through from now on; possible in STANDBY while nothing objects.

    unproven: why the request is not known to be the session's; empty if it is (port_ros/signed_request.py).
    """
    reason = unproven or _unarmable(gate, now_ns)
    if reason:
        gate.tracker.emit(EventKind.ARM_REFUSED, now_ns, gate.state, reason, by=by)
        return CommandResult(False, reason)
    gate.apply([Transition(Trigger.ARM, f"armed by {by}", EventKind.ARMED, by=by, await_zero=True)], now_ns)
    return CommandResult(True, "armed")


def _unarmable(gate: Gate, now_ns: int) -> str:
    if gate.state is not State.STANDBY:
        return f"the gate is in {gate.state.name}: {gate.reason}"
    return gate.objection(now_ns) or ("" if gate.observed.stands(now_ns) else "the robot is not measured to stand")


def disarm(gate: Gate, by: str, now_ns: int) -> CommandResult:
    """Take the permission back; refused while the robot moves, or would fall: then only a stop helps."""
    if gate.state not in ARMED:
        return CommandResult(gate.state is State.STANDBY, f"not armed: the gate is in {gate.state.name}")
    if not gate.observed.stands(now_ns):
        return CommandResult(False, "the robot is moving; request a stop instead")
    if not gate.profile.safe_to_power_off(gate.observed.seen(now_ns)):
        return CommandResult(False, "the robot is up and would fall without power; request a stop instead")
    gate.apply([Transition(Trigger.DISARM, f"disarmed by {by}", EventKind.DISARMED, by=by)], now_ns)
    gate.tick(now_ns)
    return CommandResult(True, "disarmed")


def stop(gate: Gate, by: str, reason: str, emergency: bool, now_ns: int) -> CommandResult:
    """Stop now; latched. A gate that lets nothing through anyway says so."""
    if gate.state is State.FAULT:
        return CommandResult(True, f"already held in {gate.state.name}")
    severity = Severity.EMERGENCY_STOP if emergency else Severity.PROTECTIVE_STOP
    gate.add_verdict(severity, "request_stop", by or "unnamed", reason or "stop requested", now_ns)
    gate.tick(now_ns)
    return CommandResult(True, "stopped")


def reset(gate: Gate, event_id: str, by: str, now_ns: int, unproven: str = "") -> CommandResult:
    """End the stop `event_id`. Leads to STANDBY, never to motion. unproven: as that of `arm`."""
    reason = unproven or _unresettable(gate, event_id, now_ns)
    if reason:
        gate.tracker.emit(EventKind.RESET_REFUSED, now_ns, gate.state, reason, by=by)
        return CommandResult(False, reason)
    gate.apply(
        [
            Transition(Trigger.RESETTABLE, "every condition of a reset holds"),
            Transition(Trigger.RESET, f"reset by {by}", EventKind.RESET_ACCEPTED, by=by),
        ],
        now_ns,
    )
    gate.tick(now_ns)
    return CommandResult(True, "reset")


def _unresettable(gate: Gate, event_id: str, now_ns: int) -> str:
    if gate.stop is None:
        return "no stop is in force"
    if event_id != gate.stop.event_id:
        return f"the stop in force is {gate.stop.event_id}, not {event_id or 'unnamed'}"
    return gate.reset_blocker(now_ns)


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
        gate.recovery.lead(motion)
        return CommandResult(True, gate.reason)
    if gate.recovery.hold.is_active(now_ns):
        _begin(gate, by, now_ns)
    return CommandResult(True, "hold on")


def _begin(gate: Gate, by: str, now_ns: int) -> None:
    recovery = gate.recovery
    recovery.begin(_edges(gate, now_ns))
    reason = f"{by} leads the robot out of {recovery.zones()}"
    gate.apply([Transition(Trigger.RECOVER, reason, EventKind.RECOVER_BEGAN, by=by)], now_ns)


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
    return "" if gate.observed.stands(now_ns) else "the robot is not measured to stand"


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
    speed_mps = gate.observed.meter.speed_mps(now_ns)
    if rule not in gate.overrides.in_force and not speed_mps <= REDUCED_SPEED.speed_mps:
        return f"the robot goes at {speed_mps:.2f} m/s; it must be no faster than {REDUCED_SPEED.speed_mps:.2f}"
    return ""


class ResetButton:
    """Turns readings of one station into resets: an edge, seen released and then pressed, over a live link."""

    def __init__(self, station: str) -> None:
        self._station = station
        self._was_released = False

    def look(self, gate: Gate, reading: Estop, now_ns: int) -> None:
        """Take in a reading; a press resets the stop in force, or is refused and reported."""
        if not reading.link_ok:
            self._was_released = False
        elif not reading.reset_pressed:
            self._was_released = True
        elif self._was_released:
            self._was_released = False
            if gate.state in STOPPED_OR_STOPPING:
                reset(gate, gate.tracker.event_id, f"reset button {self._station}", now_ns)
