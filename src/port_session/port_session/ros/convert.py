"""Messages to and from the plain values of the session. No decisions in here."""

from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from port_interfaces.msg import Cause, SafetyEvent, SafetyState, SessionEvent, SessionState

from port_ros import stamps
from port_ros.constants import HEALTH_LEVELS, SAFETY_EVENTS, SAFETY_STATES, SEVERITIES
from port_ros.free_text import NAME_BYTES, at_most
from port_session.session.machine import Event, Session
from port_session.session.readiness import Gate, Part
from port_session.session.settings import Settings


def parts(message: DiagnosticArray) -> dict[str, Part]:
    """Diagnostics by name."""
    return {status.name: Part(HEALTH_LEVELS.get(status.level, "error"), status.message) for status in message.status}


def gate(message: SafetyState, now_s: float) -> Gate:
    """The gate's state, as received at `now_s` (monotonic)."""
    state = SAFETY_STATES.get(message.state, f"state {message.state}")
    return Gate(state, message.reason, message.remedy, message.epoch, now_s)


def cause(message: Cause) -> dict[str, Any]:
    """One cause as plain values."""
    return {
        "stamp_ns": stamps.to_ns(message.stamp), "severity": SEVERITIES.get(message.severity, str(message.severity)),
        "rule": message.rule, "source": message.source, "reason": message.reason, "value": message.value,
        "limit": message.limit, "unit": message.unit, "healthy": message.healthy,
    }  # fmt: skip


def safety_event(message: SafetyEvent) -> dict[str, Any]:
    """An event of the gate as plain values, its stamp left out."""
    return {
        "sequence": message.sequence, "kind": SAFETY_EVENTS.get(message.kind, str(message.kind)),
        "event_id": message.event_id, "before": SAFETY_STATES.get(message.state_before, str(message.state_before)),
        "after": SAFETY_STATES.get(message.state_after, str(message.state_after)), "epoch": message.epoch,
        "causes": [cause(item) for item in message.causes], "reason": message.reason, "by": message.by,
        "latency_ms": message.latency_ms, "distance_m": message.distance_m,
        "travel_after_zero_m": message.travel_after_zero_m, "duration_s": message.duration_s,
    }  # fmt: skip


def session_event(event: Event, session_id: str) -> SessionEvent:
    """An event of the session as a message."""
    return SessionEvent(
        stamp=stamps.to_msg(event.stamp_ns), sequence=event.sequence, session_id=session_id,
        state_before=int(event.before), state_after=int(event.after), accepted=event.accepted,
        command=at_most(event.command, NAME_BYTES), run=event.run,
        reason=at_most(event.reason), by=at_most(event.by),
    )  # fmt: skip


def session_state(settings: Settings, session: Session, reason: str) -> SessionState:
    """The session as it is now, and why; the header's stamp is the caller's."""
    return SessionState(
        session_id=settings.session, robot=settings.robot, team=settings.team, ground=settings.ground,
        trial=settings.trial, kind=settings.kind, state=int(session.state), since=stamps.to_msg(session.since_ns),
        run=session.run, run_open=session.runs.open_run is not None, runs_counting=session.runs.counting,
        runs_asked=session.runs_asked, running_s=session.running_s(), timeout_s=settings.timeout_s,
        next_steps=session.next_steps()[0], reason=at_most(reason),
    )  # fmt: skip
