"""Reads the files of a folder of evidence. What cannot be read is told in `problems`, and what is left is still read.

A pipe or a device is no file: nobody waits for what it will never say.
"""

import json
import os
from pathlib import Path
from typing import Any

#: What each line of events.jsonl says, by its stream.
_FIELDS = {
    "safety": {"stamp_ns", "sequence", "kind", "event_id", "before", "after", "reason", "by"},
    "session": {"stamp_ns", "command", "before", "after", "accepted", "reason", "by"},
}


def read_file(path: Path) -> bytes:
    """What is in `path`. Raises OSError, also where it is no file."""
    if path.exists() and not path.is_file():
        raise OSError(None, "is no file", str(path))
    return path.read_bytes()


class EvidenceFiles:
    """The files in `folder`; problems: one line for each that could not be read, or not all of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.problems: list[str] = []

    def json(self, name: str, default: Any) -> Any:
        """The content of the JSON file `name`, of the same type as `default`; that, if it is missing or damaged."""
        if (data := self._bytes(name)) is None:
            return default
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            self._cannot(name, "is no whole JSON" if data else "is empty")
            return default
        if default is not None and type(value) is not type(default):
            self._cannot(name, f"holds a {type(value).__name__}, not a {type(default).__name__}")
            return default
        return value

    def events(self, name: str) -> list[dict[str, Any]]:
        """The lines of the log `name`. A last line that a killed writer left half written is no damage."""
        data = self._bytes(name)
        lines = (data or b"").splitlines(keepends=True)
        found = [_event(line) for line in lines]
        damaged = sum(event is None for event in found) - bool(
            lines and not lines[-1].endswith(b"\n") and not found[-1]
        )
        if data == b"":
            self._cannot(name, "is empty")
        if damaged:
            self._cannot(name, f"{damaged} of {len(lines)} lines cannot be read")
        return [event for event in found if event is not None]

    def _bytes(self, name: str) -> bytes | None:
        path = self._folder / name
        if not os.path.lexists(path):
            return None
        try:
            return read_file(path)
        except OSError as error:
            self._cannot(name, error.strerror or str(error))
            return None

    def _cannot(self, name: str, why: str) -> None:
        self.problems.append(f"{name} {why}" if why.startswith(("is ", "holds ")) else f"{name}: {why}")


def _event(line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict) or not isinstance(event.get("stamp_ns"), int):
        return None
    fields = _FIELDS.get(str(event.get("stream")))
    return event if fields is not None and fields <= event.keys() else None
