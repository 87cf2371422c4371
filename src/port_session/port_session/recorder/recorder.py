"""The recorder: a bounded queue in front of a thread that writes.

`put()` never waits. What does not fit into the queue, or cannot be written, is counted as lost by topic: a loss is
never silent. It must not know ROS.
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from port_session.recorder.mcap_file import McapFile

#: Sleeping between drains instead of waking for every message keeps the processor for the gate.
DRAIN_S = 0.1
FLUSH_S = 0.8

#: How often a close that takes long says what is left.
_TELL_S = 1.0

#: Streams of which every message counts. Of the others the newest matters: one that was overtaken is no loss.
COMPLETE_TYPES = frozenset(
    {"port_interfaces/msg/WrenchBlock", "port_interfaces/msg/SafetyEvent", "port_interfaces/msg/SessionEvent"}
)


@dataclass(frozen=True)
class Counts:
    """How the recording stands. error: why writing ended, empty while it works."""

    written: dict[str, int]
    lost: dict[str, int]
    error: str


class Recorder:
    """Owns the file and its thread from construction to `close()`."""

    def __init__(self, path: Path, max_bytes: int = 64 << 20) -> None:
        self._file = McapFile(path)
        self._max_bytes = max_bytes
        self._queue: deque[tuple[str, int, bytes]] = deque()
        self._lock = threading.Lock()
        # Each number has one writing thread; only their difference and their sums are read elsewhere.
        self._put_bytes = 0
        self._taken_bytes = 0
        self._refused: Counter[str] = Counter()
        self._unwritten: Counter[str] = Counter()
        self._error = ""
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def add_topic(self, topic: str, type_name: str, definition: str, offered_qos: str = "") -> None:
        """Make `topic` known before its first message."""
        with self._lock:
            self._file.add_topic(topic, type_name, definition, offered_qos)

    def put(self, topic: str, log_ns: int, data: bytes) -> None:
        """Queue one message. Never blocks longer than a copy of references takes."""
        queued_bytes = self._put_bytes - self._taken_bytes
        if queued_bytes + len(data) > self._max_bytes or self._error or self._ending.is_set():
            self._refused[topic] += 1
            return
        self._put_bytes += len(data)
        self._queue.append((topic, log_ns, data))

    def lost(self, topic: str, count: int) -> None:
        """Count messages that the middleware says it lost before they came here."""
        self._refused[topic] += count

    def counts(self) -> Counts:
        return Counts(dict(self._file.counts), dict(self._refused + self._unwritten), self._error)

    def close(self, tell: Callable[[int], None] = lambda waiting_bytes: None) -> None:
        """Write what is queued, the losses and the index; join the thread. `tell` hears each second what is left."""
        self._ending.set()
        while self._thread.is_alive():
            self._thread.join(_TELL_S)
            if self._thread.is_alive():
                tell(self._put_bytes - self._taken_bytes)

    def _run(self) -> None:
        flushed_s = time.monotonic()
        while not self._ending.wait(DRAIN_S):
            self._drain()
            if time.monotonic() - flushed_s >= FLUSH_S:
                flushed_s = time.monotonic()
                self._attempt(self._file.flush)
        self._drain()
        self._attempt(self._close_file)

    def _drain(self) -> None:
        # Only what is there now: the producer must not be able to keep this loop from flushing.
        for _ in range(len(self._queue)):
            topic, log_ns, data = self._queue.popleft()
            self._taken_bytes += len(data)
            if self._error or not self._attempt(self._file.write, topic, log_ns, data):
                self._unwritten[topic] += 1

    def _attempt(self, act: Callable[..., None], *args: object) -> bool:
        """Do `act` under the lock; after the first failure to write nothing is tried again."""
        try:
            with self._lock:
                act(*args)
        except OSError as error:
            self._error = self._error or f"cannot write {self._file.path.name}: {error.strerror or error}"
            return False
        return True

    def _close_file(self) -> None:
        totals = {name: str(count) for name, count in self._file.counts.items()}
        losses = {name: str(count) for name, count in (self._refused + self._unwritten).items()}
        self._file.close({"port.recorded": totals, "port.lost": losses})
