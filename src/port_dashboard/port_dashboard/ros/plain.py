"""Messages as plain values for the page. Converts only; NaN becomes None, enumerations become their names."""

import math
from typing import Any

from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import PoseWithCovarianceStamped, Twist
from port_interfaces.msg import Cause, EstopState, InputAge, SafetyEvent, SafetyState, SessionEvent, SessionState

from port_ros import stamps
from port_ros.constants import HEALTH_LEVELS, INPUT_STATUS, SAFETY_EVENTS, SAFETY_STATES, SESSION_STATES

Plain = dict[str, Any]

_EVENT_STATUS = {
    "STOP": "stop", "CAUSE_ADDED": "stop", "RESET_REFUSED": "abnormal", "ARM_REFUSED": "abnormal",
    "LIMIT_BEGAN": "abnormal", "RECOVER_BEGAN": "abnormal", "PERMIT_BEGAN": "abnormal",
}  # fmt: skip


def finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def safety_state(message: SafetyState) -> Plain:
    return {
        "state": SAFETY_STATES.get(message.state, f"STATE {message.state}"),
        "since_ns": stamps.to_ns(message.since),
        "severity": int(message.severity),
        "reason": message.reason,
        "remedy": message.remedy,
        "causes": [cause(each) for each in message.causes],
        "epoch": int(message.epoch),
        "event_id": message.event_id,
        "requested": twist(message.requested),
        "passed": twist(message.passed),
        "speed_mps": finite(message.speed_mps),
        "enable": bool(message.enable),
        "inputs": [input_age(each) for each in message.inputs],
        "envelope_hash": message.envelope_hash,
        "realtime": list(message.realtime),
        "tick_hz": finite(message.tick_hz),
        "tick_jitter_p99_ms": finite(message.tick_jitter_p99_ms),
        "missed_deadlines": int(message.missed_deadlines),
    }


def cause(message: Cause) -> Plain:
    return {
        "severity": int(message.severity), "rule": message.rule, "source": message.source, "reason": message.reason,
        "value": finite(message.value), "limit": finite(message.limit), "unit": message.unit,
        "healthy": bool(message.healthy),
    }  # fmt: skip


def input_age(message: InputAge) -> Plain:
    return {
        "name": message.name, "age_s": finite(message.age_s), "limit_s": finite(message.limit_s),
        "status": INPUT_STATUS.get(message.status, f"STATUS {message.status}"),
    }  # fmt: skip


def twist(message: Twist) -> Plain:
    """Speed over ground with the sign of its forward part, and the yaw rate."""
    linear = message.linear
    speed = math.hypot(linear.x, linear.y, linear.z)
    return {"linear_mps": math.copysign(speed, linear.x or 1.0), "yaw_radps": float(message.angular.z)}


def estop(message: EstopState) -> Plain:
    return {
        "device_id": message.device_id,
        "link": {EstopState.LINK_OK: "OK", EstopState.LINK_LOST: "LOST"}.get(message.link, "NEVER"),
        "link_reason": message.link_reason,
        "a": bool(message.channel_a_closed),
        "b": bool(message.channel_b_closed),
        "reset": bool(message.reset_pressed),
        "relay": bool(message.relay_closed),
    }


def session_state(message: SessionState) -> Plain:
    return {
        "state": SESSION_STATES.get(message.state, f"STATE {message.state}"),
        "robot": message.robot, "team": message.team, "ground": message.ground, "trial": message.trial,
        "kind": message.kind, "run": int(message.run), "reason": message.reason,
    }  # fmt: skip


def pose(message: PoseWithCovarianceStamped) -> Plain | None:
    """Position and heading on the ground; None where a number is missing."""
    where, turn = message.pose.pose.position, message.pose.pose.orientation
    yaw = math.atan2(2.0 * (turn.w * turn.z + turn.x * turn.y), 1.0 - 2.0 * (turn.y**2 + turn.z**2))
    if not all(math.isfinite(number) for number in (where.x, where.y, yaw)):
        return None
    return {"x_m": where.x, "y_m": where.y, "yaw_rad": yaw}


def diagnostic(status: DiagnosticStatus) -> Plain:
    remedy = next((each.value for each in status.values if each.key == "remedy"), "")
    return {"level": HEALTH_LEVELS.get(status.level, "stale"), "message": status.message, "remedy": remedy}


def safety_event(message: SafetyEvent) -> Plain:
    kind = SAFETY_EVENTS.get(message.kind, f"KIND {message.kind}")
    text = message.reason
    if kind == "STATE_CHANGED":
        text = f"{SAFETY_STATES.get(message.state_before, '?')} → {SAFETY_STATES.get(message.state_after, '?')}: {text}"
    if kind == "STANDSTILL" and math.isfinite(message.distance_m) and math.isfinite(message.duration_s):
        text = f"{text} ({message.distance_m:.2f} m, {message.duration_s:.2f} s)"
    return {
        "source": "safety", "sequence": int(message.sequence), "stamp_ms": stamps.to_ns(message.stamp) / 1e6,
        "kind": kind, "reason": text, "by": message.by, "event_id": message.event_id,
        "status": _EVENT_STATUS.get(kind, "ok"),
    }  # fmt: skip


def session_event(message: SessionEvent) -> Plain:
    change = f"{SESSION_STATES.get(message.state_before, '?')} → {SESSION_STATES.get(message.state_after, '?')}"
    if not message.accepted:
        change = f"{message.command} refused"
    return {
        "source": "session", "sequence": int(message.sequence), "stamp_ms": stamps.to_ns(message.stamp) / 1e6,
        "kind": "SESSION", "reason": f"{change}: {message.reason}", "by": message.by, "event_id": "",
        "status": "ok" if message.accepted else "abnormal",
    }  # fmt: skip
