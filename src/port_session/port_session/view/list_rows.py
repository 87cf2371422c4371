"""The lower part of the view: readiness, what happened, the answer to the last step, the keys. Pure."""

from collections.abc import Sequence

from port_dashboard.state.words import ABNORMAL, OK, STOP, UNKNOWN
from port_session.view.head_rows import SHAPES, badge, clock
from port_session.view.picture import PLAIN, Answer, Asked, Happened, Outcome, Picture, part_state, part_words
from port_session.view.rows import LABEL, Row, Span, labelled, wrapped
from port_session.view.steps import HALT_NAME, KEYS, named, possible

#: Keys with what each does, as they are offered.
Keys = Sequence[tuple[str, str]]

#: State of a part → status, the wrong ones first.
PART_STATUS = {"error": STOP, "silent": UNKNOWN, "warn": ABNORMAL, "waiting": PLAIN, "ok": OK}

#: A part that is not ok takes at most so many rows.
_PART_ROWS = 2

#: And a part of an answer so many.
_ANSWER_ROWS = 5


def parts_in_order(picture: Picture, now_s: float) -> list[tuple[str, str]]:
    """Each required part with its state: the wrong ones first, otherwise as the session names them."""
    states = [(name, part_state(picture, name, now_s)) for name in picture.required]
    return sorted(states, key=lambda part: list(PART_STATUS).index(part[1]))


def part_rows(picture: Picture, now_s: float, width: int, most: int) -> list[Row]:
    """One part a row where there is room; else those that are ok share the last row, and no wrong one is left out."""
    states = parts_in_order(picture, now_s)
    room = most - 1
    whole = [row for name, state in states for row in _part(picture, name, state, now_s, width)]
    rows = whole if len(whole) <= room else _in_less(picture, states, now_s, width, room)
    indented: list[Row] = [(Span(" " * LABEL), *row) for row in rows[:room]]
    return [_readiness(states), *indented]


def _in_less(picture: Picture, states: list[tuple[str, str]], now_s: float, width: int, room: int) -> list[Row]:
    """The wrong ones as long as there is room for them, and the rest by name."""
    wrong = [(name, state) for name, state in states if state != "ok"]
    names = " · ".join(_unbroken(name) for name, state in states if state == "ok")
    fine = wrapped([badge(OK, "ok"), Span(f"  {names}")], width - LABEL, max(1, room // 2)) if names else []
    rows = [row for name, state in wrong for row in _part(picture, name, state, now_s, width)]
    left = room - len(fine)
    return [*(rows if len(rows) <= left else _crowded(picture, wrong, now_s, width, left)), *fine]


def _crowded(picture: Picture, wrong: list[tuple[str, str]], now_s: float, width: int, room: int) -> list[Row]:
    """A row each for as many as leave room for the names of the others."""
    rows = [_part(picture, name, state, now_s, width, 1)[0] for name, state in wrong]
    if len(rows) <= room:
        return rows
    for shown in range(room - 1, -1, -1):
        names = ", ".join(_unbroken(f"{name} {state}") for name, state in wrong[shown:])
        spans = [badge(PART_STATUS[wrong[shown][1]], f"{len(wrong) - shown} more"), Span(f"  {names}")]
        if shown + len(others := wrapped(spans, width - LABEL, len(wrong))) <= room:
            return [*rows[:shown], *others]
    return wrapped(spans, width - LABEL, max(1, room))


def _readiness(states: list[tuple[str, str]]) -> Row:
    ready = sum(state == "ok" for _, state in states)
    status = UNKNOWN if not states else OK if ready == len(states) else ABNORMAL
    return (Span("PARTS".ljust(LABEL), "label"), badge(status, f"{ready} of {len(states)} ok"))


def _part(picture: Picture, name: str, state: str, now_s: float, width: int, most: int = _PART_ROWS) -> list[Row]:
    message, remedy = part_words(picture, name, now_s)
    said = f": {message}" if message else ""
    mend = [Span("  remedy: ", "dim"), Span(remedy, "strong")] if remedy and state != "ok" else []
    spans = [badge(PART_STATUS[state], state), Span(f"  {name}", "strong"), Span(said), *mend]
    return wrapped(spans, width - LABEL, most if state != "ok" else 1)


def event_rows(picture: Picture, width: int, most: int) -> list[Row]:
    """The last things that happened, one a row, the newest at the bottom."""
    if most <= 0:
        return []
    newest = picture.events[-most:]
    if not newest:
        return labelled("EVENTS", [Span("none yet", "dim")], width, 1)
    return [labelled("" if at else "EVENTS", _event(one), width, 1)[0] for at, one in enumerate(newest)]


def _event(one: Happened) -> list[Span]:
    return [Span(f"{clock(one.stamp_ns)} ", "dim"), Span(f" {SHAPES[one.status]} ", one.status), Span(f" {one.text}")]


def answer_rows(picture: Picture, notice: Answer | None, now_s: float, width: int, most: int) -> list[Row]:
    """What is being asked, and what came of the last step; a reason of several parts has a row for each.

    notice: what the view itself said to a key.
    """
    rows = [row for asked in picture.asked for row in _awaited(asked, now_s, width)]
    if picture.problem:
        rows += labelled("VIEW", [badge(STOP, "failed"), Span(f"  {picture.problem}")], width, _PART_ROWS)
    answers = [one for one in (picture.answer, notice) if one is not None]
    if answers:
        rows += _answered(max(answers, key=lambda one: one.at_s), width)
    if len(rows) > most:
        rest = len(rows) - most + 1
        rows = [*rows[: most - 1], *labelled("", [Span(f"… and {rest} rows more, in events.jsonl", "dim")], width, 1)]
    return rows or labelled("ANSWER", [Span("none yet", "dim")], width, most)


def _awaited(asked: Asked, now_s: float, width: int) -> list[Row]:
    spans = [
        badge(PLAIN, named(asked.step)),
        Span(f"  asked {max(0.0, now_s - asked.at_s):.0f} s ago, not answered yet"),
    ]
    return labelled("ASKED", spans, width, 1)


#: What came of a step → status.
_OUTCOMES = {Outcome.DONE: OK, Outcome.REFUSED: ABNORMAL, Outcome.SILENT: STOP, Outcome.NOT_ASKED: PLAIN}


def _answered(answer: Answer, width: int) -> list[Row]:
    status = _OUTCOMES[answer.outcome]
    first, *others = answer.text.split(" | ")
    head = badge(status, f"{named(answer.step)} {answer.outcome.value}")
    rows = labelled("ANSWER", [head, Span(f"  {first}", "strong")], width, _ANSWER_ROWS)
    for other in others:
        rows += labelled("", [Span(f"{SHAPES[status]} ", status), Span(other, "strong")], width, _ANSWER_ROWS)
    return rows


def key_rows(picture: Picture, asked_back: Keys, now_s: float, width: int, most: int) -> list[Row]:
    """The keys that can be pressed now; the one that halts first, always. asked_back: those of an open dialogue."""
    steps = [(KEYS[step], named(step)) for step in possible(picture, now_s)]
    spans = [Span(_unbroken(f" {HALT_NAME} HALT "), "halt")]
    for key, name in asked_back or [*steps, ("q", "leave")]:
        spans += [Span(" "), Span(_unbroken(f" {key} "), "key"), Span(_unbroken(f" {name}"))]
    return wrapped(spans, width, most)


def _unbroken(text: str) -> str:
    return text.replace(" ", "\N{NO-BREAK SPACE}")
