"""What the states and readings mean, in words and statuses for the page. Tables and small functions, no state."""

import math
from typing import Any

from port_ros.session_states import ENDED, State

#: Status of everything on the page: fine, needs attention, holds the robot, not known. Only `ok` may ever be green.
OK, ABNORMAL, STOP, UNKNOWN = "ok", "abnormal", "stop", "unknown"

#: State of the safety gate → status and one line on what it means for the robot.
SAFETY_STATES = {
    "INIT": (UNKNOWN, "The gate is starting. The robot is held."),
    "STANDBY": (OK, "The robot is held. It waits to be armed."),
    "RUN": (OK, "Commands pass. The robot may move."),
    "REDUCED": (ABNORMAL, "Commands pass, limited. The robot may move."),
    "STOPPING": (STOP, "Being stopped. The robot may still move."),
    "STOPPED": (STOP, "The robot is held by a stop."),
    "RESET_READY": (ABNORMAL, "The causes are gone. Held until the reset."),
    "RECOVER": (ABNORMAL, "Hold-to-run out of a zone. The robot may move slowly."),
    "FAULT": (STOP, "The gate itself has failed. The robot is held."),
}
#: Severity of a cause (constants of Cause) → status.
SEVERITIES = {0: OK, 1: ABNORMAL, 2: STOP, 3: STOP}
#: Status of an input as the gate sees it → status and word.
INPUT_STATES = {
    "OK": (OK, "ok"),
    "STALE": (ABNORMAL, "too old"),
    "NEVER": (UNKNOWN, "never received"),
    "INVALID": (ABNORMAL, "not valid"),
    "LATE": (ABNORMAL, "its clock is behind"),
    "EARLY": (ABNORMAL, "its clock is ahead"),
}
#: Level of a /diagnostics line → status.
HEALTH_LEVELS = {"ok": OK, "warn": ABNORMAL, "error": ABNORMAL, "stale": UNKNOWN}
#: States in which commands pass, and the speed up to which a held robot counts as standing.
MOVING_STATES = {"RUN", "REDUCED", "RECOVER"}
STANDSTILL_MPS = 0.05
#: State of the session → status, where it is not fine.
SESSION_STATES = {"HALTED": ABNORMAL, "ABORTED": ABNORMAL}
KNOWN_SESSION_STATES = frozenset(State.__members__)
#: Of the session: nothing is armed in it any more.
OVER_SESSION_STATES = frozenset(state.name for state in ENDED)
#: The gate's states whose next step, as the gate says it, ends with arming.
_LEAD_TO_ARMING = {"STANDBY", "RESET_READY"}


def number(value: Any, digits: int = 2) -> str | None:
    """`value` for people; None if there is no number to show."""
    if value is None or not math.isfinite(value):
        return None
    return f"{value:.{digits}f}" if abs(value) < 1e6 else f"{value:.3g}"


def quantity(value: Any, unit: str) -> str:
    """`value` with its unit, or an empty string."""
    text = number(value)
    return "" if text is None else f"{text} {unit}".strip()


def seconds(age_s: Any) -> str:
    """An age for people: milliseconds below one second."""
    if age_s is None or not math.isfinite(age_s):
        return "no data"
    return f"{age_s * 1000:.0f} ms" if 0.0 <= age_s < 1.0 else f"{number(age_s, 1)} s"


def meaning(state: str, text: str, session: str) -> str:
    """What a state of the gate means for the robot, in a session in this state (empty: not known)."""
    if state == "STANDBY" and session in OVER_SESSION_STATES:
        return f"The robot is held. The session is {session.lower()}."
    if state == "STANDBY" and session == "BOOKED":
        return "The robot is held. It waits to be admitted."
    return text


def remedy(state: str, of_gate: str, session: str) -> str:
    """What to do next: the gate's word, but for what only the session knows."""
    if state in _LEAD_TO_ARMING and session in OVER_SESSION_STATES:
        return (
            "the session is over: nothing can be armed in it; end it (Ctrl-C where it was started) and start a new one"
        )
    if state == "STANDBY" and session == "BOOKED":
        return "admit the robot (port session admit); it can be armed after that"
    return of_gate


def estop(reading: dict[str, Any], enable: bool) -> tuple[str, str]:
    """Status and words of an e-stop station. `enable`: the gate asks for the relay to be closed."""
    a, b = bool(reading["a"]), bool(reading["b"])
    if reading["link"] != "OK":
        return UNKNOWN, "No answer: counts as pressed"
    if a != b:
        return STOP, "Channels disagree"
    if not a:
        return STOP, "Pressed"
    if enable and not reading["relay"]:
        return ABNORMAL, "Released, but relay open"
    return OK, "Released"


def gate_input(reading: dict[str, Any]) -> tuple[str, str]:
    """Status and word of an input; one that claims to be fine without a good age is not."""
    status, word = INPUT_STATES.get(str(reading["status"]), (UNKNOWN, "status unknown"))
    age_s, limit_s = reading["age_s"], reading["limit_s"]
    if status != OK:
        return status, word
    if age_s is None or not math.isfinite(age_s) or limit_s is None or not math.isfinite(limit_s):
        return UNKNOWN, "age unknown"
    return (OK, word) if age_s <= limit_s else (ABNORMAL, "too old")


def cause(value: dict[str, Any]) -> str:
    """Status of a cause; one whose rule is content again holds nothing any more."""
    status = SEVERITIES.get(value["severity"], UNKNOWN)
    return OK if value["healthy"] and status != UNKNOWN else status


def speed(safety: dict[str, Any]) -> tuple[str, str]:
    """Status and words on what the gate lets through and what the robot does."""
    requested, passed = safety["requested"]["linear_mps"], safety["passed"]["linear_mps"]
    measured = safety["speed_mps"]
    if requested is None or passed is None:
        return UNKNOWN, "what was requested or passed is no number"
    if safety["state"] in MOVING_STATES:
        if abs(passed) < abs(requested) - 0.005:
            return ABNORMAL, "passed less than requested"
        return (OK, "passed as requested") if measured is not None else (UNKNOWN, "measured speed unknown")
    if safety["state"] == "STOPPING":
        return ABNORMAL, "being brought to a stop"
    if measured is None:
        return UNKNOWN, "held, but measured speed unknown"
    return (OK, "held at zero") if measured <= STANDSTILL_MPS else (STOP, "moves although it is held")
