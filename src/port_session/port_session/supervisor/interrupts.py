"""What signals, and the end of whoever started it, ask of a session that runs in this event loop.

A signal may reach a session more than once without anybody being in a hurry: a terminal's Ctrl-C goes to a whole
process group, and `ros2 launch`, Docker and systemd repeat themselves. Only Ctrl-C again, a while later, hurries.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable

from port_session.supervisor.errors import StartError
from port_session.supervisor.supervisor import Supervisor

#: SIGINT that comes this soon after the first signal is the same one, told twice.
SAME_S = 1.0

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Hands signals on to `supervisor`. now_s: the clock."""

    def __init__(self, supervisor: Supervisor, now_s: Callable[[], float] = time.monotonic) -> None:
        self._supervisor, self._now_s = supervisor, now_s
        self._asked_s: float | None = None

    def take(self, number: int) -> None:
        """A signal has come."""
        now_s = self._now_s()
        if self._asked_s is None:
            self._asked_s = now_s
            self._supervisor.request_stop()
        elif number == signal.SIGINT and now_s - self._asked_s >= SAME_S:
            self._supervisor.hurry()


def heed(supervisor: Supervisor) -> None:
    """End the session on SIGINT, SIGTERM and SIGHUP; to be called in its event loop."""
    interrupts = Interrupts(supervisor)
    loop = asyncio.get_running_loop()
    for number in _ENDING:
        loop.add_signal_handler(number, interrupts.take, number)


def end_with_parent(supervisor: Supervisor, parent: int) -> None:
    """End the session when the process `parent` has ended. Raises StartError if that is not who has started this one.

    Looked at in this order, no moment is left in which the parent could end unseen, or its number be another's.
    """
    try:
        descriptor = os.pidfd_open(parent)
    except OSError:
        descriptor = None
    if descriptor is None or os.getppid() != parent:
        raise StartError(f"process {parent} has not started this one, or has ended since", "start the session again")
    loop = asyncio.get_running_loop()

    def ended() -> None:
        loop.remove_reader(descriptor)
        os.close(descriptor)
        supervisor.request_stop()

    loop.add_reader(descriptor, ended)
