"""Carries the spool's records over a connection, and what the facility says of them back. Belongs to one thread.

What is durable is sent, and deleted when the facility has acknowledged it; what is not acknowledged goes again, on this
connection or the next.
"""

import time
from dataclasses import dataclass

from port_telemetry.core.ack import Ack
from port_telemetry.core.flow import Flow
from port_telemetry.core.parcel import MAX_BUNDLE_RECORDS, Parcel, pack
from port_telemetry.core.position import Patience
from port_telemetry.core.record import Key, Lane, Record, Stream, gap
from port_telemetry.core.signature import is_safety
from port_telemetry.mqtt.connection import Answer, Connection
from port_telemetry.spool.spool import Spool

#: From how many measurements on that wait in a sequence they go bundled, and how large a bundle is at most.
_BACKLOG_RECORDS, _BUNDLE_BYTES = 100, 128 * 1024
_DELETED = "deleted after the facility had acknowledged it"


@dataclass(frozen=True)
class Window:
    """messages: unconfirmed by the broker; parcels, bytes: unacknowledged by the facility. At most."""

    messages: int = 100
    parcels: int = 400
    bytes: int = 8 * 1024 * 1024


class Courier:
    """Of `spool`. facility_listens: acks come from a facility; otherwise the broker has what it took."""

    def __init__(self, spool: Spool, window: Window, patience: Patience, facility_listens: bool) -> None:
        self._spool, self._facility_listens = spool, facility_listens
        self._flow = Flow(window.parcels, window.bytes, patience)
        #: When the first was sent since the facility's last word; None if none was.
        self._unheard_s: float | None = None
        #: Records sent; refusals of safety messages in this edge's name; sequences refused now, and how much of each
        #: waits.
        self.sent, self.distrusted = 0, 0
        self.refusals: dict[Key, int] = {}

    @property
    def silence_s(self) -> float:
        """How long the facility has said nothing though it was sent something."""
        since_s = self._unheard_s
        return 0.0 if since_s is None else time.monotonic() - since_s

    @property
    def idle(self) -> bool:
        """Whether everything durable is acknowledged."""
        return self._flow.idle

    def note_durable(self) -> None:
        """See what the spool has taken since the last time."""
        for key, (lane, last, acked) in self._spool.durable().items():
            self._flow.durable(key, lane, last, acked)

    def mind(self, connection: Connection) -> None:
        """Send again what the facility has long said nothing of."""
        self._flow.mind(time.monotonic(), connection.unconfirmed)
        self.refusals = self._flow.refusals

    def restart(self) -> None:
        """The connection is gone, and with it what was on its way."""
        self._flow.restart()

    def send(self, connection: Connection, least: Lane) -> None:
        """Send what waits, down to lane `least`, as far as there is room."""
        while connection.room > 0 and (choice := self._flow.next(least)) is not None:
            key, after = choice
            for parcel in self._parcels(key, after):
                if connection.room <= 0 or not self._flow.open(key):
                    break
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
        return self._facility_listens and record.lane >= Lane.MEASUREMENT and not is_safety(record.topic)

    def _send(self, connection: Connection, parcel: Parcel) -> None:
        if size := connection.publish(parcel):
            now_s = time.monotonic()
            self._flow.sent(parcel.key, parcel.last, size, now_s)
            self._unheard_s = now_s if self._unheard_s is None else self._unheard_s
            self.sent += len(parcel.records)
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

    def answered(self, answer: Answer) -> None:
        """The broker's word on a parcel of the spool."""
        parcel = answer.parcel
        if answer.hopeless:
            for record in parcel.records:
                self._spool.bury(record, f"refused by the broker: {answer.reason}")
            self._flow.restart()
        elif answer.taken and not self._facility_listens and parcel.first <= self._flow.acked(parcel.key) + 1:
            self.acknowledged(Ack({parcel.key: parcel.last}))

    def acknowledged(self, ack: Ack) -> None:
        """The facility's word."""
        self._unheard_s, now_s = None, time.monotonic()
        if ack.restarted:
            self._flow.restart()
        for key, up_to in ack.stored.items():
            if news := self._flow.acknowledged(key, up_to, now_s):
                self._spool.acknowledge(key, news)
        for key, after in ack.again.items():
            self._flow.rewind(key, after)
        for key, number in ack.refused.items():
            self._flow.refused(key, number, now_s)
        self.distrusted += len(ack.refused)
