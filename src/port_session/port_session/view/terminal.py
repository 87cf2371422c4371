"""The terminal of the view: whether there is one, and the end of the view when it is gone or a signal asks for the end.

A view whose terminal was closed may be stuck in writing to it, for ever: then its process is ended here all the same.
The session is none of this module's business.
"""

import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

#: So long the view may take to end by itself.
GRACE_S = 3.0

_PERIOD_MS = 200
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class NoTerminal(Exception):
    """The view needs a terminal, and this is none."""


def terminal() -> int:
    """The descriptor of the terminal that is typed at. Raises NoTerminal with what to do instead."""
    streams = (sys.__stdin__, sys.__stdout__, sys.__stderr__)
    if any(stream is None or not stream.isatty() for stream in streams):
        missing = "its input, output and errors must be one"
    elif os.environ.get("TERM", "") in ("", "dumb"):
        missing = f"TERM is {os.environ.get('TERM', '') or 'not set'}"
    else:
        return 0 if sys.__stdin__ is None else sys.__stdin__.fileno()
    raise NoTerminal(f"there is no terminal here that can show a session ({missing}); use `port session state`")


class TerminalWatch:
    """A context in which signals and the loss of the terminal `descriptor` end the view; `begin` tells how."""

    def __init__(self, descriptor: int, grace_s: float = GRACE_S) -> None:
        self._descriptor, self._grace_s = descriptor, grace_s
        self._leave: Callable[[], None] | None = None
        self._asked, self._begun, self._closing = threading.Event(), threading.Event(), threading.Event()
        self._before: dict[signal.Signals, Any] = {}
        self._thread = threading.Thread(target=self._watch, name="terminal watch", daemon=True)

    def __enter__(self) -> "TerminalWatch":
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, self._on_signal)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._thread.join()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def begin(self, leave: Callable[[], None]) -> None:
        """From now on `leave` ends the view; it is called from another thread, at most once."""
        self._leave = leave
        self._begun.set()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._asked.set()

    def _watch(self) -> None:
        """Wait for the end, ask the view for it, and end the process of a view that cannot."""
        poll = select.poll()
        poll.register(self._descriptor, 0)  # of a terminal that is gone the system tells unasked
        while not self._closing.is_set() and not self._asked.is_set():
            if poll.poll(_PERIOD_MS):
                self._asked.set()
        if self._closing.is_set():
            return
        if self._begun.wait(self._grace_s) and self._leave is not None:
            self._leave()
        if not self._closing.wait(self._grace_s):
            os._exit(1)
