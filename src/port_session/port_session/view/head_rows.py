"""The upper part of the view: who is here, session, gate, the next step, the present run. Pure: rows from a picture.

Every status is told by a shape and a word besides its colour. What is not heard is struck out and says for how long;
nothing that is unknown looks fine.
"""

import datetime
import math

from port_dashboard.state.words import ABNORMAL, OK, SAFETY_STATES, STOP, UNKNOWN, meaning
from port_ros.session_states import State
from port_session.view.next_step import next_step
from port_session.view.picture import PLAIN, Picture, SessionHeard, fresh, silence
from port_session.view.rows import Row, Span, both_ends, labelled

#: Status → its shape.
SHAPES = {OK: "●", ABNORMAL: "▲", STOP: "■", UNKNOWN: "?", PLAIN: "○"}

#: State of the session → status. BOOKED and what is over hold no robot.
_SESSION_STATUS = {
    State.BOOKED: PLAIN, State.ADMITTED: OK, State.ARMED: OK, State.RUNNING: OK, State.HALTED: ABNORMAL,
    State.ABORTED: ABNORMAL, State.COMPLETED: PLAIN, State.REVIEWED: PLAIN, State.SEALED: PLAIN,
}  # fmt: skip

#: At most so many rows for each.
SESSION_ROWS, GATE_ROWS, NEXT_ROWS = 2, 3, 3

#: From here on the countdown calls for attention.
SHORT_S = 10.0

#: What the countdown shows where there is nothing to count.
NO_TIME = "-:--"


def badge(status: str, word: str) -> Span:
    """A status as shape and word, in its colour."""
    return Span(f" {SHAPES[status]} {word} ", status)


def identity(picture: Picture, by: str, now_ns: int, width: int) -> Row:
    """Session, robot, team and trial; who asks here, and the time of day: where it stands still, the view does."""
    session = picture.session
    left = [Span(picture.name, "strong")]
    if session is not None:
        for word, value in (("robot", session.robot), ("team", session.team), ("trial", session.trial)):
            left += [Span(f"  {word} ", "dim"), Span(value)]
    return both_ends(left, [Span("by ", "dim"), Span(f"{by[:20]}  {clock(now_ns)}")], width)


def clock(stamp_ns: int) -> str:
    """Time of day here."""
    return f"{datetime.datetime.fromtimestamp(stamp_ns // 10**9).astimezone():%H:%M:%S}"


def session_rows(picture: Picture, now_s: float, width: int) -> list[Row]:
    """The session's state and why."""
    session = picture.session
    if session is None:
        return labelled("SESSION", [badge(UNKNOWN, silence(session, now_s))], width, SESSION_ROWS)
    if old := silence(session, now_s):
        return _struck("SESSION", old, f"{session.state}  {session.reason}", width, SESSION_ROWS)
    status = _SESSION_STATUS.get(session.known, UNKNOWN) if session.known is not None else UNKNOWN
    return labelled("SESSION", [badge(status, session.state), Span(f"  {session.reason}")], width, SESSION_ROWS)


def gate_rows(picture: Picture, now_s: float, width: int) -> list[Row]:
    """The gate's state, why, what mends it, and what it means for the robot."""
    gate = picture.gate
    if gate is None:
        return labelled("GATE", [badge(UNKNOWN, silence(gate, now_s))], width, GATE_ROWS)
    if old := silence(gate, now_s):
        return _struck("GATE", old, f"{gate.state}  {gate.reason}", width, GATE_ROWS)
    status, text = SAFETY_STATES.get(gate.state, (UNKNOWN, ""))
    session = picture.session.state if picture.session is not None and fresh(picture.session, now_s) else ""
    remedy = [Span("  remedy: ", "dim"), Span(gate.remedy, "strong")] if gate.remedy else []
    spans = [badge(status, gate.state), Span(f"  {gate.reason}"), *remedy]
    return labelled("GATE", [*spans, Span(f"  {meaning(gate.state, text, session)}", "dim")], width, GATE_ROWS)


def _struck(label: str, old: str, said: str, width: int, most: int) -> list[Row]:
    return labelled(label, [badge(UNKNOWN, old), Span("  "), Span(said, "struck")], width, most)


def next_rows(picture: Picture, now_s: float, width: int) -> list[Row]:
    """The instruction."""
    return labelled("NEXT", [Span(next_step(picture, now_s), "instruction")], width, NEXT_ROWS)


def run_rows(picture: Picture, now_s: float, width: int) -> list[Row]:
    """Three rows beside the countdown: which run, how many count, what is counted."""
    session = picture.session
    if session is None:
        return [(Span("no run is known", "dim"),), (), ()]
    style = "" if fresh(session, now_s) else "struck"
    runs = "run" if session.runs_asked == 1 else "runs"
    lines = (_present(session), f"{session.runs_counting} of {session.runs_asked} {runs} done")
    told = [(Span(text[:width], style),) for text in lines]
    return [(Span(told[0][0].text, style or "strong"),), told[1], (Span(_counted(picture, now_s)[:width], "dim"),)]


def _present(session: SessionHeard) -> str:
    if not session.run:
        return "no run yet"
    return f"run {session.run}, {'open' if session.run_open else 'ended'}"


def _counted(picture: Picture, now_s: float) -> str:
    """What the countdown counts."""
    session = picture.session
    if session is None or not fresh(session, now_s):
        return silence(session, now_s)
    if not session.run_open:
        return f"{session.timeout_s:g} s for each run" if session.timeout_s else "no time limit"
    held = "" if session.state == "RUNNING" else ", held"
    return f"left of {session.timeout_s:g} s{held}" if session.timeout_s else f"since its start; no limit{held}"


def time_left_s(session: SessionHeard | None, now_s: float) -> float | None:
    """Of the open run, or how long it has gone on where it has no limit; None if there is none or it is not heard."""
    if session is None or not fresh(session, now_s) or not session.run_open:
        return None
    moving_s = now_s - session.heard_s if session.state == "RUNNING" else 0.0
    running_s = session.running_s + max(0.0, moving_s)
    seconds = session.timeout_s - running_s if session.timeout_s else running_s
    return max(0.0, seconds) if math.isfinite(seconds) else None


def countdown(picture: Picture, now_s: float) -> tuple[str, str]:
    """What is shown big, and its status. The last second is over when nothing of it is left: it is rounded up."""
    session = picture.session
    seconds = time_left_s(session, now_s)
    if session is None or seconds is None:
        return NO_TIME, UNKNOWN
    whole = math.ceil(seconds) if session.timeout_s else int(seconds)
    short = session.timeout_s > 0 and seconds <= SHORT_S
    return f"{whole // 60}:{whole % 60:02d}", ABNORMAL if short else PLAIN
