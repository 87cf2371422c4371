"""The sender: keeps a connection up that carries the spool to the facility, and live state beside it.

One thread owns the network. Live state never waits on a disk and is never sent late.
"""

import os
import random
import select
import threading
import time
from typing import Any

from port_telemetry.core.counts import Counts
from port_telemetry.core.parcel import Parcel
from port_telemetry.core.position import Patience
from port_telemetry.core.record import Lane, Record, Stream
from port_telemetry.mqtt.connection import Answer, Connection, Timing
from port_telemetry.mqtt.courier import Courier, Window
from port_telemetry.mqtt.live_intake import LiveIntake
from port_telemetry.mqtt.status import Status
from port_telemetry.mqtt.target import Target
from port_telemetry.spool.progress import Progress, ProgressFile
from port_telemetry.spool.spool import Spool

_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.25, 5.0
_STEP_S = 0.5
_WINDOW, _TIMING = Window(), Timing()


def retry_delay_s(failures: int, chance: float) -> float:
    """How long to wait after `failures` (1, 2, …) in a row; `chance` in [0, 1) keeps edges from coming all at once."""
    return min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2.0 ** min(failures - 1, 16)) * (0.5 + 0.5 * chance)


class Sender:
    """Sends what `spool` holds to `target` from a thread of its own, from birth until `close`."""

    def __init__(self, target: Target, spool: Spool, window: Window = _WINDOW, timing: Timing = _TIMING) -> None:
        self._target, self._spool, self._window, self._timing = target, spool, window, timing
        patience = Patience(timing.ack_s, timing.ack_longest_s)
        self._courier = Courier(spool, window, patience, bool(target.facility_key_file))
        self._live = LiveIntake(timing.live_s)
        self._progress = ProgressFile(spool.folder, target.address)
        self._connected, self._failure, self._forged = False, "", 0
        self._closed, self._end_s = False, float("inf")
        self._wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name="mqtt-sender", daemon=True)
        spool.on_durable = self._wake
        self._thread.start()

    def offer(self, record: Record) -> None:
        """Hand over a record; never waits for disk or network, never raises for what becomes of the record."""
        if record.stream is not Stream.LIVE:
            self._spool.offer(record)
        elif self._live.offer(record):
            self._wake()

    def refuse(self, topic: str) -> None:
        """Account for something that could not even become a record of `topic`."""
        self._live.refuse(topic)

    def status(self) -> Status:
        """Connection and totals."""
        counts, courier = self._account(), self._courier
        totals = [c.total() for c in (counts.offered, counts.published, counts.dropped, counts.rejected)]
        offered, published, dropped, rejected = totals
        return Status(
            self._connected, self._failure, max(0, offered - sum(totals[1:])), offered, published, dropped, rejected,
            courier.silence_s, self._forged, self._spool.fault, courier.distrusted, sum(courier.refusals.values()),
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
        self._live.close()
        self._end_s, self._closed = time.monotonic() + deadline_s, True
        self._wake()
        # The thread may be inside of a TCP connect, which nothing interrupts.
        self._thread.join(deadline_s + self._timing.tcp_s + 0.5)
        self._live.clear()
        if not self._thread.is_alive():
            self._spool.on_durable = lambda: None
            os.close(self._wake_fd)

    def _account(self) -> Counts:
        spooled, live = self._spool.account(), self._live.account()
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
                                    self._on_answer, self._courier.acknowledged)  # fmt: skip
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
            self._courier.note_durable()
            self._pump(connection)
            self._courier.mind(connection)
            self._report()
            left_s = self._end_s - time.monotonic()
            connection.step(self._wake_fd, max(0.0, min(_STEP_S, left_s)))
        self._connected, self._failure = False, connection.failure
        self._report()
        return connection.ready

    def _finished(self, connection: Connection) -> bool:
        if not self._closed:
            return False
        self._courier.note_durable()
        empty = not len(self._live) and not connection.in_flight
        return (empty and self._courier.idle) or time.monotonic() >= self._end_s

    def _pump(self, connection: Connection) -> None:
        """Events, then live state, then the rest, as far as there is room."""
        self._courier.send(connection, Lane.SESSION)
        while connection.room > 0 and (record := self._live.take()) is not None:
            if not connection.publish(Parcel((record,))):
                self._live.settle(record, False)
        self._courier.send(connection, Lane.STILL)

    def _on_answer(self, answer: Answer) -> None:
        if answer.parcel.stream is Stream.LIVE:
            self._live.settle(answer.parcel.records[0], answer.taken)
        else:
            self._courier.answered(answer)

    def _report(self) -> None:
        if not self._progress.due:
            return
        spooled, oldest_ns = self._spool.account(), self._spool.reader.oldest_ns()
        refused = [(*key, count) for key, count in self._courier.refusals.items()]
        self._progress.note(
            spooled.offered.total(), self._courier.sent, spooled.published.total(), connected=self._connected,
            failure=self._failure, waiting=self._spool.stored_records, silence_s=self._courier.silence_s,
            oldest_s=0.0 if oldest_ns is None else max(0.0, (time.time_ns() - oldest_ns) / 1e9), refused=refused,
        )  # fmt: skip

    def _recover(self, connection: Connection) -> None:
        self._courier.restart()
        # Of live state a newer one is about to come, and an old one must not pass for it.
        for parcel in connection.in_flight.values():
            if parcel.stream is Stream.LIVE:
                self._live.lose(parcel.records)

    def _pause(self, delay_s: float) -> None:
        until_s = time.monotonic() + delay_s
        while not self._closed and (left_s := until_s - time.monotonic()) > 0:
            if select.select([self._wake_fd], [], [], left_s)[0]:
                os.eventfd_read(self._wake_fd)
