"""A chain in a file: a line is on the disk when `append` returns, and a broken write leaves no half line behind.

A file that is there already is continued. What stands after its last sound line (a write that was broken off) is moved
to a file beside it, and the chain says so. It waits for the disk: never call it from the gate's loop.
"""

import fcntl
import hashlib
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

from port_safety.evidence import hash_chain as chain
from port_safety.evidence.hash_chain import Record


class ChainFile:
    """Of one writer at a time. seq, head: number and hash of the last line, 0 and "" before the first."""

    def __init__(self, path: Path, sync: Callable[[int], None] = os.fsync) -> None:
        self.path = path
        self.seq = 0
        self.head = ""
        self._sync = sync
        self._fd = -1
        self._notes: list[Record] = []
        self._unsure: tuple[Record, str] | None = None

    def append(self, record: Record) -> None:
        """Write one line. Raises OSError; call again with the same record then, it will be in the file once."""
        try:
            if self._fd < 0 or self._replaced():
                self._open()
            while self._notes:
                self._put(self._notes[0])
                self._notes.pop(0)
            self._put(record)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _put(self, record: Record) -> None:
        if self._unsure is not None and self._unsure[0] is record and self._unsure[1] == self.head:
            self._sync(self._fd)  # it was written, only nobody knew
        else:
            line = chain.encode(record, self.seq + 1, self.head)
            self._unsure = (record, chain.digest(line))
            _write_all(self._fd, line + b"\n")
            self._sync(self._fd)
            self.seq, self.head = self.seq + 1, self._unsure[1]
        self._unsure = None

    def _replaced(self) -> bool:
        """Whether somebody moved or removed the file: what is written into it now, nobody would find."""
        try:
            there = self.path.stat()
        except FileNotFoundError:
            return True
        return (there.st_ino, there.st_dev) != (os.fstat(self._fd).st_ino, os.fstat(self._fd).st_dev)

    def _open(self) -> None:
        self.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        if not stat.S_ISREG(os.fstat(self._fd).st_mode):
            raise OSError(f"{self.path} is no regular file")
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OSError(f"{self.path} belongs to another gate that runs") from error
        self._continue(self.path.read_bytes())

    def _continue(self, data: bytes) -> None:
        """Stand behind the last sound line."""
        end = chain.sound_length(data)
        if data[end:]:
            self._set_aside(data[end:], end)
        before = self.head
        last = data[data.rfind(b"\n", 0, max(0, end - 1)) + 1 : max(0, end - 1)]
        record = chain.decode(last) or {}
        self.seq, self.head = record.get("seq", 0), chain.digest(last) if last else ""
        arrived = self._unsure is not None and self._unsure[1] == self.head
        if before and before != self.head and not arrived:
            self._notes.append({"kind": "moved", "stamp_ns": time.time_ns(), "expected_head": before})
        _sync_folder(self.path.parent)

    def _set_aside(self, torn: bytes, end: int) -> None:
        number = 1
        while (beside := self.path.with_name(f"{self.path.stem}.torn-{number}{self.path.suffix}")).exists():
            number += 1
        with beside.open("xb") as file:
            file.write(torn)
            file.flush()
            self._sync(file.fileno())
        os.ftruncate(self._fd, end)
        digest = hashlib.sha256(torn).hexdigest()
        note = {"kind": "set_aside", "file": beside.name, "bytes": len(torn), "sha256": digest}
        self._notes.append({**note, "stamp_ns": time.time_ns()})


def _write_all(fd: int, data: bytes) -> None:
    """In one write where the disk takes it in one; half a line is set aside when the file is opened next."""
    while data:
        data = data[os.write(fd, data) :]


def _sync_folder(folder: Path) -> None:
    """So that a new file's name is on the disk too."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
