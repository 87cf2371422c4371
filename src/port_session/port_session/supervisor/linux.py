"""What the supervisor asks of the Linux kernel: inheriting orphans, dying with the parent, finding processes.

Never touches a process that is not a descendant of ours.
"""

import contextlib
import ctypes
import os
import signal
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

# Loaded once here: between fork and exec nothing may be imported or looked up.
_prctl = ctypes.CDLL(None, use_errno=True).prctl


def adopt_orphans(adopt: bool = True) -> None:
    """From now on, descendants whose parent died become our children (or no longer do)."""
    _prctl(_PR_SET_CHILD_SUBREAPER, int(adopt), 0, 0, 0)


def before_exec() -> Callable[[], None]:
    """For subprocess's preexec_fn: the child gets SIGTERM if we die, and answers to SIGINT even if we ignore it."""
    parent = os.getpid()

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # we died before the line above
            os._exit(1)

    return prepare


def adopted(known: Collection[int], mark: bytes) -> tuple[list[int], list[int]]:
    """Our adopted children that live, and those that have ended and wait to be collected.

    known: our own children, each the leader of a session of its own. A child of ours counts as adopted if it is in one
    of these sessions, or carries `mark` in its environment: this process may have children of other business.
    """
    living: list[int] = []
    ended: list[int] = []
    for pid, state, session in _children():
        if pid not in known and (session in known or mark in environment(pid)):
            (ended if state == "Z" else living).append(pid)
    return living, ended


def reap(known: Collection[int], mark: bytes) -> list[int]:
    """Collect adopted children that have ended; returns those that live."""
    living, ended = adopted(known, mark)
    for pid in ended:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
    return living


def _children() -> Iterator[tuple[int, str, int]]:
    """Process id, state and session of each direct child."""
    own = str(os.getpid())
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # after the command in brackets, which may hold anything: state, parent, group, session
            state, parent, _, session = stat.read_text("utf-8", "replace").rpartition(")")[2].split()[:4]
            if parent == own:
                yield int(stat.parent.name), state, int(session)


def exists(pid: int) -> bool:
    """Whether there is a process `pid`."""
    return Path(f"/proc/{pid}").exists()


def environment(pid: int) -> list[bytes]:
    """The entries it was started with; empty where it has ended or is another user's."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def send(pid: int, number: signal.Signals) -> None:
    """Signal one process, which may be gone already."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def send_group(pgid: int, number: signal.Signals) -> None:
    """Signal a whole process group, which may be gone already."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pgid, number)
