"""What a process that must not be late asks of the kernel, and whether it got it.

Asked before rclpy starts, so that the threads of DDS inherit it.
"""

import contextlib
import ctypes
import gc
import os
import threading
from collections.abc import Iterator
from pathlib import Path

#: The gate stands above the e-stop's reader, both above everything else; the kernel's own threads stand at 50.
GATE_PRIORITY, ESTOP_PRIORITY = 60, 55
#: Before dashboards, recorders and telemetry, behind everything with a real-time priority.
FIRST_NICE = -5
#: Of threads that only take what would be lost otherwise: behind those, before what may wait.
_TAKING_NICE = -3
_MCL_CURRENT, _MCL_FUTURE = 1, 2


def ask(priority: int) -> list[str]:
    """Ask for SCHED_FIFO and locked memory; returns one line each: "… granted" or "… degraded: why"."""
    return [_fifo(priority), _lock_memory()]


def go_first() -> None:
    """Ask to be served before what may wait, where that is allowed: for processes whose silence stops a robot.

    A nice value counts within a terminal session; between sessions that of the autogroup does (sched(7)).
    """
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, FIRST_NICE)
        if os.getsid(0) == os.getpid():  # else it is somebody's terminal
            Path("/proc/self/autogroup").write_text(f"{FIRST_NICE}\n")


@contextlib.contextmanager
def taking_threads() -> Iterator[None]:
    """Threads that are started inside are served before the others of this process, where that is allowed.

    They must do little: a nice value counts for a thread, and others inherit it from whoever starts them.
    """
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), min(before, _TAKING_NICE))
    try:
        yield
    finally:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), before)


def freeze_garbage() -> None:
    """After start-up: what lives now lives for ever, so the collector need not look at it again."""
    gc.collect()
    gc.freeze()


def _fifo(priority: int) -> str:
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except (OSError, AttributeError) as error:
        return f"SCHED_FIFO degraded: {error} (grant CAP_SYS_NICE or an rtprio limit)"
    return "SCHED_FIFO granted"


def _lock_memory() -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(_MCL_CURRENT | _MCL_FUTURE):
        return f"mlockall degraded: {os.strerror(ctypes.get_errno())} (raise the memlock limit)"
    return "mlockall granted"
