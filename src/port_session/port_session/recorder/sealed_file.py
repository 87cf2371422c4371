"""A sealed file that grows by whole pieces, as WholeFile does: MCAP in, age v1 on the disk. Not thread-safe.

A piece of an age file is opened when all of its 64 KiB are there. So each save fills what was written up to the next
border with a record that no reader of MCAP looks at: a writer that is killed leaves what was saved. What a save did not
put on the disk is sealed already, and the next one writes the same bytes.
"""

import struct
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from port_session.recorder.age_format import CHUNK_BYTES
from port_session.recorder.age_writer import AgeWriter
from port_session.recorder.whole_file import WholeFile

#: MCAP leaves opcodes from 0x80 on to whoever needs some; readers pass them over.
FILLING_OPCODE = 0x80
_HEAD = struct.Struct("<BQ")


def filling(gap_bytes: int) -> bytes:
    """An MCAP record that fills a gap, and one chunk more where the gap is shorter than the head of a record."""
    if gap_bytes == 0:
        return b""
    length = gap_bytes - _HEAD.size if gap_bytes >= _HEAD.size else gap_bytes - _HEAD.size + CHUNK_BYTES
    return _HEAD.pack(FILLING_OPCODE, length) + bytes(length)


class SealedFile:
    """The file at `path`, which must not exist, sealed to `recipients`, for a writer of MCAP. Raises OSError."""

    def __init__(self, path: Path, recipients: Sequence[X25519PublicKey]) -> None:
        self._file = WholeFile(path)
        self._age = AgeWriter(self._file, recipients)

    @property
    def unsaved_bytes(self) -> int:
        """How much of the file is in memory only, by whole chunks."""
        return self._file.unsaved_bytes

    def write(self, data: bytes) -> int:
        """Append in memory."""
        return self._age.write(data)

    def tell(self) -> int:
        """Where the next byte will be, in the MCAP."""
        return self._age.tell()

    def flush(self) -> None:
        """For writers that call it; only `save` reaches the disk."""

    def save(self) -> None:
        """Put everything on the disk, between two records. If that fails (OSError), the file ends where it did."""
        self._age.write(filling(self._age.gap_bytes))
        self._age.seal_whole_chunks()
        self._file.save()

    def end(self) -> None:
        """Put the last chunk on the disk, by which a reader knows that nothing is missing. Raises OSError."""
        self._age.end()
        self._file.save()

    def close(self) -> None:
        """Let go of the file; what is unsaved is dropped."""
        self._file.close()
