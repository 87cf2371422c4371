"""One recording in several files: each topic goes into the file of those who may read it. It must not know ROS.

To whoever hands over messages it is one recorder: its counts are those of all its files together.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from port_session.recorder.recorder import MAX_BYTES, Counts, Recorder


@dataclass(frozen=True)
class RecordedFile:
    """What goes into one file, and to whom that is sealed; to nobody: it lies open."""

    path: Path
    topics: tuple[str, ...]
    recipients: tuple[X25519PublicKey, ...] = ()


class SplitRecorder:
    """Owns the recorders of `files` from construction to `close()`. Raises OSError if a file cannot be made."""

    def __init__(self, files: Sequence[RecordedFile], max_bytes: int = MAX_BYTES) -> None:
        self._recorders: list[Recorder] = []
        self._of_topic: dict[str, Recorder] = {}
        try:
            for file in files:
                recorder = Recorder(file.path, max_bytes // len(files), file.recipients)
                self._recorders.append(recorder)
                self._of_topic |= dict.fromkeys(file.topics, recorder)
        except OSError:
            self.close()
            raise

    def add_topic(self, topic: str, type_name: str, definition: str, metadata: Mapping[str, str]) -> None:
        """As Recorder's. Raises KeyError for a topic of no file."""
        self._of_topic[topic].add_topic(topic, type_name, definition, metadata)

    def put(self, topic: str, log_ns: int, data: bytes) -> None:
        """Queue one message. Never waits."""
        self._of_topic[topic].put(topic, log_ns, data)

    def lost(self, topic: str, count: int) -> None:
        """Count messages that the middleware says it lost before they came here."""
        self._of_topic[topic].lost(topic, count)

    def counts(self) -> Counts:
        """How the recording stands now, all files together."""
        parts = [recorder.counts() for recorder in self._recorders]
        return Counts(
            written={topic: count for part in parts for topic, count in part.written.items()},
            lost={topic: count for part in parts for topic, count in part.lost.items()},
            waiting_bytes=sum(part.waiting_bytes for part in parts),
            stuck_s=max(part.stuck_s for part in parts),
            error="; ".join(part.error for part in parts if part.error),
            failure="; ".join(part.failure for part in parts if part.failure),
        )

    @property
    def stuck_s(self) -> float:
        """How long the disk has not answered the longest write; 0 while it does."""
        return max(recorder.stuck_s for recorder in self._recorders)

    def close(self, tell: Callable[[int], None] = lambda waiting_bytes: None) -> None:
        """As Recorder's: all files are ended at once, and `tell` hears what is left of them together."""
        for recorder in self._recorders:
            recorder.end()
        for recorder in self._recorders:
            recorder.close(lambda _: tell(self.counts().waiting_bytes))
