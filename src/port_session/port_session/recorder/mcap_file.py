"""One MCAP file being written, open or sealed: raw CDR in, chunks of about a second out.

A chunk that has been saved survives the death of the writer, and one that cannot be saved is not there in part. Not
thread-safe: one thread owns it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, cast

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from mcap.writer import CompressionType, Writer

from port_session.recorder.sealed_file import SealedFile
from port_session.recorder.whole_file import WholeFile

CHUNK_BYTES = 1 << 20
SUFFIX, SEALED_SUFFIX = ".mcap", ".mcap.age"


def unused_path(path: Path) -> Path:
    """`path`, or the first of path_1, path_2 … that does not exist: evidence is never overwritten."""
    return unused_paths([path])[0]


def unused_paths(paths: Sequence[Path]) -> list[Path]:
    """The same for files that belong together: all of them get the same number.

    Nor is an open and a sealed one called alike: that is a sealed one and its opened copy.
    """
    candidates, number = list(paths), 0
    while any(candidate.with_name(name).exists() for candidate in candidates for name in _alike(candidate)):
        number += 1
        candidates = [path.with_name(f"{stem(path)}_{number}{path.name[len(stem(path)) :]}") for path in paths]
    return candidates


def _alike(path: Path) -> tuple[str, ...]:
    return path.name, stem(path) + SUFFIX, stem(path) + SEALED_SUFFIX


def stem(path: Path) -> str:
    """What a recording is called without what it ends with."""
    return path.name.removesuffix(SEALED_SUFFIX) if path.name.endswith(SEALED_SUFFIX) else path.stem


class McapFile:
    """Writes messages of any number of topics; `close()` adds the index. recipients: to whom it is sealed, if to any.

    saved: messages on the disk by topic; a new mapping after each save, never changed.
    """

    def __init__(self, path: Path, recipients: Sequence[X25519PublicKey] = ()) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.saved: Mapping[str, int] = {}
        self._file: SealedFile | WholeFile = SealedFile(path, recipients) if recipients else WholeFile(path)
        self._writer = Writer(cast(IO[Any], self._file), chunk_size=CHUNK_BYTES, compression=CompressionType.ZSTD)
        self._writer.start(profile="ros2", library="port")
        self._schemas: dict[str, int] = {}
        self._channels: dict[str, int] = {}
        self._taken: Counter[str] = Counter()

    @property
    def chunk_waits(self) -> bool:
        """Whether a whole chunk is in memory only."""
        return self._file.unsaved_bytes > 0

    @property
    def unsaved(self) -> Counter[str]:
        """Messages taken that are not on the disk, by topic."""
        return self._taken - Counter(self.saved)

    def add_topic(self, topic: str, type_name: str, definition: str, metadata: Mapping[str, str]) -> None:
        """Make `topic` known; a topic keeps the type it first had. Does nothing if it is known already."""
        if topic in self._channels:
            return
        if type_name not in self._schemas:
            self._schemas[type_name] = self._writer.register_schema(type_name, "ros2msg", definition.encode())
        self._channels[topic] = self._writer.register_channel(topic, "cdr", self._schemas[type_name], dict(metadata))
        self._taken[topic] = 0

    def write(self, topic: str, log_ns: int, data: bytes) -> None:
        """Append one message. log_ns: arrival, system clock. Raises KeyError for an unknown topic."""
        self._taken[topic] += 1
        self._writer.add_message(self._channels[topic], log_ns, data, log_ns, self._taken[topic])

    def save(self) -> None:
        """End the chunk and put it on the disk: what was written so far can be read whatever happens next.

        Raises OSError; then nothing of it is there, and all of it is tried again by the next `save`.
        """
        self._writer.flush()
        self._file.save()
        self.saved = dict(self._taken)

    def close(self, lost: Mapping[str, int]) -> None:
        """Add what was recorded and what was lost by topic, then the index, and close.

        Raises OSError; what could be saved before stays.
        """
        try:
            self.save()
            self._writer.add_metadata("port.recorded", _texts(self.saved))
            self._writer.add_metadata("port.lost", _texts(lost))
            self._file.save()
            self._writer.finish()
            self._file.end()
        finally:
            self._file.close()


def _texts(counts: Mapping[str, int]) -> dict[str, str]:
    return {name: str(count) for name, count in counts.items()}
