"""The chain: whatever is done to its bytes shows, and where it can be continued."""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from port_safety.evidence import hash_chain
from port_safety.evidence.hash_chain import Verification, decode, encode, plain, sound_length, verify

#: Each example costs milliseconds; `scripts/test long` tries others.
few = settings(max_examples=40)
values = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=8)
records = st.lists(st.dictionaries(st.text(max_size=6), values, max_size=4), min_size=1, max_size=6)


def made(contents: list[dict[str, Any]]) -> bytes:
    lines: list[bytes] = []
    for seq, record in enumerate(contents, 1):
        lines.append(hash_chain.encode(record, seq, hash_chain.digest(lines[-1]) if lines else ""))
    return b"".join(line + b"\n" for line in lines)


@few
@given(records)
@example([{"check": None, "seq": 7, "prev": "x"}])
def test_what_was_written_is_read(contents: list[dict[str, Any]]) -> None:
    verification = hash_chain.verify(made(contents))
    assert verification.ok and len(verification.records) == len(verification.heads) == len(contents)
    for record, found in zip(contents, verification.records, strict=True):
        wanted = {**record, "seq": found["seq"], "prev": found["prev"], "check": "x"}
        assert found == json.loads(json.dumps({k: v for k, v in hash_chain.plain(wanted).items() if k != "check"}))


@few
@given(records, st.data())
def test_any_changed_byte_is_found(contents: list[dict[str, Any]], data: st.DataObject) -> None:
    good = made(contents)
    place = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != good[place]))
    assert not hash_chain.verify(good[:place] + bytes([other]) + good[place + 1 :]).ok


@few
@given(records, st.data())
def test_any_byte_added_or_taken_is_found(contents: list[dict[str, Any]], data: st.DataObject) -> None:
    good = made(contents)
    place = data.draw(st.integers(0, len(good) - 1))
    added = bytes([data.draw(st.integers(0, 255))])
    assert not hash_chain.verify(good[: place + 1] + added + good[place + 1 :]).ok
    assert not hash_chain.verify(good[:place] + good[place + 1 :]).ok


SAMPLE = made([{"kind": "opened"}, {"kind": "stop", "distance_m": 0.25, "reason": "über 线"}, {"kind": "closed"}])


@few
@given(st.integers(0, len(SAMPLE) - 1))
def test_a_cut_is_found_unless_it_falls_between_two_lines(end: int) -> None:
    cut = SAMPLE[:end]
    verification = hash_chain.verify(cut)
    assert verification.ok == (end > 0 and cut.endswith(b"\n"))
    assert len(verification.records) == cut.count(b"\n"), "what came before the cut still holds"


def test_a_cut_between_two_lines_is_found_by_a_noted_hash() -> None:
    """A cut between two lines is found by a hash somebody noted."""
    noted = hash_chain.verify(SAMPLE).heads[-1]
    cut = SAMPLE[: SAMPLE[:-1].rfind(b"\n") + 1]
    assert hash_chain.verify(cut).ok and noted not in hash_chain.verify(cut).heads


@few
@given(records.filter(lambda contents: len(contents) > 1), st.data())
def test_lines_removed_repeated_or_moved_are_found(contents: list[dict[str, Any]], data: st.DataObject) -> None:
    lines = made(contents).splitlines(keepends=True)
    one = data.draw(st.integers(0, len(lines) - 2))
    other = data.draw(st.integers(one + 1, len(lines) - 1))
    swapped = list(lines)
    swapped[one], swapped[other] = lines[other], lines[one]
    for wrong in (lines[:one] + lines[one + 1 :], lines[: one + 1] + lines[one:], swapped):
        assert not hash_chain.verify(b"".join(wrong)).ok


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            hash_chain.encode({"kind": "stop", "distance_m": 0.1}, 2, hash_chain.verify(SAMPLE).heads[0]),
            "line 3: does not follow",
        ),
        (hash_chain.encode({"kind": "stop"}, 3, hash_chain.verify(SAMPLE).heads[0]), "line 2: carries number 3"),
        (SAMPLE.splitlines()[1].replace(b"0.25", b"0.15"), "line 2: changed"),
        (b'{"kind":"stop"}', "line 2: changed"),
        (b"", "line 2: changed"),
    ],
)
def test_the_first_wrong_line_is_named(line: bytes, problem: str) -> None:
    lines = SAMPLE.splitlines()
    verification = hash_chain.verify(b"\n".join([lines[0], line, lines[2], b""]))
    assert verification.problem.startswith(problem)
    assert len(verification.records) == verification.broken_line - 1


def test_an_empty_log_is_none() -> None:
    assert not hash_chain.verify(b"").ok


@few
@given(st.integers(0, len(SAMPLE)), st.binary(max_size=40))
def test_a_chain_continues_behind_its_last_sound_line(end: int, garbage: bytes) -> None:
    assert hash_chain.sound_length(SAMPLE[:end]) == SAMPLE[:end].rfind(b"\n") + 1
    assert hash_chain.sound_length(SAMPLE + garbage) == len(SAMPLE)


def test_what_is_no_number_is_null() -> None:
    line = hash_chain.encode({"a": math.nan, "b": [math.inf, 1.5], "c": {"d": -math.inf}, "e": (1,)}, 1, "")
    assert line.startswith(b'{"a":null,"b":[null,1.5],"c":{"d":null},"e":[1],"prev":"","seq":1,"check":"')


def test_a_line_is_canonical_and_carries_its_own_check() -> None:
    line = encode({"b": 1.0, "a": ("ü", math.nan, math.inf, {"x": [True, None]})}, 7, "p")
    body = '{"a":["ü",null,null,{"x":[true,null]}],"b":1.0,"prev":"p","seq":7'.encode()
    assert line == body + b',"check":"' + hashlib.sha256(body).hexdigest().encode() + b'"}'
    assert decode(line) == {"a": ["ü", None, None, {"x": [True, None]}], "b": 1.0, "prev": "p", "seq": 7}
    assert decode(line.replace(b"7", b"8")) is None and decode(line + b" ") is None and decode(b"") is None
    assert plain({1: -math.inf, "t": (1, 2.5)}) == {"1": None, "t": [1, 2.5]}


def chain(*records: Mapping[str, object]) -> bytes:
    data, prev = b"", ""
    for seq, record in enumerate(records, 1):
        line = encode(record, seq, prev)
        prev = hashlib.sha256(line).hexdigest()
        data += line + b"\n"
    return data


def test_a_chain_tells_the_first_line_that_is_wrong() -> None:
    good = chain({"kind": "a"}, {"kind": "b"}, {"kind": "c"})
    lines = good.splitlines(keepends=True)
    whole = verify(good)
    assert whole.ok and (len(whole.records), len(whole.heads), whole.broken_line, whole.problem) == (3, 3, 0, "")
    assert verify(b"") == Verification((), (), 1, "line 1: missing: the log is empty")
    cut = verify(good[:-1])
    assert (cut.broken_line, len(cut.records), cut.ok) == (3, 2, False)
    assert cut.problem == "line 3: cut off in the middle: the write was broken off, or the file was cut"
    gone = verify(lines[0] + lines[2])
    assert (gone.broken_line, gone.problem) == (2, "line 2: carries number 3: lines were removed, added or moved")
    changed = verify(lines[0] + lines[1].replace(b'"b"', b'"x"') + lines[2])
    assert (changed.broken_line, changed.problem) == (2, "line 2: changed: its content does not fit its own check")
    replaced = verify(lines[0] + encode({"kind": "b"}, 2, "other") + b"\n")
    assert replaced.problem == "line 2: does not follow from line 1: one of the two was replaced"
    assert verify(encode({"kind": "a"}, 1, "other") + b"\n").problem == "line 1: is not the first"


@pytest.mark.parametrize("prev", ["", "0" * 64, "g"])
def test_a_line_with_another_predecessor_is_found(prev: str) -> None:
    """A line that names another one before it follows from none."""
    first = encode({"kind": "a"}, 1, "")
    told = verify(first + b"\n" + encode({"kind": "b"}, 2, prev) + b"\n")
    assert told.problem == "line 2: does not follow from line 1: one of the two was replaced"


def test_a_repeated_line_is_found_in_a_long_chain() -> None:
    """A line that is told twice is found and a long chain holds."""
    long = chain(*({"kind": "a"} for _ in range(300)))
    assert verify(long).ok
    lines = long.splitlines(keepends=True)
    twice = verify(b"".join([*lines[:280], lines[278]]))
    assert twice.problem == "line 281: carries number 279: lines were removed, added or moved"


@pytest.mark.parametrize("body", [b'{"seq":1', b"{nothing", b'{"seq":' + b"9" * 5000, b'{"a":"\xff"'])
def test_a_line_that_fits_its_check_must_still_be_a_record(body: bytes) -> None:
    line = body + b',"check":"' + hashlib.sha256(body).hexdigest().encode() + b'"}'
    assert (decode(line) is not None) is (body == b'{"seq":1')


def test_a_chain_is_continued_behind_its_last_sound_line() -> None:
    good = chain({"kind": "a"}, {"kind": "b"})
    for end in (b"", b"torn", b"torn\n", b"\n", b"torn\ntorn\n\n"):
        assert sound_length(good + end) == len(good)
    assert sound_length(b"torn\n" + good) == len(good) + 5
    assert sound_length(b"\n" + chain({"kind": "a"})) == len(chain({"kind": "a"})) + 1
    assert sound_length(b"") == sound_length(b"torn") == sound_length(b"torn\n") == 0
