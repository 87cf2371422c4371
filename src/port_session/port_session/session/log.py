"""The session's log on disk: one JSON line an event, each synced to the disk; and session.json.

It writes what it is given; it does not decide what is worth writing.
"""

import contextlib
import json
import math
import os
import threading
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from port_session.recorder.whole_file import WholeFile
from port_session.session.machine import Event

#: How long to wait until what a full disk did not take is tried again.
_AGAIN_S = 0.5


def plain(value: Any) -> Any:
    """`value` as JSON can hold it: NaN and infinities become null, sequences lists."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def event_document(event: Event) -> dict[str, Any]:
    """An event of the session as plain values."""
    return {
        "stamp_ns": event.stamp_ns, "sequence": event.sequence, "before": event.before.name, "after": event.after.name,
        "accepted": event.accepted, "command": event.command, "reason": event.reason, "by": event.by,
        "run": event.run,
    }  # fmt: skip


class EventLog:
    """Appends to `path` in a thread of its own. Raises OSError where the file cannot be made.

    `append` never waits: a disk that hangs must not hold up whoever stops a robot. What a full disk does not take is
    kept and tried again; events are few.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._name = path.name
        #: Why nothing can be written now, one line; empty while it works.
        self.problem = ""
        self._file = WholeFile(path, new=False)
        if _ends_torn(path):
            self._file.write(b"\n")
        self._lines: SimpleQueue[bytes | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="event-log", daemon=True)
        self._thread.start()

    def append(self, stream: str, stamp_ns: int, **fields: Any) -> None:
        """One line. stream: session or safety. stamp_ns: system clock."""
        line = json.dumps(plain({"stream": stream, "stamp_ns": stamp_ns, **fields}), ensure_ascii=False)
        self._lines.put(line.encode(errors="replace") + b"\n")

    def close(self) -> None:
        """Write what waits, and end the thread; `problem` says if not all of it could be written."""
        if self._thread.is_alive():
            self._lines.put(None)
            self._thread.join()

    def _run(self) -> None:
        while (line := self._next()) is not None:
            self._file.write(line)
            self._save()
        self._save()
        self._file.close()

    def _next(self) -> bytes | None:
        """The next line, nothing after a while in which none came (then what waits is tried again), None at the end."""
        try:
            return self._lines.get(timeout=_AGAIN_S if self.problem else None)
        except Empty:
            return b""

    def _save(self) -> None:
        try:
            self._file.save()
            self.problem = ""
        except OSError as error:
            self.problem = f"cannot write {self._name}: {error.strerror or error}"


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The lines of the log at `path` that can be read, oldest first; none where there is no log. Raises OSError."""
    if not path.exists():
        return []
    found = []
    for line in path.read_bytes().splitlines():
        with contextlib.suppress(ValueError, RecursionError):
            found.append(json.loads(line))
    return [line for line in found if isinstance(line, dict)]


def _ends_torn(path: Path) -> bool:
    """A killed writer may have left half a line; the next one must not be glued to it."""
    with path.open("rb") as old:
        return bool(old.seek(0, os.SEEK_END)) and (old.seek(-1, os.SEEK_END), old.read(1))[1] != b"\n"


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
