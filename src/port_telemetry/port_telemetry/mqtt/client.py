"""The sender: keeps a connection up that carries the spool to the facility, and live state beside it.

One thread owns the network. What is durable is sent, and deleted when the facility has acknowledged it; what is not
acknowledged goes again, on this connection or the next. Live state never waits on a disk and is never sent late.
"""

import os
import random
import select
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from port_telemetry.core.ack import Ack
from port_telemetry.core.counts import Counts
from port_telemetry.core.flow import Flow
from port_telemetry.core.live import LiveQueue
from port_telemetry.core.parcel import MAX_BUNDLE_RECORDS, Parcel, pack
from port_telemetry.core.record import Key, Lane, Record, Stream, gap
from port_telemetry.core.signature import is_safety
from port_telemetry.mqtt.connection import Answer, Connection, Timing
from port_telemetry.mqtt.target import Target
from port_telemetry.spool.progress import Progress, ProgressFile
from port_telemetry.spool.spool import Spool

_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.25, 5.0
_STEP_S = 0.5
_MAX_LIVE = 1000
#: From how many measurements on that wait in a sequence they go bundled, and how large a bundle is at most.
_BACKLOG_RECORDS, _BUNDLE_BYTES = 100, 128 * 1024
_DELETED = "deleted after the facility had acknowledged it"


@dataclass(frozen=True)
class Window:
    """messages: unconfirmed by the broker; parcels, bytes: unacknowledged by the facility. At most."""

    messages: int = 100
    parcels: int = 400
    bytes: int = 8 * 1024 * 1024


_WINDOW, _TIMING = Window(), Timing()


@dataclass(frozen=True)
class Status:
    """The sender now. failure: why it is not connected, one line for people; empty if it is or never tried.

    silence_s: how long the facility has not acknowledged what was sent; 0 if nothing is outstanding. forged: messages
    that pretended to be the facility's. distrusted: how often the facility refused a safety message in this edge's
    name for its signature. fault: what is wrong with the disk.
    """

    connected: bool
    failure: str
    waiting: int
    offered: int
    published: int
    dropped: int
    rejected: int
    silence_s: float = 0.0
    forged: int = 0
    fault: str = ""
    distrusted: int = 0


def retry_delay_s(failures: int, chance: float) -> float:
    """How long to wait after `failures` (1, 2, …) in a row; `chance` in [0, 1) keeps edges from coming all at once."""
    return min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2.0 ** min(failures - 1, 16)) * (0.5 + 0.5 * chance)


class Sender:
    """Sends what `spool` holds to `target` from a thread of its own, from birth until `close`."""

    def __init__(self, target: Target, spool: Spool, window: Window = _WINDOW, timing: Timing = _TIMING) -> None:
        self._target, self._spool, self._window, self._timing = target, spool, window, timing
        self._flow = Flow(window.parcels, window.bytes)
        self._live = LiveQueue(_MAX_LIVE, timing.live_s)
        self._counts = Counts()
        self._progress, self._sent = ProgressFile(spool.folder, target.address), 0
        self._connected, self._failure, self._forged, self._distrusted = False, "", 0, 0
        self._heard_s, self._patience_s = time.monotonic(), timing.ack_s
        self._closed, self._end_s = False, float("inf")
        #: Guards live queue and counts; held for moments, never while waiting.
        self._lock = threading.Lock()
        self._wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name="mqtt-sender", daemon=True)
        spool.on_durable = self._wake
        self._thread.start()

    def offer(self, record: Record) -> None:
        """Hand over a record; never waits for disk or network, never raises for what becomes of the record."""
        if record.stream is not Stream.LIVE:
            self._spool.offer(record)
            return
        with self._lock:
            self._counts.offered[record.topic] += 1
            if self._closed:
                self._counts.dropped[record.topic] += 1
                return
            self._count_dropped(self._live.offer(record, time.monotonic()))
        self._wake()

    def refuse(self, topic: str) -> None:
        """Account for something that could not even become a record of `topic`."""
        with self._lock:
            self._counts.offered[topic] += 1
            self._counts.rejected[topic] += 1

    def status(self) -> Status:
        """Connection and totals."""
        counts = self._account()
        totals = [c.total() for c in (counts.offered, counts.published, counts.dropped, counts.rejected)]
        waiting = max(0, totals[0] - sum(totals[1:]))
        silence_s = time.monotonic() - self._heard_s if self._flow.unacknowledged else 0.0
        offered, published, dropped, rejected = totals
        return Status(
            self._connected, self._failure, waiting, offered, published, dropped, rejected, silence_s, self._forged,
            self._spool.fault, self._distrusted,
        )  # fmt: skip

    @property
    def progress(self) -> Progress:
        """How the spool empties; as of the last second."""
        return self._progress.last

    def summary(self) -> dict[str, Any]:
        """Totals and counts by topic: offered = published + dropped + rejected + waiting, the last on the disk."""
        summary = self._account().summary()
        waiting = summary["offered"] - summary["published"] - summary["dropped"] - summary["rejected"]
        return {**summary, "waiting": max(0, waiting)}

    def close(self, deadline_s: float = 1.0) -> None:
        """Send for up to `deadline_s` and end the thread; the rest stays in the spool. May be called again."""
        if self._closed:
            return
        # What is not durable yet is not seen by the thread, which ends as soon as it sees nothing more to send.
        self._spool.flush(deadline_s)
        with self._lock:
            self._closed, self._end_s = True, time.monotonic() + deadline_s
        self._wake()
        # The thread may be inside of a TCP connect, which nothing interrupts.
        self._thread.join(deadline_s + self._timing.tcp_s + 0.5)
        with self._lock:
            self._count_dropped(self._live.clear())
        if not self._thread.is_alive():
            self._spool.on_durable = lambda: None
            os.close(self._wake_fd)

    def _account(self) -> Counts:
        spooled = self._spool.account()
        with self._lock:
            live = self._counts
            return Counts(live.offered + spooled.offered, live.published + spooled.published,
                          live.dropped + spooled.dropped, live.rejected + spooled.rejected)  # fmt: skip

    def _wake(self) -> None:
        os.eventfd_write(self._wake_fd, 1)

    def _run(self) -> None:
        failures, endpoints = 0, self._target.endpoints
        attempt = 0
        while not self._closed:
            endpoint = endpoints[attempt % len(endpoints)]
            connection = Connection(self._target, endpoint, self._spool.epoch, self._window.messages, self._timing,
                                    self._on_answer, self._on_ack)  # fmt: skip
            connection.open()
            was_ready = self._serve(connection)
            connection.close()
            self._recover(connection)
            # A broker that worked is asked again first; one that did not makes room for the next.
            attempt += not was_ready
            failures = 1 if was_ready else failures + 1
            self._pause(retry_delay_s(failures, random.random()))

    def _serve(self, connection: Connection) -> bool:
        """Carry records until the connection ends or the sender does; says whether it ever stood."""
        forged = self._forged
        while not connection.failure and not self._finished(connection):
            self._connected, self._forged = connection.ready, forged + connection.forged
            self._note_durable()
            self._pump(connection)
            self._mind_silence()
            self._report()
            left_s = self._end_s - time.monotonic()
            connection.step(self._wake_fd, max(0.0, min(_STEP_S, left_s)))
        self._connected, self._failure = False, connection.failure
        self._report()
        return connection.ready

    def _finished(self, connection: Connection) -> bool:
        if not self._closed:
            return False
        self._note_durable()
        with self._lock:
            empty = not len(self._live) and not connection.in_flight
        return (empty and self._flow.idle) or time.monotonic() >= self._end_s

    def _note_durable(self) -> None:
        for key, (lane, last, acked) in self._spool.durable().items():
            self._flow.durable(key, lane, last, acked)

    def _pump(self, connection: Connection) -> None:
        """Events, then live state, then the rest, as far as there is room."""
        self._send_spooled(connection, Lane.SESSION)
        while connection.room > 0 and (record := self._take_live()) is not None:
            if not connection.publish(Parcel((record,))):
                self._count_live(record, False)
        self._send_spooled(connection, Lane.STILL)

    def _send_spooled(self, connection: Connection, least: Lane) -> None:
        while connection.room > 0 and (choice := self._flow.next(least)) is not None:
            key, after = choice
            for parcel in self._parcels(key, after):
                if connection.room <= 0:
                    return
                self._send(connection, parcel)

    def _parcels(self, key: Key, after: int) -> list[Parcel]:
        records = self._spool.reader.read(key, after, MAX_BUNDLE_RECORDS)
        first = records[0].first if records else self._flow.last(key) + 1
        if first > after + 1:
            # The facility wants again what it once acknowledged: all that is left is the word that it was deleted.
            stream = records[0].stream if records else Stream.RECORDED
            return [Parcel((gap(key, stream, after + 1, first - 1, time.time_ns(), _DELETED),))]
        if len(records) > _BACKLOG_RECORDS and self._may_bundle(records[0]):
            return pack(records, _BUNDLE_BYTES)
        return [Parcel((record,)) for record in records]

    def _may_bundle(self, record: Record) -> bool:
        # A safety message is signed by itself, for whoever listens.
        listens = bool(self._target.facility_key_file)
        return listens and record.lane >= Lane.MEASUREMENT and not is_safety(record.topic)

    def _send(self, connection: Connection, parcel: Parcel) -> None:
        if not self._flow.unacknowledged:
            self._heard_s = time.monotonic()
        if size := connection.publish(parcel):
            self._flow.sent(parcel.key, parcel.last, size)
            self._sent += len(parcel.records)
        elif parcel.bundled:
            for record in parcel.records[: connection.room]:
                self._send(connection, Parcel((record,)))
        else:
            self._send(connection, self._bury(parcel.records[0], connection.max_packet_bytes))

    def _bury(self, record: Record, max_bytes: int | None) -> Parcel:
        """Put aside what no broker here will take; returns what goes in its place."""
        reason = f"larger than the broker takes ({max_bytes} bytes)"
        self._spool.bury(record, reason)
        return Parcel((gap(record.key, record.stream, record.first, record.seq, record.stamp_ns, reason),))

    def _take_live(self) -> Record | None:
        with self._lock:
            self._count_dropped(self._live.expire(time.monotonic()))
            return self._live.take()

    def _on_answer(self, answer: Answer) -> None:
        parcel = answer.parcel
        if parcel.stream is Stream.LIVE:
            self._count_live(parcel.records[0], answer.taken)
        elif answer.hopeless:
            for record in parcel.records:
                self._spool.bury(record, f"refused by the broker: {answer.reason}")
            self._flow.restart()
        elif answer.taken and not self._target.facility_key_file and parcel.first <= self._flow.acked(parcel.key) + 1:
            self._on_ack(Ack({parcel.key: parcel.last}))

    def _on_ack(self, ack: Ack) -> None:
        self._heard_s, self._patience_s = time.monotonic(), self._timing.ack_s
        if ack.restarted:
            self._flow.restart()
        for key, up_to in ack.stored.items():
            if news := self._flow.acknowledged(key, up_to):
                self._spool.acknowledge(key, news)
        for key, after in ack.again.items():
            self._flow.rewind(key, after)
        self._distrusted += len(ack.refused)

    def _mind_silence(self) -> None:
        """Records whose fate is unknown go again; the facility knows a copy by its topic, epoch and number."""
        now_s = time.monotonic()
        if self._flow.unacknowledged and now_s - self._heard_s > self._patience_s:
            self._flow.restart()
            self._heard_s = now_s
            self._patience_s = min(2.0 * self._patience_s, self._timing.ack_longest_s)

    def _report(self) -> None:
        if not self._progress.due:
            return
        spooled, status, oldest_ns = self._spool.account(), self.status(), self._spool.reader.oldest_ns()
        self._progress.note(
            spooled.offered.total(), self._sent, spooled.published.total(), connected=self._connected,
            failure=self._failure, waiting=self._spool.stored_records, silence_s=status.silence_s,
            oldest_s=0.0 if oldest_ns is None else max(0.0, (time.time_ns() - oldest_ns) / 1e9),
        )  # fmt: skip

    def _recover(self, connection: Connection) -> None:
        self._flow.restart()
        for parcel in connection.in_flight.values():
            if parcel.stream is Stream.LIVE:
                # A newer one is about to come, and an old one must not pass for it.
                self._count_dropped(parcel.records)

    def _pause(self, delay_s: float) -> None:
        until_s = time.monotonic() + delay_s
        while not self._closed and (left_s := until_s - time.monotonic()) > 0:
            if select.select([self._wake_fd], [], [], left_s)[0]:
                os.eventfd_read(self._wake_fd)

    def _count_live(self, record: Record, taken: bool) -> None:
        with self._lock:
            (self._counts.published if taken else self._counts.rejected)[record.topic] += 1

    def _count_dropped(self, records: Iterable[Record]) -> None:
        for record in records:
            self._counts.dropped[record.topic] += 1
