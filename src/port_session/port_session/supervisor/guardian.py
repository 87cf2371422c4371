"""Ends what a killed supervisor left behind. Runs as a process of its own, from the standard library alone.

It waits on a pipe that closes when the supervisor dies. If the supervisor said goodbye before, nothing is to be done.
Else every process that carries the session's mark in its environment gets SIGTERM, and SIGKILL 3 s later: the parent
death signal reaches the children only, this also their children and whatever went into a session of its own.
"""

import contextlib
import os
import signal
import sys
import time

#: The environment variable that marks the processes of one session.
MARK = "PORT_SESSION_MARK"

#: What the supervisor writes when it has ended everything itself.
GOODBYE = b"."

_GRACE_S = 3.0


def marked(mark: str) -> list[int]:
    """Process ids that carry `mark`."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208  (without pathlib: starts in 10 ms)
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/environ", "rb") as file:  # noqa: PTH123
                if wanted in file.read().split(b"\0"):
                    found.append(int(name))
    return found


def end(mark: str) -> None:
    """SIGTERM to all marked, SIGKILL to those left after the grace."""
    for pid in marked(mark):
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE_S
    while marked(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    while left := marked(mark):
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def main() -> int:
    """Wait for the supervisor's end; the mark is the first argument."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # its end is the end of the pipe
    if os.read(0, 1) != GOODBYE:
        end(sys.argv[1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
