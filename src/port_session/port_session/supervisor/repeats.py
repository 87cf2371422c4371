"""Lines that a process says again and again, as a library about each picture: the first is kept, the others counted.

Figures apart, because they often are all that differs. Knows no file and no clock.
"""

import re

_FIGURES = re.compile(r"0x[0-9a-f]+|[0-9]+")
#: A line that came so often in a row is followed by what is counted only.
_KEPT = 20


class Repeats:
    """The lines of one process, in their order."""

    def __init__(self) -> None:
        self._last = ""
        self._alike = 0

    def take(self, line: str) -> list[str]:
        """What to write for `line`: nothing for one of many alike, else it, after how many were left out before it."""
        alike = _FIGURES.sub("", line)
        if alike == self._last:
            self._alike += 1
            return [line] if self._alike < _KEPT else []
        told = self.flush()
        self._last, self._alike = alike, 0
        return [*told, line]

    def flush(self) -> list[str]:
        """What to write at the end."""
        left_out, self._alike = self._alike - _KEPT + 1, 0
        return [f"({left_out} more lines like that)"] if left_out > 0 else []
