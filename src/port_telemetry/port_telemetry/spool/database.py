"""Opens the spool's file: one owner, commits that are durable; a damaged file is set aside, not thrown away."""

import contextlib
import fcntl
import os
import sqlite3
import time
from pathlib import Path

from port_telemetry.spool import schema

FILE, _LOCK, _RESERVE = "spool.sqlite", "lock", "reserve"

#: What a full disk leaves to write a deletion with.
RESERVE_BYTES = 8 * 1024 * 1024
#: How large the log may get before it is carried over into the file.
LOG_BYTES = RESERVE_BYTES // 2
#: How many pages go back to the file system at a time: each of them may first move another one, through the log.
SHRINK_PAGES = 64
#: Codes that say there is no room: SQLITE_FULL, and SQLITE_IOERR_WRITE and its kin, which a file size limit gives.
_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)


class SpoolError(Exception):
    """The spool cannot be used; one line for people, with what mends it."""


def no_room(error: sqlite3.Error) -> bool:
    """Whether the disk, a quota or a limit refused to take more."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _NO_ROOM


def claim(folder: Path) -> int:
    """Become the one owner of the spool in `folder`; returns the lock's descriptor. Raises SpoolError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SpoolError(f"{folder}: {error.strerror}; choose a folder you own") from error
    if not _locked(lock):
        owner = _owner(lock)
        os.close(lock)
        raise SpoolError(
            f"{folder} is in use by another process{owner and f' ({owner})'}; end it or choose another folder"
        )
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock


def holder(folder: Path) -> int:
    """The process that has the spool in `folder` open; 0 if none has, or -1 if it did not write down which."""
    try:
        lock = os.open(folder / _LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _owner(lock) or -1
    finally:
        os.close(lock)
    return 0


def _locked(lock: int) -> bool:
    # Whoever looks who holds it has it for a moment too.
    for _ in range(5):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.01)
        else:
            return True
    return False


def _owner(lock: int) -> int:
    text = os.pread(lock, 20, 0).strip()
    return int(text) if text.isdigit() else 0


def open_writer(folder: Path) -> tuple[sqlite3.Connection, str]:
    """The one connection that writes, and a word about a damaged file that was set aside. Raises SpoolError."""
    try:
        return _writer(folder / FILE), ""
    except sqlite3.OperationalError as error:
        raise SpoolError(f"{folder / FILE}: {error}; free some space or mend its rights") from error
    except sqlite3.DatabaseError as error:
        aside = folder / f"damaged-{time.time_ns()}.sqlite"
        for ending in ("-wal", "-shm"):
            (folder / f"{FILE}{ending}").unlink(missing_ok=True)
        (folder / FILE).rename(aside)
        return _writer(folder / FILE), f"the spool was damaged ({error}) and lies in {aside}"


def open_reader(folder: Path) -> sqlite3.Connection:
    """A connection that only reads; for another thread than the writer's."""
    connection = sqlite3.connect(folder / FILE, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _writer(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    try:
        connection.execute(f"PRAGMA page_size = {schema.PAGE_BYTES}")
        # So that what is deleted can be given back to the file system; see `shrink`.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        # A commit returns when it is on the disk: only then may anyone call a record durable.
        connection.execute("PRAGMA synchronous = FULL")
        # What is in the log must find room in the file when the disk is full and the reserve is given up.
        connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_BYTES // schema.PAGE_BYTES}")
        connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
        _create(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _create(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version not in (0, schema.VERSION):
        raise SpoolError(f"the spool is of version {version}, this program's is {schema.VERSION}; send it with its own")
    if not version:
        connection.executescript(f"BEGIN IMMEDIATE; {schema.CREATE} PRAGMA user_version = {schema.VERSION}; COMMIT;")
    connection.execute(schema.CREATE_POSITION)


def empty_log(connection: sqlite3.Connection) -> None:
    """Carry over into the file what the log holds, and give its room back, if there is room to do so."""
    with contextlib.suppress(sqlite3.Error):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def shrink(connection: sqlite3.Connection, pages: int = SHRINK_PAGES) -> int:
    """Give so many free pages back to the file system; returns how many are still free."""
    # `execute` takes one step of a pragma without columns, which frees one page; a script is run to its end.
    connection.executescript(f"PRAGMA incremental_vacuum({pages})")
    return int(connection.execute("PRAGMA freelist_count").fetchone()[0])


class Reserve:
    """A file that can be given up so that a full disk takes a deletion."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _RESERVE
        self.take()

    @property
    def held(self) -> bool:
        return self._path.exists()

    def take(self) -> bool:
        """Hold it; False if there is no room for it."""
        if self.held:
            return True
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
        except OSError:
            self.give_up()
        finally:
            os.close(descriptor)
        return self.held

    def give_up(self) -> None:
        """Free its room."""
        self._path.unlink(missing_ok=True)
