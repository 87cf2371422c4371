"""Messages as plain values for the page. Converts only, and whatever arrives: what is no number becomes None, an
enumeration its name, and texts and lists have an end.
"""

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
    "LIMIT_BEGAN": "abnormal", "RECOVER_BEGAN": "abnormal", "OVERRIDE_BEGAN": "abnormal",
}  # fmt: skip


#: What the page has room for; a longer text is cut, of a longer list the first are shown.
TEXT_MOST, ITEMS_MOST = 400, 64
#: A place further out is on no ground, and would take the plan's scale with it.
FARTHEST_M = 1e5
#: How far a quaternion's length may be from 1 before it is no heading.
_UNIT_WITHIN = 0.1


def finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def text(value: str) -> str:
    return value if len(value) <= TEXT_MOST else value[: TEXT_MOST - 1] + "…"


def safety_state(message: SafetyState) -> Plain:
    return {
        "state": SAFETY_STATES.get(message.state, f"STATE {message.state}"),
        "since_ns": stamps.to_ns(message.since),
        "severity": int(message.severity),
        "reason": text(message.reason),
        "remedy": text(message.remedy),
        "causes": [cause(each) for each in message.causes[:ITEMS_MOST]],
        "epoch": int(message.epoch),
        "event_id": text(message.event_id),
        "requested": command(message.requested, message.requested_mps),
        "passed": command(message.passed, message.passed_mps),
        "speed_mps": finite(message.speed_mps),
        "enable": bool(message.enable),
        "inputs": [input_age(each) for each in message.inputs[:ITEMS_MOST]],
        "envelope_hash": text(message.envelope_hash),
        "realtime": [text(each) for each in message.realtime[:ITEMS_MOST]],
        "tick_hz": finite(message.tick_hz),
        "tick_jitter_p99_ms": finite(message.tick_jitter_p99_ms),
        "missed_deadlines": int(message.missed_deadlines),
    }


def cause(message: Cause) -> Plain:
    return {
        "severity": int(message.severity), "rule": text(message.rule), "source": text(message.source),
        "reason": text(message.reason), "value": finite(message.value), "limit": finite(message.limit),
        "unit": text(message.unit),
        "healthy": bool(message.healthy),
    }  # fmt: skip


def input_age(message: InputAge) -> Plain:
    return {
        "name": text(message.name), "age_s": finite(message.age_s), "limit_s": finite(message.limit_s),
        "status": INPUT_STATUS.get(message.status, f"STATUS {message.status}"),
    }  # fmt: skip


def command(twist: Twist, speed_mps: float) -> Plain:
    """Speed of the fastest point of the robot, of a base with the sign of its forward part, and its yaw rate."""
    signed = math.copysign(speed_mps, twist.linear.x or 1.0)
    return {"linear_mps": finite(signed), "yaw_radps": finite(twist.angular.z)}


def estop(message: EstopState) -> Plain:
    return {
        "device_id": text(message.device_id),
        "link": {EstopState.LINK_OK: "OK", EstopState.LINK_LOST: "LOST"}.get(message.link, "NEVER"),
        "link_reason": text(message.link_reason),
        "a": bool(message.channel_a_closed),
        "b": bool(message.channel_b_closed),
        "reset": bool(message.reset_pressed),
        "relay": bool(message.relay_closed),
    }


def session_state(message: SessionState) -> Plain:
    return {
        "state": SESSION_STATES.get(message.state, f"STATE {message.state}"),
        "robot": text(message.robot), "team": text(message.team), "ground": text(message.ground),
        "trial": text(message.trial), "kind": text(message.kind), "run": int(message.run),
        "reason": text(message.reason),
    }  # fmt: skip


def pose(message: PoseWithCovarianceStamped) -> Plain | None:
    """Position and heading on the ground; None where they are no place or no heading."""
    where, turn = message.pose.pose.position, message.pose.pose.orientation
    length = math.hypot(turn.x, turn.y, turn.z, turn.w)
    # Written so that NaN fails each comparison.
    if not (abs(where.x) < FARTHEST_M and abs(where.y) < FARTHEST_M and abs(length - 1.0) < _UNIT_WITHIN):
        return None
    yaw = math.atan2(2.0 * (turn.w * turn.z + turn.x * turn.y), 1.0 - 2.0 * (turn.y * turn.y + turn.z * turn.z))
    return {"x_m": where.x, "y_m": where.y, "yaw_rad": yaw}


def diagnostic(status: DiagnosticStatus) -> Plain:
    remedy = next((each.value for each in status.values if each.key == "remedy"), "")
    return {"level": HEALTH_LEVELS.get(status.level, "stale"), "message": text(status.message), "remedy": text(remedy)}


def safety_event(message: SafetyEvent) -> Plain:
    kind = SAFETY_EVENTS.get(message.kind, f"KIND {message.kind}")
    said = message.reason
    if kind == "STATE_CHANGED":
        said = f"{SAFETY_STATES.get(message.state_before, '?')} → {SAFETY_STATES.get(message.state_after, '?')}: {said}"
    if kind == "STANDSTILL" and math.isfinite(message.distance_m) and math.isfinite(message.duration_s):
        said = f"{said} ({message.distance_m:.2f} m, {message.duration_s:.2f} s)"
    return {
        "source": "safety", "sequence": int(message.sequence), "stamp_ms": stamps.to_ns(message.stamp) / 1e6,
        "kind": kind, "reason": text(said), "by": text(message.by), "event_id": text(message.event_id),
        "status": _EVENT_STATUS.get(kind, "ok"),
    }  # fmt: skip


def session_event(message: SessionEvent) -> Plain:
    change = f"{SESSION_STATES.get(message.state_before, '?')} → {SESSION_STATES.get(message.state_after, '?')}"
    if not message.accepted:
        change = f"{message.command} refused"
    return {
        "source": "session", "sequence": int(message.sequence), "stamp_ms": stamps.to_ns(message.stamp) / 1e6,
        "kind": "SESSION", "reason": text(f"{change}: {message.reason}"), "by": text(message.by), "event_id": "",
        "status": "ok" if message.accepted else "abnormal",
    }  # fmt: skip
