"""A process's sign of life for who watches it: a byte into the pipe that the supervisor gave it. Knows no ROS.

The loop that does the work sends it, no thread of its own: a process that is stopped or deadlocked falls silent.
Nothing here can wait or fail: a full pipe and a dead supervisor are none of the sender's business.
"""

import contextlib
import os
import time

#: The environment variable that names the descriptor of the pipe.
HEARTBEAT = "PORT_HEARTBEAT_FD"

#: What is sent: it works; it has been asked to end and closes what it holds, which may take long.
WORKS, CLOSES = b".", b"e"

#: How often it is sent at most.
PERIOD_S = 0.5


class Heartbeat:
    """Of this process; outside of a session nothing is sent."""

    def __init__(self) -> None:
        told = os.environ.pop(HEARTBEAT, "")  # what this process starts has no pipe of its own
        self._descriptor = int(told) if told else None
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.set_inheritable(self._descriptor, False)
        self._due_s = 0.0
        self._turns: tuple[int, ...] = ()

    def beat(self, *turns: int) -> None:
        """Say that the work goes on. turns: of each thread it depends on, what that counts up; all have to have."""
        if self._descriptor is None or (now_s := time.monotonic()) < self._due_s:
            return
        if any(turn == before for turn, before in zip(turns, self._turns, strict=False)):
            return
        self._due_s, self._turns = now_s + PERIOD_S, turns
        self._send(WORKS)

    def close(self) -> None:
        """Say that this process ends now: nothing more comes."""
        self._send(CLOSES)

    def _send(self, word: bytes) -> None:
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.write(self._descriptor, word)
