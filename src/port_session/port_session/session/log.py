"""The session's log on disk: one JSON line an event, on the disk before the next one is handled; and session.json.

It writes what it is given; it does not decide what is worth writing.
"""

import json
import math
import os
from pathlib import Path
from typing import Any


def plain(value: Any) -> Any:
    """`value` as JSON can hold it: NaN and infinities become null, sequences lists."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


class EventLog:
    """Appends to `path`; opened once, closed by `close()`. Raises OSError where the folder cannot be written."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab")
        self._end_torn_line()

    def append(self, stream: str, stamp_ns: int, **fields: Any) -> None:
        """One line. stream: session or safety. stamp_ns: system clock."""
        line = json.dumps(plain({"stream": stream, "stamp_ns": stamp_ns, **fields}), ensure_ascii=False)
        self._file.write(line.encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()

    def _end_torn_line(self) -> None:
        """A killed writer may have left half a line; the next one must not be glued to it."""
        with Path(self._file.name).open("rb") as old:
            if old.seek(0, os.SEEK_END) and (old.seek(-1, os.SEEK_END), old.read(1))[1] != b"\n":
                self._file.write(b"\n")


def write_json(path: Path, value: Any) -> None:
    """Replace `path` by `value` as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    with beside.open("w", encoding="utf-8") as file:
        json.dump(plain(value), file, indent=2, ensure_ascii=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
