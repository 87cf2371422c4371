"""The constants of port's messages by value: what people and JSON call them. No sentence, no decision."""

from typing import Any

from diagnostic_msgs.msg import DiagnosticStatus
from port_interfaces.msg import Cause, EstopState, InputAge, SafetyEvent, SafetyState, SessionState

from port_ros.session_states import State

Names = dict[int, str]


def _named(kind: Any, *constants: str) -> Names:
    return {getattr(kind, constant): constant for constant in constants}


SAFETY_STATES = _named(
    SafetyState, "INIT", "STANDBY", "RUN", "REDUCED", "STOPPING", "STOPPED", "RESET_READY", "RECOVER", "FAULT"
)
SAFETY_EVENTS = _named(
    SafetyEvent, "STATE_CHANGED", "STOP", "CAUSE_ADDED", "STANDSTILL", "RESET_ACCEPTED", "RESET_REFUSED", "ARMED",
    "ARM_REFUSED", "LIMIT_BEGAN", "LIMIT_ENDED", "RECOVER_BEGAN", "RECOVER_ENDED", "OVERRIDE_BEGAN", "OVERRIDE_ENDED",
    "ENVELOPE_CHANGED", "DISARMED",
)  # fmt: skip
SEVERITIES = _named(Cause, "OK", "LIMIT", "PROTECTIVE_STOP", "EMERGENCY_STOP")
SESSION_STATES = _named(SessionState, *State.__members__)
INPUT_STATUS = _named(InputAge, "OK", "STALE", "NEVER", "INVALID", "LATE", "EARLY")
ESTOP_LINK = _named(EstopState, "LINK_OK", "LINK_LOST", "LINK_NEVER")

#: Levels of diagnostics; they are bytes in Python.
HEALTH_LEVELS = {
    DiagnosticStatus.OK: "ok", DiagnosticStatus.WARN: "warn", DiagnosticStatus.ERROR: "error",
    DiagnosticStatus.STALE: "stale",
}  # fmt: skip
