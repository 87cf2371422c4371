"""Rows of styled text, wrapped to a width in terminal cells. Knows neither a session nor a terminal.

What does not fit ends with a mark that something is missing: nothing is cut without a word.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

#: What is put where something was cut off.
MORE = " …"


@dataclass(frozen=True)
class Span:
    """Text in one style, by its name; the screen knows what it looks like."""

    text: str
    style: str = ""


Row = tuple[Span, ...]

#: Of the words at the left that say what a row is about.
LABEL = 9


def plain(row: Row) -> str:
    """Its text."""
    return "".join(span.text for span in row)


def cells(text: str) -> int:
    """How many columns of a terminal it takes."""
    return sum(map(_cells_of, text))


def _cells_of(sign: str) -> int:
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def wrapped(spans: Sequence[Span], width: int, most: int) -> list[Row]:
    """At most so many rows of at most `width` cells, broken between words where there are any; at least one row."""
    text = "".join(span.text for span in spans)
    breaks = _breaks(text, width)
    rows = [_cut(spans, start, end) for start, end in breaks[:most]]
    if len(breaks) > most:
        rows[-1] = _shortened(rows[-1], width)
    return rows


def labelled(label: str, spans: Sequence[Span], width: int, most: int) -> list[Row]:
    """The same with `label` at the left of the first row, and room for it before the others."""
    rows = wrapped(spans, width - LABEL, most)
    heads = [label, *([""] * (len(rows) - 1))]
    return [(Span(head.ljust(LABEL), "label"), *row) for head, row in zip(heads, rows, strict=True)]


def both_ends(left: Sequence[Span], right: Sequence[Span], width: int) -> Row:
    """One row: `left`, cut if it must be, and `right` at the other end, whole."""
    room = width - cells(plain(tuple(right))) - 1
    (row,) = wrapped(left, room, 1)
    return (*row, Span(" " * (room + 1 - cells(plain(row)))), *right)


def _breaks(text: str, width: int) -> list[tuple[int, int]]:
    """Start and end of each row."""
    found, start = [], 0
    while start < len(text):
        end = _fitting(text, start, max(2, width))
        if end < len(text) and (space := text.rfind(" ", start, end + 1)) > start:
            end = space
        found.append((start, end))
        start = end
        while start < len(text) and text[start] == " ":
            start += 1
    return found or [(0, 0)]


def _fitting(text: str, start: int, width: int) -> int:
    """Up to where the text from `start` fits."""
    used = 0
    for at in range(start, len(text)):
        used += _cells_of(text[at])
        if used > width:
            return at
    return len(text)


def _cut(spans: Sequence[Span], start: int, end: int) -> Row:
    """The signs from `start` to `end` of all spans together."""
    row, at = [], 0
    for span in spans:
        text = span.text[max(0, start - at) : max(0, end - at)]
        if text:
            row.append(Span(text, span.style))
        at += len(span.text)
    return tuple(row)


def _shortened(row: Row, width: int) -> Row:
    """With the mark at its end, in the width."""
    text = plain(row)
    end = len(text)
    while end and cells(text[:end]) + len(MORE) > width:
        end -= 1
    return (*_cut(row, 0, end), Span(MORE, "dim"))
