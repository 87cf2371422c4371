"""Manifests of a bag: the same files make the same bytes, and whatever else stands there is named by its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_session.bag.layout import why_unfit
from port_session.bag.manifest import parse, text

A, B = "a" * 64, "b" * 64
paths = (
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
    .map("data/".__add__)
    .filter(lambda p: not why_unfit(p))
)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
listed = st.dictionaries(paths, digests, max_size=8)


def test_a_line_is_what_sha256sum_reads_in_the_order_of_bytes() -> None:
    found = {"data/ä": A, "data/b": B, "data/B": A, "data/a/c": B, "data/a b": A}
    assert text(found).decode() == (f"{A}  data/B\n{A}  data/a b\n{B}  data/a/c\n{B}  data/b\n{A}  data/ä\n")


@given(listed)
def test_what_is_written_is_read(found: dict[str, str]) -> None:
    read = parse(text(found), payload=True)
    assert (read.digests, read.problems) == (found, ())
    lines = text(found).splitlines()
    assert lines == sorted(lines, key=lambda line: line[64:])


@given(listed.filter(bool), st.data())
def test_no_byte_can_be_changed_without_a_trace(found: dict[str, str], data: st.DataObject) -> None:
    whole = text(found)
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[at] ^= data.draw(st.integers(1, 255))
    read = parse(bytes(changed), payload=True)
    assert read.problems or read.digests != found
    assert parse(whole + b"x", payload=True).problems and parse(whole[:-1], payload=True).problems


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (f"{A}  ../x", "../x leads out of its folder"),
        (f"{A}  /etc/passwd", "leads out of its folder"),
        (f"{A}  data/a/../../../x", "leads out of its folder"),
        (f"{A}  data//x", "leads out of its folder, or to no file"),
        (f"{A}  data/%2e%2e/x", "has % or \\ in its name"),
        (f"{A}  data/a\\b", "has % or \\ in its name"),
        (f"{A}  data/a\rb", "data/a\\rb has a control character"),
        (f"{A}  data/x ", "begins or ends with a space"),
        (f"{A}  data/u\u0308", "normal form NFC"),
        (f"{A}  bagit.txt", "does not lie in data/"),
        (f"{A} data/x", "is not `SHA-256, two spaces, path`"),
        (f"{A} *data/x", "is not `SHA-256, two spaces, path`"),
        (f"{A.upper()}  data/x", "is not `SHA-256, two spaces, path`"),
        (f"{A[1:]}  data/x", "is not `SHA-256, two spaces, path`"),
        ("", "is not `SHA-256, two spaces, path`"),
    ],
)
def test_a_line_that_is_none_is_named_and_left_out(line: str, problem: str) -> None:
    read = parse(f"{B}  data/A\n{line}\n".encode(), payload=True)
    assert read.digests == {"data/A": B}
    (said,) = read.problems
    assert said.startswith("line 2: ") and problem in said


def test_bytes_that_are_no_text_are_named() -> None:
    (said,) = parse(f"{A}  data/".encode() + b"\xff\n", payload=True).problems
    assert said == "line 1: data/\\udcff has a control character in its name, or bytes that are no UTF-8"


@pytest.mark.parametrize("lines", [f"{A}  data/b\n{A}  data/a\n", f"{A}  data/a\n{B}  data/a\n"])
def test_order_and_what_stands_twice(lines: str) -> None:
    (said,) = parse(lines.encode(), payload=True).problems
    assert "line 2: data/a is out of order, or stands twice" in said


def test_a_tag_manifest_lists_nothing_of_the_payload() -> None:
    assert "does not lie outside of data/" in parse(f"{A}  data/x\n".encode(), payload=False).problems[0]


def test_a_file_of_another_kind_is_not_told_line_by_line() -> None:
    problems = parse(b"x\n" * 100_000, payload=True).problems
    assert len(problems) == 21 and problems[-1] == "and 99980 lines more that cannot be read"
