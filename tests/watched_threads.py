"""Sees every call that can wait, on which thread it is made, and whether that thread holds a lock meanwhile.

A thread that makes no such call, and takes only locks that nobody holds while waiting, cannot be held up by a wire: it
is proved by what is called, not by how long it took on this machine. Calls are seen by the interpreter's profile hook,
so it does not matter through which library they go; locks are those made by `threading.Lock` while watching.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType, ModuleType
from typing import Any

import pytest

#: By module or type, and name: what may wait for a wire, a disk, a time or another thread.
WAITS = frozenset({
    "posix.read", "posix.write", "posix.open", "posix.fsync", "posix.sendfile", "posix.waitpid", "time.sleep",
    "select.select", "poll.poll", "epoll.poll", "fcntl.ioctl", "fcntl.flock", "fcntl.lockf", "termios.tcdrain",
    "termios.tcflush", "termios.tcsetattr", "socket.recv", "socket.recv_into", "socket.recvfrom", "socket.send",
    "socket.sendall", "socket.sendto", "socket.connect", "socket.accept", "_socket.getaddrinfo", "lock.acquire",
    "RLock.acquire", "SimpleQueue.get",
})  # fmt: skip


@dataclass(frozen=True)
class Wait:
    """A call that can wait. locked: whether the thread held a lock that others may want."""

    thread: str
    call: str
    where: str
    locked: bool


class _Lock:
    """A lock that knows who holds it."""

    def __init__(self, held: dict[int, int]) -> None:
        self._lock, self._held = _plain_lock(), held

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        taken = self._lock.acquire(blocking, timeout)
        if taken:
            here = threading.get_ident()
            self._held[here] = self._held.get(here, 0) + 1
        return taken

    def release(self) -> None:
        self._held[threading.get_ident()] -= 1
        self._lock.release()

    def locked(self) -> bool:
        return self._lock.locked()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


_plain_lock = threading.Lock


class Watch:
    """The waits of all threads that are started while it watches, and of the thread inside `here()`."""

    def __init__(self) -> None:
        self.waits: list[Wait] = []
        self._held: dict[int, int] = {}

    def lock(self) -> _Lock:
        return _Lock(self._held)

    @contextmanager
    def here(self) -> Iterator[None]:
        """Watch this thread, too."""
        sys.setprofile(self.see)
        try:
            yield
        finally:
            sys.setprofile(None)

    def of(self, thread: str) -> list[Wait]:
        """The waits of one thread."""
        return [wait for wait in tuple(self.waits) if wait.thread == thread]

    def locked(self) -> list[Wait]:
        """The waits of whoever held a lock meanwhile."""
        return [wait for wait in tuple(self.waits) if wait.locked]

    def see(self, frame: FrameType, event: str, called: Any) -> None:
        """The profile hook."""
        if event != "c_call" or frame.f_code.co_filename == __file__:
            return
        owner = getattr(called, "__self__", None)
        name = f"{owner.__name__ if isinstance(owner, ModuleType) else type(owner).__name__}.{called.__name__}"
        if name == "lock.acquire" and owner is not None and not owner.locked():
            return  # nobody has it, as a new one in Condition.wait: nothing to wait for
        if name in WAITS:
            where = f"{frame.f_code.co_filename}:{frame.f_lineno}"
            held = self._held.get(threading.get_ident(), 0) > 0
            self.waits.append(Wait(threading.current_thread().name, name, where, held))


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """Watches the threads that the test starts."""
    watch = Watch()
    monkeypatch.setattr(threading, "Lock", watch.lock)
    threading.setprofile(watch.see)
    yield watch
    threading.setprofile(None)
