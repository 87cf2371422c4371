"""How far a command has come that takes long: at a terminal one line, written over; elsewhere a line now and then."""

import sys
import time
from types import TracebackType

#: A command that is done by then says nothing; so often the line changes at a terminal, or a new one is written.
_FIRST_S, _TERMINAL_S, _LOG_S = 1.0, 0.2, 10.0


class Progress:
    """On stderr, for what is called `name`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._live = sys.stderr.isatty()
        self._next_s = time.monotonic() + (_FIRST_S if self._live else _LOG_S)
        self._shown = False

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def __call__(self, done: int, all_of_it: int) -> None:
        """`done` of `all_of_it` is done."""
        now_s = time.monotonic()
        if now_s < self._next_s:
            return
        share = f"{self._name}: {100 * done // max(all_of_it, 1)} %"
        if self._live:
            print(f"\r\x1b[K{share}", end="", file=sys.stderr, flush=True)
        else:
            print(f"port: {share}", file=sys.stderr, flush=True)
        self._shown = self._live
        self._next_s = now_s + (_TERMINAL_S if self._live else _LOG_S)
