"""How far a long reading is, a line every few seconds: a recording may have 50 GB. Silent where it is quick."""

import sys
import time
from collections.abc import Callable

FIRST_S, EVERY_S = 3.0, 5.0


def _on_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class ReadProgress:
    """Of reading `total_bytes`. what: what is done with them. now_s: a monotonic clock."""

    def __init__(
        self, what: str, total_bytes: int, say: Callable[[str], None] = _on_stderr,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._what, self._total, self._say, self._now_s = what, total_bytes, say, now_s
        self._began_s = now_s()
        self._next_s = self._began_s + FIRST_S
        self._done = 0

    def add(self, read_bytes: int) -> None:
        """So many more have been read."""
        self._done += read_bytes
        now_s = self._now_s()
        if now_s < self._next_s or not self._done:
            return
        self._next_s = now_s + EVERY_S
        left_s = (now_s - self._began_s) * max(0, self._total - self._done) / self._done
        self._say(f"port: {self._what}: {size(self._done)} of {size(self._total)}, about {left_s:.0f} s left")


def size(count: int) -> str:
    """Bytes for people."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count} bytes"
