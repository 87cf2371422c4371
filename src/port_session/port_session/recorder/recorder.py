"""The recorder: a bounded queue in front of a thread that owns the file.

`put()` never waits. What does not fit into the queue, or never reaches the disk, is counted as lost by topic: a loss is
never silent. While nothing can be written (a full disk) messages wait in the queue; when there is room again the
recording goes on. It must not know ROS.
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from port_session.recorder.mcap_file import McapFile

#: Sleeping between drains instead of waking for every message keeps the processor for the gate.
DRAIN_S = 0.1
SAVE_S = 0.8

#: Of messages that may wait for the disk; what does not fit is lost.
MAX_BYTES = 64 << 20

#: From when on a write that has not come back is told: a disk that only is slow answers sooner.
STUCK_S = 5.0

#: How often a close that takes long says what is left.
_TELL_S = 1.0

#: Streams of which every message counts. Of the others the newest matters: one that was overtaken is no loss.
COMPLETE_TYPES = frozenset(
    {"port_interfaces/msg/WrenchBlock", "port_interfaces/msg/SafetyEvent", "port_interfaces/msg/SessionEvent"}
)


@dataclass(frozen=True)
class Counts:
    """How the recording stands: messages by topic on the disk and lost, bytes that wait.

    stuck_s: how long the disk has not answered the present write, 0 while it does. error: why nothing can be written
    now, empty while it works. failure: why the recorder ended by itself.
    """

    written: Mapping[str, int]
    lost: Mapping[str, int]
    waiting_bytes: int = 0
    stuck_s: float = 0.0
    error: str = ""
    failure: str = ""


@dataclass(frozen=True)
class _Topic:
    name: str
    type_name: str
    definition: str
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class _Message:
    topic: str
    log_ns: int
    data: bytes


class Recorder:
    """Owns the file and its thread from construction to `close()`. Raises OSError if the file cannot be made.

    recipients: to whom the file is sealed, if to any.
    """

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES, recipients: Sequence[X25519PublicKey] = ()) -> None:
        self._path = path
        self._file = McapFile(path, recipients)  # from the start of the thread on only the thread's
        self._max_bytes = max_bytes
        # Held for a few assignments, never while anything is written.
        self._lock = threading.Lock()
        self._queue: deque[_Topic | _Message] = deque()
        self._queued_bytes = 0
        self._lost: Counter[str] = Counter()
        self._written: Mapping[str, int] = {}
        self._error = self._failure = ""
        self._went_on_s = time.monotonic()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def add_topic(self, topic: str, type_name: str, definition: str, metadata: Mapping[str, str]) -> None:
        """Make `topic` known before its first message. Never waits. metadata: of the file's channel."""
        with self._lock:
            self._queue.append(_Topic(topic, type_name, definition, metadata))

    def put(self, topic: str, log_ns: int, data: bytes) -> None:
        """Queue one message. Never waits."""
        with self._lock:
            if self._queued_bytes + len(data) > self._max_bytes or self._failure or self._ending.is_set():
                self._lost[topic] += 1
                return
            self._queued_bytes += len(data)
            self._queue.append(_Message(topic, log_ns, data))

    def lost(self, topic: str, count: int) -> None:
        """Count messages that the middleware says it lost before they came here."""
        with self._lock:
            self._lost[topic] += count

    def counts(self) -> Counts:
        """How the recording stands now."""
        with self._lock:
            return Counts(
                self._written, dict(self._lost), self._queued_bytes, self.stuck_s, self._error, self._failure
            )  # fmt: skip

    @property
    def stuck_s(self) -> float:
        """How long the disk has not answered the present write; 0 while it does."""
        late_s = time.monotonic() - self._went_on_s
        return late_s if late_s > STUCK_S and self._thread.is_alive() else 0.0

    def end(self) -> None:
        """Take nothing more; `close` waits until all is written. Never waits."""
        self._ending.set()

    def close(self, tell: Callable[[int], None] = lambda waiting_bytes: None) -> None:
        """Write what is queued, the losses and the index; join the thread. `tell` hears each second what is left."""
        self.end()
        while self._thread.is_alive():
            self._thread.join(_TELL_S)
            if self._thread.is_alive():
                tell(self.counts().waiting_bytes)

    # --- the thread's own ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            saved_s = time.monotonic()
            while not self._ending.wait(DRAIN_S):
                self._went_on_s = time.monotonic()
                self._drain()
                if time.monotonic() - saved_s >= SAVE_S:
                    saved_s = time.monotonic()
                    self._save()
            if self._save():
                self._drain()
            self._finish()
        except Exception as error:  # whatever it is: it must be told, and the next recorder begins a new file
            self._fail(f"{self._path.name}: recording ended by itself: {error!r}")

    def _drain(self) -> None:
        """Write what is queued now, chunk by chunk; nothing while the disk takes nothing."""
        for _ in range(len(self._queue)):
            if self._error or (self._file.chunk_waits and not self._save()):
                return
            self._went_on_s = time.monotonic()
            with self._lock:
                entry = self._queue.popleft()
                self._queued_bytes -= len(entry.data) if isinstance(entry, _Message) else 0
            if isinstance(entry, _Message):
                self._file.write(entry.topic, entry.log_ns, entry.data)
            else:
                self._file.add_topic(entry.name, entry.type_name, entry.definition, entry.metadata)

    def _save(self) -> bool:
        """Whether everything written so far is on the disk."""
        try:
            self._file.save()
        except OSError as error:
            self._tell(error)
            return False
        with self._lock:
            self._written, self._error = self._file.saved, ""
        return True

    def _finish(self) -> None:
        """Close the file. What did not reach the disk is lost."""
        lost = self._give_up_the_queue()
        try:
            self._file.close(lost)
        except OSError as error:
            self._tell(error)
        with self._lock:
            self._written = self._file.saved
            self._lost += self._file.unsaved

    def _tell(self, error: OSError) -> None:
        with self._lock:
            self._error = f"cannot write {self._path.name}: {error.strerror or error}"

    def _fail(self, reason: str) -> None:
        with self._lock:
            self._failure = reason
            self._lost += self._file.unsaved
        self._give_up_the_queue()

    def _give_up_the_queue(self) -> Counter[str]:
        """Count what is still queued as lost; gives all that is lost by now."""
        with self._lock:
            self._lost.update(entry.topic for entry in self._queue if isinstance(entry, _Message))
            self._queue.clear()
            self._queued_bytes = 0
            return self._lost.copy()
