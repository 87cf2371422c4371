"""One connection to a broker, from its CONNECT to its end; the next one is a new object.

So nothing half-sent survives inside of paho: what the broker has not confirmed is in `in_flight`, and its owner sends
it again. Belongs to one thread; waits only in `open` (until TCP stands) and in `step` (as long as it is told).
"""

import os
import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTProtocolVersion
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from port_telemetry.core.record import Record, Stream
from port_telemetry.mqtt.target import Target

#: Larger than the fixed header, packet identifier and the length fields of a PUBLISH.
_PACKET_OVERHEAD_BYTES = 16


@dataclass(frozen=True)
class Timing:
    """How long to wait for what, in s.

    live_s: how long live state may wait for the network. expiry_s: how long the broker keeps it.
    """

    tcp_s: float = 2.0
    connack_s: float = 5.0
    keepalive_s: int = 5
    live_s: float = 1.0
    expiry_s: int = 5


class Connection:
    """A paho client that is used once. `confirmed` is called with a record and whether the broker took it."""

    def __init__(
        self, target: Target, epoch: int, confirmed: Callable[[Record, bool], None], window: int, timing: Timing
    ) -> None:
        self.ready = False
        #: Why the connection ended or never was; empty while it may still come or stands.
        self.failure = ""
        self.in_flight: dict[int, Record] = {}
        self.max_packet_bytes: int | None = None
        self._target, self._epoch, self._confirmed = target, epoch, confirmed
        self._window, self._timing = window, timing
        self._retain_available = True
        self._deadline_s = time.monotonic() + timing.tcp_s + timing.connack_s
        self._client = self._make_client(window)

    def _make_client(self, window: int) -> Client:
        # One name for all connections of a start: the broker ends the old one, and its will, before the new one counts.
        name = f"port-{self._target.edge}-{self._target.session}-{self._epoch}"
        client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5)
        client.connect_timeout = self._timing.tcp_s
        # Ours is the window that counts, see `room`; paho's must never hold a message back behind our back.
        client.max_inflight_messages_set(window)
        client.on_socket_open = _no_delay
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_publish = self._on_publish
        client.will_set(self._target.connection_topic, self._presence(False), qos=1, retain=True)
        return client

    def open(self) -> None:
        """Start to connect; sets `failure` where that is already known to be in vain."""
        try:
            if self._target.user:
                self._client.username_pw_set(self._target.user, self._target.password())
            self._client.connect(self._target.host, self._target.port, self._timing.keepalive_s, clean_start=True)
        except (OSError, ValueError) as error:
            self.failure = _said(error, self._target)
        self._deadline_s = time.monotonic() + self._timing.connack_s

    @property
    def room(self) -> int:
        """How many more records may be in flight now."""
        return self._window - len(self.in_flight) if self.ready and not self.failure else 0

    def publish(self, record: Record) -> bool:
        """Send a record, to be confirmed later; False if the broker would not take one of this size."""
        topic, properties = self._target.topic(record.topic), self._properties(record)
        size = len(topic) + len(properties.pack()) + len(record.payload) + _PACKET_OVERHEAD_BYTES
        if self.max_packet_bytes is not None and size > self.max_packet_bytes:
            return False
        retain = record.stream is Stream.LIVE and self._retain_available
        sent = self._client.publish(topic, record.payload, qos=1, retain=retain, properties=properties)
        self.in_flight[sent.mid] = record
        if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self.failure = self.failure or f"the connection to {self._target.address} broke while sending"
        return True

    def step(self, wake_fd: int, timeout_s: float) -> None:
        """Serve the socket once: wait for it, for `wake_fd` or for the time; sets `failure` when it is over."""
        sock = self._client.socket()
        if sock is None:
            self.failure = self.failure or f"the connection to {self._target.address} was lost"
            return
        writable = [sock] if self._client.want_write() else []
        readable, writable, _ = select.select([sock, wake_fd], writable, [], timeout_s)
        if wake_fd in readable:
            os.eventfd_read(wake_fd)
        if sock in readable:
            self._client.loop_read()
        if writable and self._client.socket():
            self._client.loop_write()
        self._client.loop_misc()
        if not self.ready and time.monotonic() > self._deadline_s:
            self.failure = self.failure or f"{self._target.address} takes connections but does not answer"

    def close(self) -> None:
        """End the connection, and say so to those who watch it if there is someone to say it to."""
        if self.ready and not self.failure:
            self._client.publish(self._target.connection_topic, self._presence(False), qos=0, retain=True)
            self._client.disconnect()
        if (sock := self._client.socket()) is not None:
            sock.close()

    def _presence(self, connected: bool) -> bytes:
        return orjson.dumps({"connected": connected, "epoch": self._epoch, "session": self._target.session})

    def _properties(self, record: Record) -> Properties:
        properties = Properties(PacketTypes.PUBLISH)
        properties.ContentType = record.content_type
        properties.UserProperty = [
            ("schema", record.schema), ("epoch", str(record.epoch)), ("seq", str(record.seq)),
            ("stamp_ns", str(record.stamp_ns)),
        ]  # fmt: skip
        if record.stream is Stream.LIVE:
            properties.MessageExpiryInterval = self._timing.expiry_s
        return properties

    def _on_connect(
        self, client: Client, _: Any, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self.failure = f"{self._target.address} refused user {self._target.user or '(none)'}: {reason}"
            return
        # paho keeps to neither of these limits by itself; one message too large or too many ends the connection.
        self._window = min(self._window, getattr(properties, "ReceiveMaximum", self._window))
        self.max_packet_bytes = getattr(properties, "MaximumPacketSize", None)
        self._retain_available = bool(getattr(properties, "RetainAvailable", 1))
        self.ready = True
        client.publish(self._target.connection_topic, self._presence(True), qos=0, retain=self._retain_available)

    def _on_publish(self, client: Client, _: Any, mid: int, reason: ReasonCode, properties: Properties) -> None:
        record = self.in_flight.pop(mid, None)
        if record is not None:
            self._confirmed(record, not reason.is_failure)

    def _on_disconnect(
        self, client: Client, _: Any, flags: DisconnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        self.failure = self.failure or f"the connection to {self._target.address} was lost: {reason}"


def _no_delay(client: Client, _: Any, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _said(error: Exception, target: Target) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return f"no broker answers at {target.address} ({error})"
