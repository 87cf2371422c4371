"""Ends what a killed supervisor left behind. Runs as a process of its own, from the standard library alone.

It waits on a pipe that closes when the supervisor dies. If the supervisor said goodbye before, nothing is to be done.
Else every process that the supervisor had started gets SIGTERM; these know the order in which they end
(port_ros.end_order), so the robot is stopped first. Whoever is left when the longest end is over, and what the
processes themselves left behind, is ended without further ado. Until then the session's name and domain are held here.

    guardian MARK LONGEST_END_S RUN
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

_LEFTOVER_S = 3.0


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


def end(mark: str, longest_end_s: float) -> None:
    """SIGTERM to those that lead a session of their own, as the supervisor started them; then to the rest; SIGKILL."""
    _signal(_leaders(mark), signal.SIGTERM)
    _wait(lambda: _leaders(mark), longest_end_s)
    _signal(marked(mark), signal.SIGTERM)
    _wait(lambda: marked(mark), _LEFTOVER_S)
    while left := marked(mark):
        _signal(left, signal.SIGKILL)
        time.sleep(0.01)


def _leaders(mark: str) -> list[int]:
    found = []
    for pid in marked(mark):
        with contextlib.suppress(OSError):
            if os.getsid(pid) == pid:
                found.append(pid)
    return found


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, number)


def _wait(who, timeout_s: float) -> None:  # type: ignore[no-untyped-def]
    """Until nobody of `who()` is left, at most `timeout_s`."""
    deadline_s = time.monotonic() + timeout_s
    while who() and time.monotonic() < deadline_s:
        time.sleep(0.1)


def main() -> int:
    """Wait for the supervisor's end."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # its end is the end of the pipe
    mark, longest_end_s, run = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    if os.read(0, 1) != GOODBYE:
        end(mark, longest_end_s)
        import shutil  # not before: it takes as long to load as all the rest

        shutil.rmtree(run, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
