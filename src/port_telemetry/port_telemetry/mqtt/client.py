"""The sender: takes records without ever making the giver wait, and keeps a connection up that carries them away.

One thread owns the network. What is offered is accounted for: published (confirmed by the broker), dropped or
rejected; what was in flight when a connection broke is sent again on the next one. It keeps nothing on disk.
"""

import os
import random
import select
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from port_telemetry.core.counts import Counts
from port_telemetry.core.priority import Queue
from port_telemetry.core.record import Record
from port_telemetry.mqtt.connection import Connection, Timing
from port_telemetry.mqtt.target import Target

_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.25, 5.0
_STEP_S = 0.5


@dataclass(frozen=True)
class Limits:
    """max_records wait at most; a payload above max_payload_bytes is refused; window are unconfirmed at most."""

    max_records: int = 20_000
    max_payload_bytes: int = 256 * 1024
    window: int = 100


_LIMITS, _TIMING = Limits(), Timing()


@dataclass(frozen=True)
class Status:
    """The sender now. failure: why it is not connected, one line for people; empty if it is or never tried."""

    connected: bool
    failure: str
    waiting: int
    offered: int
    published: int
    dropped: int
    rejected: int


def retry_delay_s(failures: int, chance: float) -> float:
    """How long to wait after `failures` (1, 2, …) in a row; `chance` in [0, 1) keeps edges from coming all at once."""
    return min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2.0 ** min(failures - 1, 16)) * (0.5 + 0.5 * chance)


class Sender:
    """Sends records to `target` from a thread of its own, from birth until `close`."""

    def __init__(self, target: Target, epoch: int, limits: Limits = _LIMITS, timing: Timing = _TIMING) -> None:
        self._target, self._epoch, self._limits, self._timing = target, epoch, limits, timing
        self._queue = Queue(limits.max_records, timing.live_s)
        self._counts = Counts()
        self._in_flight = 0
        self._connected, self._failure = False, ""
        self._closed, self._end_s = False, float("inf")
        #: Guards the queue and the counts; held for moments, never while waiting.
        self._lock = threading.Lock()
        self._wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name="mqtt-sender", daemon=True)
        self._thread.start()

    def offer(self, record: Record) -> None:
        """Hand over a record; never waits for the network, never raises for what becomes of the record."""
        with self._lock:
            self._counts.offered[record.topic] += 1
            if self._closed:
                self._counts.dropped[record.topic] += 1
                return
            if len(record.payload) > self._limits.max_payload_bytes:
                self._counts.rejected[record.topic] += 1
                return
            self._count_dropped(self._queue.offer(record, time.monotonic()))
            os.eventfd_write(self._wake_fd, 1)

    def refuse(self, topic: str) -> None:
        """Account for something that could not even become a record of `topic`."""
        with self._lock:
            self._counts.offered[topic] += 1
            self._counts.rejected[topic] += 1

    def status(self) -> Status:
        """Connection and totals."""
        with self._lock:
            counts, waiting = self._counts, len(self._queue) + self._in_flight
            totals = [c.total() for c in (counts.offered, counts.published, counts.dropped, counts.rejected)]
            return Status(self._connected, self._failure, waiting, *totals)

    def summary(self) -> dict[str, Any]:
        """Totals and counts by topic; after `close` they add up: offered = published + dropped + rejected."""
        with self._lock:
            return self._counts.summary()

    def close(self, deadline_s: float = 1.0) -> None:
        """Send what waits for up to `deadline_s`, end the thread, count the rest as dropped. May be called again."""
        with self._lock:
            if self._closed:
                return
            self._closed, self._end_s = True, time.monotonic() + deadline_s
            os.eventfd_write(self._wake_fd, 1)
        # The thread may be inside of a TCP connect, which nothing interrupts.
        self._thread.join(deadline_s + self._timing.tcp_s + 0.5)
        with self._lock:
            self._count_dropped(self._queue.clear())
        if not self._thread.is_alive():
            os.close(self._wake_fd)

    def _run(self) -> None:
        failures = 0
        while not self._closed:
            connection = Connection(self._target, self._epoch, self._on_confirmed, self._limits.window, self._timing)
            connection.open()
            was_ready = self._serve(connection)
            connection.close()
            self._recover(connection)
            failures = 1 if was_ready else failures + 1
            self._pause(retry_delay_s(failures, random.random()))

    def _serve(self, connection: Connection) -> bool:
        """Carry records until the connection ends or the sender does; says whether it ever stood."""
        while not connection.failure and not self._finished(connection):
            self._connected = connection.ready
            self._pump(connection)
            left_s = self._end_s - time.monotonic()
            connection.step(self._wake_fd, max(0.0, min(_STEP_S, left_s)))
        self._connected, self._failure = False, connection.failure
        return connection.ready

    def _finished(self, connection: Connection) -> bool:
        if not self._closed:
            return False
        with self._lock:
            empty = not len(self._queue) and not connection.in_flight
        return empty or time.monotonic() >= self._end_s

    def _pump(self, connection: Connection) -> None:
        while connection.room > 0 and (record := self._take()) is not None:
            if not connection.publish(record):
                self._on_confirmed(record, False)

    def _take(self) -> Record | None:
        with self._lock:
            self._count_dropped(self._queue.expire(time.monotonic()))
            record = self._queue.take()
            self._in_flight += record is not None
            return record

    def _on_confirmed(self, record: Record, taken: bool) -> None:
        with self._lock:
            self._in_flight -= 1
            (self._counts.published if taken else self._counts.rejected)[record.topic] += 1

    def _recover(self, connection: Connection) -> None:
        """Records whose fate is unknown go again; the facility knows a copy by its epoch, topic and seq."""
        with self._lock:
            self._in_flight = 0
            self._count_dropped(self._queue.put_back(connection.in_flight.values()))

    def _pause(self, delay_s: float) -> None:
        until_s = time.monotonic() + delay_s
        while not self._closed and (left_s := until_s - time.monotonic()) > 0:
            if select.select([self._wake_fd], [], [], left_s)[0]:
                os.eventfd_read(self._wake_fd)

    def _count_dropped(self, records: Iterable[Record]) -> None:
        for record in records:
            self._counts.dropped[record.topic] += 1
