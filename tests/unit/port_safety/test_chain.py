"""The chain: whatever is done to its bytes shows."""

import json
import math
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from port_safety.evidence import hash_chain as chain

#: Each example costs milliseconds; `scripts/test long` tries others.
few = settings(max_examples=40)

values = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=8)
records = st.lists(st.dictionaries(st.text(max_size=6), values, max_size=4), min_size=1, max_size=6)


def made(contents: list[dict[str, Any]]) -> bytes:
    lines: list[bytes] = []
    for seq, record in enumerate(contents, 1):
        lines.append(chain.encode(record, seq, chain.digest(lines[-1]) if lines else ""))
    return b"".join(line + b"\n" for line in lines)


SAMPLE = made([{"kind": "opened"}, {"kind": "stop", "distance_m": 0.25, "reason": "über 线"}, {"kind": "closed"}])


@few
@given(records)
@example([{"check": None, "seq": 7, "prev": "x"}])
def test_what_was_written_is_read(contents: list[dict[str, Any]]) -> None:
    verification = chain.verify(made(contents))
    assert verification.ok and len(verification.records) == len(verification.heads) == len(contents)
    for record, found in zip(contents, verification.records, strict=True):
        wanted = {**record, "seq": found["seq"], "prev": found["prev"], "check": "x"}
        assert found == json.loads(json.dumps({k: v for k, v in chain.plain(wanted).items() if k != "check"}))


@few
@given(records, st.data())
def test_any_changed_byte_is_found(contents: list[dict[str, Any]], data: st.DataObject) -> None:
    good = made(contents)
    place = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != good[place]))
    assert not chain.verify(good[:place] + bytes([other]) + good[place + 1 :]).ok


@few
@given(records, st.data())
def test_any_byte_added_or_taken_is_found(contents: list[dict[str, Any]], data: st.DataObject) -> None:
    good = made(contents)
    place = data.draw(st.integers(0, len(good) - 1))
    added = bytes([data.draw(st.integers(0, 255))])
    assert not chain.verify(good[: place + 1] + added + good[place + 1 :]).ok
    assert not chain.verify(good[:place] + good[place + 1 :]).ok


@few
@given(st.integers(0, len(SAMPLE) - 1))
def test_a_cut_is_found_unless_it_falls_between_two_lines(end: int) -> None:
    cut = SAMPLE[:end]
    verification = chain.verify(cut)
    assert verification.ok == (end > 0 and cut.endswith(b"\n"))
    assert len(verification.records) == cut.count(b"\n"), "what came before the cut still holds"


def test_a_cut_between_two_lines_is_found_by_a_hash_somebody_noted() -> None:
    noted = chain.verify(SAMPLE).heads[-1]
    cut = SAMPLE[: SAMPLE[:-1].rfind(b"\n") + 1]
    assert chain.verify(cut).ok and noted not in chain.verify(cut).heads


@few
@given(records.filter(lambda contents: len(contents) > 1), st.data())
def test_lines_removed_repeated_or_moved_are_found(contents: list[dict[str, Any]], data: st.DataObject) -> None:
    lines = made(contents).splitlines(keepends=True)
    one = data.draw(st.integers(0, len(lines) - 2))
    other = data.draw(st.integers(one + 1, len(lines) - 1))
    swapped = list(lines)
    swapped[one], swapped[other] = lines[other], lines[one]
    for wrong in (lines[:one] + lines[one + 1 :], lines[: one + 1] + lines[one:], swapped):
        assert not chain.verify(b"".join(wrong)).ok


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            chain.encode({"kind": "stop", "distance_m": 0.1}, 2, chain.verify(SAMPLE).heads[0]),
            "line 3: does not follow",
        ),
        (chain.encode({"kind": "stop"}, 3, chain.verify(SAMPLE).heads[0]), "line 2: carries number 3"),
        (SAMPLE.splitlines()[1].replace(b"0.25", b"0.15"), "line 2: changed"),
        (b'{"kind":"stop"}', "line 2: changed"),
        (b"", "line 2: changed"),
    ],
)
def test_the_first_wrong_line_is_named(line: bytes, problem: str) -> None:
    lines = SAMPLE.splitlines()
    verification = chain.verify(b"\n".join([lines[0], line, lines[2], b""]))
    assert verification.problem.startswith(problem)
    assert len(verification.records) == verification.broken_line - 1


def test_an_empty_log_is_none() -> None:
    assert not chain.verify(b"").ok


@few
@given(st.integers(0, len(SAMPLE)), st.binary(max_size=40))
def test_a_chain_continues_behind_its_last_sound_line(end: int, garbage: bytes) -> None:
    assert chain.sound_length(SAMPLE[:end]) == SAMPLE[:end].rfind(b"\n") + 1
    assert chain.sound_length(SAMPLE + garbage) == len(SAMPLE)


def test_what_is_no_number_is_null() -> None:
    line = chain.encode({"a": math.nan, "b": [math.inf, 1.5], "c": {"d": -math.inf}, "e": (1,)}, 1, "")
    assert line.startswith(b'{"a":null,"b":[null,1.5],"c":{"d":null},"e":[1],"prev":"","seq":1,"check":"')
