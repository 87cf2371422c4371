"""Raw messages between the thread that takes them and the one that decodes them: bounded, and nothing lost in silence.

What goes first has room of its own, so that no flood of the rest can take it. What finds no room is counted by its
stream, and the next message of that stream says how many are missing before it.
"""

import threading
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from port_telemetry.core.continuity import NO_ROOM, ON_THE_WAY

S = TypeVar("S", bound=Hashable)

#: While messages come often, who decodes looks by itself, and who takes them wakes nobody but for what goes first.
_LINGER_S = 0.01


@dataclass(frozen=True, slots=True)
class Raw(Generic[S]):
    """One message as it came. number: its publisher's; lost: messages missing before it that somebody reported."""

    stream: S
    data: bytes
    number: int | None
    arrival_s: float
    lost: int = 0
    why: str = ON_THE_WAY


@dataclass(frozen=True, slots=True)
class Lost(Generic[S]):
    """So many messages of a stream are missing, and none has come since to say so."""

    stream: S
    messages: int
    why: str


class RawQueue(Generic[S]):
    """Thread-safe; its lock is held for moments. max_bytes: of what waits, of what goes first and of the rest each."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._first: deque[Raw[S]] = deque()
        self._rest: deque[Raw[S]] = deque()
        self._bytes = [0, 0]
        #: Stream → messages lost since its last one that is queued, why, and since when.
        self._lost: dict[S, tuple[int, str, float]] = {}
        self._work = threading.Condition()
        self._asleep, self._closed = False, False

    def put(self, stream: S, data: bytes, number: int | None, now_s: float, first: bool) -> None:
        """Queue a message, or count it as lost; never waits."""
        lane = 0 if first else 1
        with self._work:
            if self._closed or self._bytes[lane] + len(data) > self._max_bytes:
                self._lose(stream, 1, NO_ROOM, now_s)
                return
            lost, why, _ = self._lost.pop(stream, (0, ON_THE_WAY, 0.0))
            self._bytes[lane] += len(data)
            (self._first if first else self._rest).append(Raw(stream, data, number, now_s, lost, why))
            if first or self._asleep:  # to wake a thread costs more than all the rest here
                self._work.notify()

    def lose(self, stream: S, messages: int, now_s: float) -> None:
        """The middleware says that it lost so many."""
        with self._work:
            self._lose(stream, messages, ON_THE_WAY, now_s)

    def take(self, timeout_s: float, most: int = 100) -> list[Raw[S]]:
        """What to decode next, at most `most`; empty if nothing comes within `timeout_s`, or once it is done."""
        with self._work:
            if not self._busy():
                self._work.wait(_LINGER_S)
            if not self._busy():
                self._asleep = True
                self._work.wait(timeout_s)
                self._asleep = False
            taken: list[Raw[S]] = []
            for lane, waiting in enumerate((self._first, self._rest)):
                while waiting and len(taken) < most:
                    raw = waiting.popleft()
                    self._bytes[lane] -= len(raw.data)
                    taken.append(raw)
            return taken

    def unsaid(self, before_s: float) -> list[Lost[S]]:
        """Remove and return the losses that were reported before `before_s` and that no message has carried since."""
        with self._work:
            old = [Lost(stream, lost, why) for stream, (lost, why, since_s) in self._lost.items() if since_s < before_s]
            for each in old:
                del self._lost[each.stream]
            return old

    @property
    def waiting_bytes(self) -> int:
        """What waits."""
        return sum(self._bytes)

    def close(self) -> None:
        """Take nothing more; what waits is still given out."""
        with self._work:
            self._closed = True
            self._work.notify_all()

    @property
    def done(self) -> bool:
        """Whether it is closed and empty."""
        with self._work:
            return self._closed and not self._first and not self._rest

    def _busy(self) -> bool:
        """Whether there is something to give out, or nothing can come any more."""
        return bool(self._first or self._rest or self._closed)

    def _lose(self, stream: S, messages: int, why: str, now_s: float) -> None:
        lost, before, since_s = self._lost.get(stream, (0, why, now_s))
        self._lost[stream] = lost + messages, NO_ROOM if NO_ROOM in (before, why) else why, since_s
