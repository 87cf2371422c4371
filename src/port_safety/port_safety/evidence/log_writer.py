"""Brings records to the disk without ever keeping the gate waiting: a bounded queue, and a thread behind it.

The thread keeps the priority of the process that starts it: a thread of normal priority that is pushed aside while it
holds the interpreter would hold up the gate's loop. It waits for the disk without the interpreter.
"""

import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path

from port_safety.evidence.hash_chain import Record
from port_safety.evidence.log_file import ChainFile

#: Stops come by ones; this many records wait for a disk that hangs before further ones are given up.
DEPTH = 512
RETRY_S = 0.5
_LAST_TRY_S = 0.1


class Writer:
    """offer() hands over; the rest is counted: written, given up, and what the disk says (empty while it is well)."""

    def __init__(self, path: Path, depth: int = DEPTH, open_file: Callable[[Path], ChainFile] = ChainFile) -> None:
        self.written = 0
        self.trouble = ""
        self._busy_since_s: float | None = None
        self._file = open_file(path)
        self._depth = depth
        self._refused = self._dropped = 0
        self._told = 0
        self._queue: queue.SimpleQueue[Record | None] = queue.SimpleQueue()
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._run, name="evidence", daemon=True)
        self._thread.start()

    def offer(self, record: Record) -> None:
        """Hand over a record that nobody changes any more. Never waits; a full queue means given up and counted."""
        if self._queue.qsize() >= self._depth:
            self._refused += 1
        else:
            self._queue.put(record)

    @property
    def given_up(self) -> int:
        """Records that never reached the disk. Counted by two threads, each its own."""
        return self._refused + self._dropped

    @property
    def waiting(self) -> int:
        """Records on their way to the disk."""
        return self._queue.qsize()

    def busy_s(self) -> float:
        """How long the disk has been at the present record."""
        since_s = self._busy_since_s
        return 0.0 if since_s is None else time.monotonic() - since_s

    @property
    def head(self) -> str:
        """Hash of the last line that is on the disk; whoever notes it can tell later that nothing was cut off."""
        return self._file.head

    def close(self, timeout_s: float) -> bool:
        """Write what waits, then end; False if the disk did not take all of it within `timeout_s`."""
        self._queue.put(None)
        self._thread.join(timeout_s)
        self._hurry.set()
        self._thread.join(_LAST_TRY_S)
        return not self._thread.is_alive() and not self.given_up

    def _run(self) -> None:
        while (record := self._queue.get()) is not None:
            if not self._keep(record):
                self._dropped += 1
            if self.given_up > self._told and self._queue.empty():
                self._admit()
        if self.given_up > self._told:
            self._admit()
        self._file.close()

    def _admit(self) -> None:
        """Say in the chain itself how many records never reached it."""
        count = self.given_up - self._told
        self._told += count
        self._keep({"kind": "not_kept", "stamp_ns": time.time_ns(), "records": count})

    def _keep(self, record: Record) -> bool:
        """Write it, again and again while the disk refuses; at the end of the process once more only."""
        self._busy_since_s = time.monotonic()
        wrote = self._wrote(record)
        while not wrote and not self._hurry.wait(RETRY_S):
            wrote = self._wrote(record)
        self._busy_since_s = None
        return wrote

    def _wrote(self, record: Record) -> bool:
        try:
            self._file.append(record)
        except OSError as error:
            self.trouble = str(error)
            return False
        except (TypeError, ValueError) as error:  # no record of the ledger's; the thread must outlive it
            self.trouble = f"a record that is none: {error}"
            self._dropped += 1
            return True
        self.trouble = ""
        self.written += 1
        return True
