"""A file that grows by whole pieces: what could not be put on the disk whole is not there in part.

Nothing is lost by a full disk: what was not saved stays in memory, and the next `save` tries again. Not thread-safe.
"""

import contextlib
import os
from pathlib import Path


class WholeFile:
    """The file at `path`, as a stream for writers that only append. With `new` it must not exist. Raises OSError."""

    def __init__(self, path: Path, new: bool = True) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | (os.O_EXCL if new else 0), 0o644)
        self._saved_bytes = os.fstat(self._descriptor).st_size
        self._unsaved = bytearray()

    @property
    def unsaved_bytes(self) -> int:
        """How much is in memory only."""
        return len(self._unsaved)

    def write(self, data: bytes) -> int:
        """Append in memory."""
        self._unsaved += data
        return len(data)

    def tell(self) -> int:
        """Where the next byte will be."""
        return self._saved_bytes + len(self._unsaved)

    def flush(self) -> None:
        """For writers that call it; only `save` reaches the disk."""

    def save(self) -> None:
        """Put everything on the disk. If that fails (OSError), the file ends where it ended before."""
        if not self._unsaved:
            return
        try:
            self._put()
            os.fdatasync(self._descriptor)
        except OSError:
            # Also after a failed sync: only bytes that are written anew are sure to be tried anew.
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._saved_bytes)
            raise
        self._saved_bytes += len(self._unsaved)
        self._unsaved.clear()

    def end(self) -> None:
        """Put everything on the disk, and nothing after it. Raises OSError."""
        self.save()

    def close(self) -> None:
        """Let go of the file; what is unsaved is dropped."""
        os.close(self._descriptor)

    def _put(self) -> None:
        with memoryview(self._unsaved) as data:
            place = 0
            while place < len(data):
                place += os.pwrite(self._descriptor, data[place:], self._saved_bytes + place)
