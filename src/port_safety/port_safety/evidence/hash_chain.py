"""A chain of lines: each is one canonical JSON object that carries the SHA-256 of the line before it.

`seq` counts from 1. `prev` is the SHA-256 of the previous line's bytes without its line end (empty in the first).
`check`, always last, is the SHA-256 of the line's bytes before it: by it the last line, which nothing follows, shows a
change too. Without a key anyone can write a new chain; whoever noted the hash of a line can tell. No files in here.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]

_CHECK = re.compile(rb'(\{.*),"check":"([0-9a-f]{64})"\}', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Verification:
    """What holds of a chain. problem: the first thing that is wrong, with its line; empty if all holds.

    records and heads: the lines up to there and their hashes, in order. broken_line: counted from 1; 0 if none is.
    """

    records: tuple[dict[str, Any], ...]
    heads: tuple[str, ...]
    broken_line: int = 0
    problem: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem


def encode(record: Record, seq: int, prev: str) -> bytes:
    """The line of `record`, without its line end. Raises TypeError for what JSON has no word for.

    `seq`, `prev` and `check` are the chain's own words: what a record says under them is not kept.
    """
    body = {**record, "seq": seq, "prev": prev}
    body.pop("check", None)
    text = json.dumps(plain(body), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    data = text[:-1].encode("utf-8", "backslashreplace")
    return b'%s,"check":"%s"}' % (data, digest(data).encode())


def plain(value: Any) -> Any:
    """`value` as JSON can hold it: NaN and infinities become null, tuples lists."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def digest(line: bytes) -> str:
    """SHA-256 of a line's bytes, hexadecimal."""
    return hashlib.sha256(line).hexdigest()


def decode(line: bytes) -> dict[str, Any] | None:
    """The record of a line that is sound in itself; None for anything else."""
    match = _CHECK.fullmatch(line)
    if match is None or digest(match[1]) != match[2].decode():
        return None
    try:
        record = json.loads(match[1] + b"}")
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def verify(data: bytes) -> Verification:
    """Follow the chain from its first line to the end, or to the first line that is wrong."""
    if not data:
        return Verification((), (), 1, "line 1: missing: the log is empty")
    *lines, rest = data.split(b"\n")
    records: list[dict[str, Any]] = []
    heads: list[str] = []
    for number, line in enumerate(lines, 1):
        record = decode(line)
        prev = heads[-1] if heads else ""
        problem = _problem(record, number, prev)
        if problem or record is None:
            return Verification(tuple(records), tuple(heads), number, f"line {number}: {problem}")
        records.append(record)
        heads.append(digest(line))
    if rest:
        number = len(lines) + 1
        problem = f"line {number}: cut off in the middle: the write was broken off, or the file was cut"
        return Verification(tuple(records), tuple(heads), number, problem)
    return Verification(tuple(records), tuple(heads))


def _problem(record: dict[str, Any] | None, number: int, prev: str) -> str:
    if record is None:
        return "changed: its content does not fit its own check"
    if record.get("seq") != number:
        return f"carries number {record.get('seq')}: lines were removed, added or moved"
    if record.get("prev") != prev:
        return f"does not follow from line {number - 1}: one of the two was replaced" if prev else "is not the first"
    return ""


def sound_length(data: bytes) -> int:
    """Bytes up to the end of the last line that is sound in itself: where a chain can be continued."""
    end = data.rfind(b"\n") + 1
    while end:
        begin = data.rfind(b"\n", 0, end - 1) + 1
        if decode(data[begin : end - 1]) is not None:
            return end
        end = begin
    return 0
