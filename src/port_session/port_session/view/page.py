"""The whole view at one moment: the rows of each section for a terminal of a certain size. Pure.

It decides who gets the rows where there are few: what stands above the lists is always whole, then the answer, then the
parts that are not ok; what happened has what is left.
"""

from dataclasses import dataclass

from port_session.view import head_rows, list_rows
from port_session.view.picture import Answer, Picture
from port_session.view.rows import Row, Span, wrapped

#: What it is made for; it works in less, and says so.
WIDTH, HEIGHT = 80, 24

#: Of the countdown's digits, and what stands beside them.
RUN_ROWS = 3

#: The lists have at least so many rows each, whatever the answer is.
_PARTS_LEAST, _EVENTS_LEAST = 3, 2

_KEY_ROWS = 2


@dataclass(frozen=True)
class Page:
    """Rows by section, as they stand from the top, and the countdown with its status."""

    identity: list[Row]
    session: list[Row]
    gate: list[Row]
    next: list[Row]
    runs: list[Row]
    parts: list[Row]
    events: list[Row]
    answer: list[Row]
    keys: list[Row]
    countdown: str
    countdown_status: str


def page(
    picture: Picture, now_s: float, now_ns: int, size: tuple[int, int], by: str,
    notice: Answer | None = None, dialogue_rows: int = 0, dialogue_keys: list_rows.Keys = (),
) -> Page:  # fmt: skip
    """size: columns and rows of the terminal; dialogue_…: how many of them an open dialogue takes, and its keys."""
    width, height = size
    identity, session = _identity(picture, by, now_ns, size), head_rows.session_rows(picture, now_s, width)
    gate, instruction = head_rows.gate_rows(picture, now_s, width), head_rows.next_rows(picture, now_s, width)
    keys = list_rows.key_rows(picture, dialogue_keys, now_s, width, _KEY_ROWS)
    left = height - sum(map(len, (identity, session, gate, instruction))) - RUN_ROWS - len(keys) - dialogue_rows
    answer = list_rows.answer_rows(picture, notice, now_s, width, max(1, left - _PARTS_LEAST - _EVENTS_LEAST))
    left -= len(answer)
    parts = list_rows.part_rows(picture, now_s, width, max(_PARTS_LEAST, left - _events_wanted(picture, left)))
    events = list_rows.event_rows(picture, width, left - len(parts))
    digits, status = head_rows.countdown(picture, now_s)
    runs = head_rows.run_rows(picture, now_s, width)
    return Page(identity, session, gate, instruction, runs, parts, events, answer, keys, digits, status)


def _identity(picture: Picture, by: str, now_ns: int, size: tuple[int, int]) -> list[Row]:
    rows = [head_rows.identity(picture, by, now_ns, size[0])]
    if size[0] < WIDTH or size[1] < HEIGHT:
        small = f"this terminal has {size[0]}×{size[1]}, {WIDTH}×{HEIGHT} is needed to show all"
        rows += wrapped([Span(small, "abnormal")], size[0], 1)
    return rows


def _events_wanted(picture: Picture, left: int) -> int:
    """A third of what is left, at least a few; less where little has happened yet."""
    return min(max(_EVENTS_LEAST, left // 3), max(1, len(picture.events)))
