"""The next thing to do, as one instruction to the test operator. A pure function of what is known.

It names the key of the step that leads on. It says nothing that session and gate do not say, and what is not heard
leads to nothing but looking after it: an old word is no reason to arm.
"""

from collections.abc import Callable

from port_ros.session_states import ENDED, State
from port_session.session.gate_table import OPEN
from port_session.view.picture import (
    GateHeard,
    Picture,
    SessionHeard,
    duration,
    fresh,
    part_state,
    part_words,
    worst_part,
)
from port_session.view.steps import HALT_NAME, KEYS, named

#: How the gate's remedies begin where no person has to act, and where something must go before a reset.
_BY_ITSELF = "stay clear"
_WAITING = "wait"
_BEFORE_RESET = "before a reset: "

_CHECK = "run `port check` in another terminal"
_NOBODY_NEAR = "Make sure that nobody is near the robot"


def next_step(picture: Picture, now_s: float) -> str:
    """One sentence in the imperative."""
    session, gate = picture.session, picture.gate
    if picture.gone and not fresh(session, now_s):
        return "Press q: the session has ended"
    if session is None:
        return f"Wait until the session is heard; if it stays silent, {_CHECK}"
    if not fresh(session, now_s):
        silent = duration(now_s - session.heard_s)
        return f"Stay clear of the robot and {_CHECK}: the session has not been heard for {silent}"
    if session.known is None:
        return f"Use `port session` of the version that runs: the session is in {session.state}, unknown here"
    if waiting := [asked.step for asked in picture.asked if asked.step != "halt"]:
        return f"Wait for the answer to {named(waiting[-1])}; {HALT_NAME} halts the robot"
    if session.known in ENDED:
        return _ENDINGS[session.known]
    if gate is None:
        return f"Wait until the gate is heard; if it stays silent, {_CHECK}"
    if not fresh(gate, now_s):
        silent = duration(now_s - gate.heard_s)
        return f"Stay clear of the robot and {_CHECK}: the gate has not been heard for {silent}"
    return _OF_STATE[session.known](picture, session, gate, now_s)


_ENDINGS = {
    State.COMPLETED: "End the session's processes (Ctrl-C where it was started), then `port session review` its folder",
    State.ABORTED: "End the session's processes (Ctrl-C where it was started), then `port session review` its folder",
    State.REVIEWED: "Seal the session's folder: `port session seal`",
    State.SEALED: "Press q: the session is sealed, nothing is left to do in it",
}


def _booked(picture: Picture, session: SessionHeard, gate: GateHeard, now_s: float) -> str:
    if mend := _mend(picture, now_s, _then("admit")):
        return mend
    return "Press a to admit the robot" if gate.state == "STANDBY" else _clear(gate, _then("admit"))


def _admitted(picture: Picture, session: SessionHeard, gate: GateHeard, now_s: float) -> str:
    if session.run and not session.runs_left:
        return f"Press f to finish: {session.runs_counting} of {session.runs_asked} runs count"
    return _to_arming(picture, gate, now_s, _then("arm", f"it for run {session.run + 1}"))


def _armed(picture: Picture, session: SessionHeard, gate: GateHeard, now_s: float) -> str:
    if gate.state not in OPEN:
        return _clear(gate, "")
    if session.overtime:
        return f"Press {HALT_NAME} to halt: the time of run {session.run} is over"
    return f"Press s to go on with run {session.run}" if session.run_open else f"Press s to start run {session.run + 1}"


def _running(picture: Picture, session: SessionHeard, gate: GateHeard, now_s: float) -> str:
    if gate.state not in OPEN:
        return _clear(gate, "")
    leads_on = (
        f"e when run {session.run} is over" if session.runs_left else f"f when run {session.run}, the last, is over"
    )
    return f"Watch the robot, {HALT_NAME} halts it; press {leads_on}"


def _halted(picture: Picture, session: SessionHeard, gate: GateHeard, now_s: float) -> str:
    if gate.state in OPEN and gate.state != "RECOVER":
        return f"Stay clear, and press {HALT_NAME} unless the robot is to go on: the gate is open"
    if session.overtime:
        return f"Press e to end run {session.run}: its time is over"
    if session.run_open:
        return _to_arming(picture, gate, now_s, _then("resume", f"run {session.run}"))
    if session.runs_left:
        return _to_arming(picture, gate, now_s, _then("arm", f"it for run {session.run + 1}"))
    return f"Press f to finish: {session.runs_counting} of {session.runs_asked} runs count"


_OF_STATE: dict[State, Callable[[Picture, SessionHeard, GateHeard, float], str]] = {
    State.BOOKED: _booked, State.ADMITTED: _admitted, State.ARMED: _armed, State.RUNNING: _running,
    State.HALTED: _halted,
}  # fmt: skip


def _then(step: str, what: str = "") -> str:
    return f", then {KEYS[step]} to {step}{' ' if what else ''}{what}"


def _to_arming(picture: Picture, gate: GateHeard, now_s: float, then: str) -> str:
    """What leads to a gate that is armed: it must be ready, and so must everything else."""
    if gate.state in OPEN and gate.state != "RECOVER":
        return "Stay clear of the robot until the gate is closed"
    if gate.state != "STANDBY":
        return _clear(gate, then)
    return _mend(picture, now_s, then) or f"{_NOBODY_NEAR}{then.replace('then ', 'then press ')}"


def _mend(picture: Picture, now_s: float, then: str) -> str:
    """What mends the first part that is not ready; empty if there is none."""
    if any(part_state(picture, name, now_s) == "waiting" for name in picture.required):
        return "Wait until all parts are heard"
    name = worst_part(picture, now_s)
    if not name:
        return ""
    message, remedy = part_words(picture, name, now_s)
    return f"Mend {name}: {'; '.join(filter(None, (message, remedy)))}{then}"


def _clear(gate: GateHeard, then: str) -> str:
    """What leads on from a gate that holds the robot, in its own words. then: the step for which it must be ready."""
    remedy = gate.remedy or f"see why the gate is in {gate.state} ({gate.reason})"
    if remedy.startswith(_BEFORE_RESET):
        return f"Clear this before a reset: {remedy.removeprefix(_BEFORE_RESET)}; then reset{then}"
    if gate.state == "INIT":
        return f"{_sentence(remedy)} ({gate.reason}){then}"
    if remedy.startswith((_BY_ITSELF, _WAITING)) or gate.state in ("FAULT", "RECOVER"):
        return _sentence(remedy)  # what comes after it, the gate tells then
    return f"{_sentence(remedy)}{then}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}"
