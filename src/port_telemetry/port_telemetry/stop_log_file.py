"""Reads the gate's stop log as it grows. It only reads; a missing file is an empty log."""

import hashlib
import os
from pathlib import Path

from port_telemetry.core.stop_log import Head, Line, decode


class StopLogFile:
    """The lines of `path`, each once and in order.

    inode: of the file that was read last, 0 before. unsound: number of the first whole line that does not hold, or 0.
    head: of the last line that holds.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._read, self._number = path, 0, 0
        self.inode, self.unsound = 0, 0
        self.head: Head | None = None

    def lines(self) -> list[Line]:
        """The whole lines since the last call. Raises OSError."""
        if self._path.exists() and not self._path.is_file():
            raise OSError(None, "is no file", str(self._path))  # whoever opens a pipe waits for ever
        try:
            with self._path.open("rb") as file:
                self._notice(os.fstat(file.fileno()))
                file.seek(self._read)
                data = file.read()
        except FileNotFoundError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        return [line for text in whole.split(b"\n")[:-1] if (line := self._line(text)) is not None]

    def _line(self, text: bytes) -> Line | None:
        self._number += 1
        line = decode(text, self._number)
        if line is None:
            self.unsound = self.unsound or self._number
        else:
            self.head = Head(line.number, hashlib.sha256(text).hexdigest(), line.stamp_ns)
        return line

    def _notice(self, found: os.stat_result) -> None:
        """Somebody moved the file and the gate began another, or it cut off what a broken write had left."""
        if self.inode != found.st_ino or found.st_size < self._read:
            self._read = self._number = 0
        self.inode = found.st_ino
