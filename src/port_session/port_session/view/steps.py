"""The steps that a person can take now, and the key of each. Pure.

It only leaves out what the session would refuse anyway: whether a step is taken, the session decides. `halt` is not in
what may be left out: it can be asked for always.
"""

from collections.abc import Callable

from port_ros.session_states import State
from port_session.session.gate_table import OPEN
from port_session.session.machine import STEPS, TRANSITIONS
from port_session.view.picture import Picture, SessionHeard, fresh

#: The key that halts, from everywhere: no text needs it, every keyboard and terminal has it.
HALT_KEY = "tab"
HALT_NAME = "Tab"

#: Step → its key. No two steps that follow each other share one: a key that is hit twice must not take both.
KEYS = {
    "admit": "a", "arm": "m", "start": "s", "resume": "r", "end_run": "e", "void_run": "v", "finish": "f", "abort": "x",
}  # fmt: skip

#: How the step is called in a sentence, where its name is no word.
NAMES = {"end_run": "end run", "void_run": "void run"}

_CLOSED = ("arm", "resume")  # they open the gate: only one that waits to be armed can be


def named(step: str) -> str:
    """The step for people."""
    return NAMES.get(step, step)


def possible(picture: Picture, now_s: float) -> tuple[str, ...]:
    """What can be asked for now, the usual first; nothing while an answer is awaited or the session is not heard."""
    session = picture.session
    if session is None or session.known is None or not fresh(session, now_s):
        return ()
    if any(asked.step != "halt" for asked in picture.asked):
        return ()
    found = [step for step in STEPS if step != "halt" and _fits(step, session.known, session)]
    usual = [step for step in session.next_steps if step in found]
    ordered = dict.fromkeys((*usual, *found))
    return tuple(step for step in ordered if _gate_allows(step, picture, now_s))


def _fits(step: str, state: State, session: SessionHeard) -> bool:
    """Whether the session itself would take the step, as far as its runs tell."""
    if (state, step) not in TRANSITIONS:
        return False
    return _RUNS.get(step, _always)(session)


def _gate_allows(step: str, picture: Picture, now_s: float) -> bool:
    """Whether the gate is in a state from which the step can succeed."""
    gate = picture.gate if fresh(picture.gate, now_s) else None
    if step in _CLOSED:
        return gate is not None and gate.state == "STANDBY"
    return step != "start" or (gate is not None and gate.state in OPEN)


def _always(session: SessionHeard) -> bool:
    return True


def _arm(session: SessionHeard) -> bool:
    """While a run is open, `resume` arms for it."""
    return not session.run_open and session.runs_left > 0


def _start(session: SessionHeard) -> bool:
    return not session.overtime if session.run_open else session.runs_left > 0


def _resume(session: SessionHeard) -> bool:
    return session.run_open and not session.overtime


def _end_run(session: SessionHeard) -> bool:
    return session.run_open


def _after_a_run(session: SessionHeard) -> bool:
    return session.run > 0


def _finish(session: SessionHeard) -> bool:
    return session.state != "ADMITTED" or session.run > 0


#: What a step needs of the session's runs.
_RUNS: dict[str, Callable[[SessionHeard], bool]] = {
    "arm": _arm, "start": _start, "resume": _resume, "end_run": _end_run, "void_run": _after_a_run, "finish": _finish,
}  # fmt: skip


def must_be_confirmed(step: str, session: SessionHeard | None) -> str:
    """The question before a step that ends the session too early and cannot be taken back; empty if there is none."""
    if step == "abort":
        return "Break the session off? It cannot go on after that"
    if step == "finish" and session is not None and session.runs_left:
        done = session.runs_counting + session.run_open
        return f"End the session after {done} of {session.runs_asked} runs? It cannot go on after that"
    return ""
