"""Rows of text in the width of a terminal: broken between words, never too wide, and what is cut has a mark."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from port_session.view.rows import LABEL, MORE, Span, both_ends, cells, labelled, plain, wrapped

TEXT = some.text(some.characters(categories=["L", "N", "P", "Zs", "Mn"]), max_size=200)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", [""]),
        ("halt", ["halt"]),
        ("the gate is silent", ["the gate", "is silent"]),
        ("force_plate_left silent", ["force_plat", "e_left", "silent"]),
        ("停止停止停止", ["停止停止停", "止"]),
    ],
)
def test_it_is_broken_between_words_where_there_are_any(text: str, rows: list[str]) -> None:
    assert [plain(row) for row in wrapped([Span(text)], 10, 9)] == rows


def test_each_sign_keeps_its_style() -> None:
    spans = [Span("a b", "x"), Span("c d", "y")]
    assert wrapped(spans, 2, 9) == [(Span("a", "x"),), (Span("b", "x"), Span("c", "y")), (Span("d", "y"),)]


def test_what_does_not_fit_has_a_mark() -> None:
    rows = wrapped([Span("one two three four five six", "x")], 10, 2)
    assert [plain(row) for row in rows] == ["one two", "three fo" + MORE]
    assert rows[1][-1] == Span(MORE, "dim")


@given(TEXT, some.integers(10, 60), some.integers(1, 4))
def test_no_row_is_too_wide_and_nothing_is_lost_without_a_mark(text: str, width: int, most: int) -> None:
    rows = wrapped([Span(text)], width, most)
    assert 1 <= len(rows) <= most
    assert all(cells(plain(row)) <= width for row in rows)
    shown = "".join(plain(row) for row in rows)
    assert MORE in shown or shown.replace(" ", "") == text.replace(" ", "")


def test_the_label_stands_before_the_first_row_alone() -> None:
    rows = labelled("GATE", [Span("one two")], LABEL + 4, 2)
    assert [plain(row) for row in rows] == ["GATE     one", "         two"]


@given(TEXT, some.integers(30, 90))
def test_both_ends_fill_the_row_and_the_right_one_is_whole(left: str, width: int) -> None:
    row = plain(both_ends([Span(left)], [Span("by li.wei  10:00:00")], width))
    assert row.endswith(" by li.wei  10:00:00") and cells(row) == width
