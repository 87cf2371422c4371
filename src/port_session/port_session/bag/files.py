"""The door to the disk: lists a folder, reads, copies and links its files. It follows no link and opens only files.

Paths inside are UTF-8 with /, whatever the locale says names are; bytes that are no UTF-8 become surrogates.
"""

import contextlib
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from port_ros.file_kind import not_a_file
from port_session.bag.progress import ReadProgress

_BLOCK_BYTES = 1 << 20
#: A name that is swapped for a link or a pipe after it was listed is not followed and not waited for.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True)
class FileState:
    """What shows that a file was written to."""

    size: int
    modified_ns: int


@dataclass
class Listing:
    """What lies below a folder, by path. others: what is no file, with why; folders: those in which nothing lies."""

    files: dict[str, FileState] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)

    @property
    def total_bytes(self) -> int:
        """Of all files."""
        return sum(state.size for state in self.files.values())


def listing(root: Path) -> Listing:
    """All below `root`, in the order of the names. Raises OSError where `root` itself cannot be read."""
    found, waiting = Listing(), [b""]
    with _named(os.fsencode(root)):
        while waiting:
            folder = waiting.pop()
            waiting += _list(found, os.fsencode(root), folder)
    return found


def _list(found: Listing, root: bytes, folder: bytes) -> list[bytes]:
    """Add what is in one folder to `found`; returns the folders in it."""
    try:
        names = sorted(os.listdir(_join(root, folder)))  # noqa: PTH208  (as bytes)
    except OSError as error:
        if not folder:
            raise
        found.others[_path(folder)] = f"cannot be read: {error.strerror}"
        return []
    if folder and not names:
        found.folders.append(_path(folder))
    paths = [_join(folder, name) for name in names]
    return [path for path in paths if _is_folder(found, root, path)]


def _is_folder(found: Listing, root: bytes, relative: bytes) -> bool:
    """Whether it is one; anything else is added to `found`."""
    about = os.lstat(_join(root, relative))
    if stat.S_ISREG(about.st_mode):
        found.files[_path(relative)] = FileState(about.st_size, about.st_mtime_ns)
    elif stat.S_ISLNK(about.st_mode):
        found.others[_path(relative)] = "is a symbolic link"
    elif not stat.S_ISDIR(about.st_mode):
        found.others[_path(relative)] = not_a_file(os.fsdecode(_join(root, relative)))
    return stat.S_ISDIR(about.st_mode)


def located(root: Path, path: str) -> bytes:
    """Where the file with this path in `root` lies."""
    return _join(os.fsencode(root), path.encode("utf-8", "surrogateescape"))


def read(root: Path, path: str, most_bytes: int) -> bytes:
    """The first bytes of a file. Raises OSError, also for what is no file."""
    with _open(located(root, path)) as descriptor, os.fdopen(os.dup(descriptor), "rb") as file:
        return file.read(most_bytes)


def digest(source: bytes, progress: ReadProgress) -> str:
    """The SHA-256 of a file, in hexadecimal. Raises OSError, also for what is no file."""
    return _read_through(source, lambda block: None, progress)


def copy(source: bytes, target: bytes, progress: ReadProgress) -> str:
    """Copy a file and return its SHA-256. What it holds is on the disk then. The copy is not writable: it is sealed."""
    with _new(target) as written:
        copied = _read_through(source, lambda block: _write_all(written, target, block), progress)
        os.fchmod(written, stat.S_IMODE(os.lstat(source).st_mode) & 0o444)
        return copied


def make_folder_of(target: bytes) -> None:
    """The folder in which `target` is to lie. Raises OSError."""
    with _named(target):
        os.makedirs(target.rpartition(b"/")[0], exist_ok=True)  # noqa: PTH103  (as bytes)


def link(source: bytes, target: bytes) -> bool:
    """Whether `target` could be made another name of `source`: not on another disk, nor on one that knows no links."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        return False
    return True


def write(target: bytes, data: bytes) -> None:
    """A new file on the disk, not writable. Raises OSError."""
    with _new(target) as written:
        _write_all(written, target, memoryview(data))


def sync_folders(root: Path) -> None:
    """Put the names of all files below `root` on the disk."""
    for folder, _, _ in os.walk(root):
        sync_folder(Path(folder))


def sync_folder(folder: Path) -> None:
    """Put the names in `folder` on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_through(source: bytes, take: Callable[[memoryview], None], progress: ReadProgress) -> str:
    """SHA-256 of a file, of which `take` is given block after block."""
    sha, block = hashlib.sha256(), memoryview(bytearray(_BLOCK_BYTES))
    with _open(source) as descriptor:
        while count := os.readv(descriptor, [block]):
            sha.update(block[:count])
            take(block[:count])
            progress.add(count)
    return sha.hexdigest()


def _write_all(descriptor: int, target: bytes, data: memoryview) -> None:
    with _named(target):
        while data:
            data = data[os.write(descriptor, data) :]


@contextlib.contextmanager
def _open(path: bytes) -> Iterator[int]:
    """For reading."""
    with _named(path):
        descriptor = os.open(path, _READ)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(None, "is no file", os.fsdecode(path))
            yield descriptor
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _new(target: bytes) -> Iterator[int]:
    """For writing; on the disk at the end."""
    with _named(target):
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444)
        try:
            yield descriptor
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _named(path: bytes) -> Iterator[None]:
    """An error of the disk names the file, as text: without a name it would be taken for one of the terminal."""
    try:
        yield
    except OSError as error:
        if isinstance(error.filename, str):
            raise
        raise OSError(error.errno, error.strerror, os.fsdecode(error.filename or path)) from error


def _join(folder: bytes, name: bytes) -> bytes:
    return folder + b"/" + name if folder and name else folder or name


def _path(relative: bytes) -> str:
    return relative.decode("utf-8", "surrogateescape")
