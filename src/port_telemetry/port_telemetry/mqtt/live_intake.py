"""Live state between whoever makes it and the sender's thread, and the account of what never touches the spool."""

import threading
import time
from collections import Counter
from collections.abc import Iterable

from port_telemetry.core.counts import Counts
from port_telemetry.core.live import LiveQueue
from port_telemetry.core.record import Record

_MAX_LIVE = 1000


class LiveIntake:
    """Thread-safe; its lock is held for moments, never while waiting. live_s: how long a state is worth sending."""

    def __init__(self, live_s: float) -> None:
        self._queue, self._counts = LiveQueue(_MAX_LIVE, live_s), Counts()
        self._closed = False
        self._lock = threading.Lock()

    def __len__(self) -> int:
        with self._lock:
            return len(self._queue)

    def offer(self, record: Record) -> bool:
        """Queue `record`; whether it is queued."""
        with self._lock:
            self._counts.offered[record.topic] += 1
            if self._closed:
                self._counts.dropped[record.topic] += 1
                return False
            self._count_dropped(self._queue.offer(record, time.monotonic()))
            return True

    def refuse(self, topic: str) -> None:
        """Account for something that could not even become a record of `topic`."""
        with self._lock:
            self._counts.offered[topic] += 1
            self._counts.rejected[topic] += 1

    def take(self) -> Record | None:
        """The state to send next, or None; what has become too old is dropped."""
        with self._lock:
            self._count_dropped(self._queue.expire(time.monotonic()))
            return self._queue.take()

    def settle(self, record: Record, taken: bool) -> None:
        """The broker took `record`, or did not."""
        with self._lock:
            (self._counts.published if taken else self._counts.rejected)[record.topic] += 1

    def lose(self, records: Iterable[Record]) -> None:
        """These were on their way when the connection ended: a newer one is about to come."""
        with self._lock:
            self._count_dropped(records)

    def close(self) -> None:
        """Take nothing more."""
        with self._lock:
            self._closed = True

    def clear(self) -> None:
        """Drop what waits."""
        with self._lock:
            self._count_dropped(self._queue.clear())

    def account(self) -> Counts:
        """A copy of the counts."""
        with self._lock:
            c = self._counts
            return Counts(*map(Counter, (c.offered, c.published, c.dropped, c.rejected)))

    def _count_dropped(self, records: Iterable[Record]) -> None:
        for record in records:
            self._counts.dropped[record.topic] += 1
