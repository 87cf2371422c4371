"""One MCAP file being written: raw CDR in, chunks of about a second out.

A chunk that has been flushed survives the death of the writer. Not thread-safe: one thread owns it.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from mcap.writer import CompressionType, Writer

CHUNK_BYTES = 1 << 20


def unused_path(path: Path) -> Path:
    """`path`, or the first of path_1, path_2 … that does not exist: evidence is never overwritten."""
    candidate, number = path, 0
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.stem}_{number}{path.suffix}")
    return candidate


class McapFile:
    """Writes messages of any number of topics; `close()` adds the index."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file = path.open("xb")
        self._writer = Writer(self._file, chunk_size=CHUNK_BYTES, compression=CompressionType.ZSTD)
        self._writer.start(profile="ros2", library="port")
        self._schemas: dict[str, int] = {}
        self._channels: dict[str, int] = {}
        self.counts: dict[str, int] = {}

    def add_topic(self, topic: str, type_name: str, definition: str, offered_qos: str = "") -> None:
        """Make `topic` known; a topic keeps the type it first had. Does nothing if it is known already."""
        if topic in self._channels:
            return
        if type_name not in self._schemas:
            self._schemas[type_name] = self._writer.register_schema(type_name, "ros2msg", definition.encode())
        self._channels[topic] = self._writer.register_channel(
            topic, "cdr", self._schemas[type_name], {"offered_qos_profiles": offered_qos}
        )
        self.counts[topic] = 0

    def write(self, topic: str, log_ns: int, data: bytes) -> None:
        """Append one message. log_ns: arrival, system clock. Raises KeyError for an unknown topic, OSError."""
        self.counts[topic] += 1
        self._writer.add_message(self._channels[topic], log_ns, data, log_ns, self.counts[topic])

    def flush(self) -> None:
        """End the chunk and put it on the disk: what was written so far can be read whatever happens next."""
        self._writer.flush()
        self._file.flush()
        os.fdatasync(self._file.fileno())

    def close(self, metadata: Mapping[str, Mapping[str, str]]) -> None:
        """Add named metadata and the index, and close."""
        try:
            for name, values in metadata.items():
                self._writer.add_metadata(name, dict(values))
            self._writer.finish()
            self._file.flush()
            os.fsync(self._file.fileno())
        finally:
            self._file.close()
