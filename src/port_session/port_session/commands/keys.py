"""Keys as they are pressed and repeated, without the Enter key. Restores the terminal, whatever happens."""

import os
import select
import termios
import tty
from types import TracebackType
from typing import Any, TextIO

#: What a terminal sends for keys with a name (ECMA-48 cursor keys, in both of their modes).
_NAMES = {
    b"\x1b[A": "up", b"\x1b[B": "down", b"\x1b[C": "right", b"\x1b[D": "left",
    b"\x1bOA": "up", b"\x1bOB": "down", b"\x1bOC": "right", b"\x1bOD": "left",
}  # fmt: skip


class NoTerminal(Exception):
    """Keys can be held at a terminal only."""


class Keys:
    """The keyboard behind `stream`; raises NoTerminal on entering where there is none."""

    def __init__(self, stream: TextIO) -> None:
        self._file = stream.fileno()
        self._before: list[Any] = []

    def __enter__(self) -> "Keys":
        if not os.isatty(self._file):
            raise NoTerminal("this needs a terminal: a key is held there")
        self._before = termios.tcgetattr(self._file)
        tty.setcbreak(self._file)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        termios.tcsetattr(self._file, termios.TCSADRAIN, self._before)

    def read(self, timeout_s: float) -> str:
        """The newest key that came, by name or as its letter; empty if none did in time.

        Older ones that still wait are dropped: what was held a while ago is not held now.
        """
        if not select.select([self._file], [], [], timeout_s)[0]:
            return ""
        data = os.read(self._file, 1024)
        if not data:
            raise NoTerminal("the terminal is gone")
        start = data.rfind(b"\x1b")
        if start >= 0 and start + 3 >= len(data):
            return _NAMES.get(data[start:], "")
        return data[-1:].decode(errors="replace")
