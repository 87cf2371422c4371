"""One connection to a broker, from its CONNECT to its end; the next one is a new object.

So nothing half-sent survives inside of paho: what is not acknowledged its owner sends again. Belongs to one thread;
waits only in `open` (until TCP stands) and in `step` (as long as it is told).
"""

import os
import secrets
import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTProtocolVersion
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from port_telemetry.core.ack import Ack, BadAck, verify
from port_telemetry.core.parcel import Parcel
from port_telemetry.core.record import DEFINITION_SCHEMA, Key, Stream
from port_telemetry.core.signature import is_safety, sign
from port_telemetry.mqtt.target import Target

#: Larger than the fixed header, packet identifier and the length fields of a PUBLISH.
_PACKET_OVERHEAD_BYTES = 16
_UNGUESSED = secrets.token_hex(8)
#: Reason codes of a PUBACK that no repetition mends: topic name invalid, payload format invalid.
_HOPELESS = (0x90, 0x99)


@dataclass(frozen=True)
class Timing:
    """How long to wait for what, in s.

    live_s: how long live state may wait for the network. expiry_s: how long the broker keeps it. ack_s: how long the
    facility may take to acknowledge before records go again; doubles up to ack_longest_s while it stays silent.
    """

    tcp_s: float = 2.0
    connack_s: float = 5.0
    keepalive_s: int = 5
    live_s: float = 1.0
    expiry_s: int = 2
    ack_s: float = 2.0
    ack_longest_s: float = 16.0


@dataclass(frozen=True)
class Answer:
    """What the broker said about a parcel."""

    parcel: Parcel
    taken: bool
    hopeless: bool = False
    reason: str = ""


class Connection:
    """A paho client that is used once. `answered` gets each PUBACK, `acknowledged` each ack of the facility."""

    def __init__(
        self, target: Target, endpoint: tuple[str, int], epoch: int, window: int, timing: Timing,
        answered: Callable[[Answer], None], acknowledged: Callable[[Ack], None],
    ) -> None:  # fmt: skip
        self.ready = False
        #: Why the connection ended or never was; empty while it may still come or stands.
        self.failure = ""
        self.in_flight: dict[int, Parcel] = {}
        self.max_packet_bytes: int | None = None
        #: Messages on the ack topic that were not the facility's word.
        self.forged = 0
        self._target, self._endpoint, self._epoch = target, endpoint, epoch
        self._address = f"{endpoint[0]}:{endpoint[1]}"
        self._answered, self._acknowledged = answered, acknowledged
        self._window, self._timing = window, timing
        self._retain_available = True
        self._key: Ed25519PublicKey | None = None
        self._signer: Ed25519PrivateKey | None = None
        self._deadline_s = time.monotonic() + timing.tcp_s + timing.connack_s
        self._client = self._make_client(window)

    def _make_client(self, window: int) -> Client:
        # One name for all connections of a start: the broker ends the old one, and its will, before the new one counts.
        # Who could guess it, of whatever team, could end ours by calling himself the same.
        name = f"port-{self._target.edge}-{self._target.session}-{self._epoch}-{_UNGUESSED}"
        client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5)
        client.connect_timeout = self._timing.tcp_s
        # Ours is the window that counts, see `room`; paho's must never hold a message back behind our back.
        client.max_inflight_messages_set(window)
        client.on_socket_open = _no_delay
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_publish, client.on_message = self._on_publish, self._on_message
        if self._target.announced:
            client.will_set(self._target.connection_topic, self._presence(False), qos=1, retain=True)
        return client

    def open(self) -> None:
        """Start to connect; sets `failure` where that is already known to be in vain."""
        try:
            self._key, self._signer = self._target.facility_key(), self._target.signing_key()
            if self._target.tls:
                self._client.tls_set_context(self._target.tls.context())
            if self._target.user:
                self._client.username_pw_set(self._target.user, self._target.password())
            self._client.connect(*self._endpoint, self._timing.keepalive_s, clean_start=True)
        except (OSError, ValueError) as error:
            self.failure = said(error, self._address)
        self._deadline_s = time.monotonic() + self._timing.connack_s

    @property
    def room(self) -> int:
        """How many more messages may be unconfirmed now."""
        return self._window - len(self.in_flight) if self.ready and not self.failure else 0

    def unconfirmed(self, key: Key) -> bool:
        """Whether the broker still owes its word for something of `key`."""
        return any(parcel.key == key for parcel in self.in_flight.values())

    def publish(self, parcel: Parcel) -> int:
        """Send a parcel, to be answered later; returns its bytes, or 0 if the broker takes none of this size."""
        payload, properties = parcel.payload(), self._properties(parcel)
        topic = self._target.bundle_topic if parcel.bundled else parcel.key.topic
        size = len(topic) + len(properties.pack()) + len(payload) + _PACKET_OVERHEAD_BYTES
        if self.max_packet_bytes is not None and size > self.max_packet_bytes:
            return 0
        lasting = parcel.stream is Stream.LIVE or parcel.schema == DEFINITION_SCHEMA
        retain = lasting and self._retain_available
        sent = self._client.publish(topic, payload, qos=1, retain=retain, properties=properties)
        self.in_flight[sent.mid] = parcel
        if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self.failure = self.failure or f"the connection to {self._address} broke while sending"
        return size

    def step(self, wake_fd: int, timeout_s: float) -> None:
        """Serve the socket once: wait for it, for `wake_fd` or for the time; sets `failure` when it is over."""
        sock = self._client.socket()
        if sock is None:
            self.failure = self.failure or f"the connection to {self._address} was lost"
            return
        pending = getattr(sock, "pending", None)
        if pending is not None and pending():
            timeout_s = 0.0
        writable = [sock] if self._client.want_write() else []
        readable, writable, _ = select.select([sock, wake_fd], writable, [], timeout_s)
        if wake_fd in readable:
            os.eventfd_read(wake_fd)
        if sock in readable or (pending is not None and pending()):
            self._client.loop_read()
        if writable and self._client.socket():
            self._client.loop_write()
        self._client.loop_misc()
        if not self.ready and time.monotonic() > self._deadline_s:
            self.failure = self.failure or f"{self._address} takes connections but does not answer"

    def close(self) -> None:
        """End the connection, and say so to those who watch it if there is someone to say it to."""
        if self.ready and not self.failure:
            self._announce(False, True)
            self._client.disconnect()
        if (sock := self._client.socket()) is not None:
            sock.close()

    def _announce(self, connected: bool, retain: bool) -> None:
        if self._target.announced:
            self._client.publish(self._target.connection_topic, self._presence(connected), qos=0, retain=retain)

    def _presence(self, connected: bool) -> bytes:
        return orjson.dumps({"connected": connected, "epoch": self._epoch, "session": self._target.session})

    def _properties(self, parcel: Parcel) -> Properties:
        properties, newest = Properties(PacketTypes.PUBLISH), parcel.records[-1]
        properties.ContentType = "application/cbor" if parcel.bundled else newest.content_type
        named = [("schema", parcel.schema), ("epoch", str(newest.epoch)), ("seq", str(newest.seq)),
                 ("stamp_ns", str(newest.stamp_ns))]  # fmt: skip
        if parcel.first != newest.seq:
            named.append(("first", str(parcel.first)))
        if parcel.bundled:
            named.append(("topic", newest.topic))
        elif self._signer is not None and is_safety(newest.topic):
            named.append(("signature", sign(newest, self._signer)))
        properties.UserProperty = [*named, ("stream", newest.stream.value)]
        if parcel.stream is Stream.LIVE:
            properties.MessageExpiryInterval = self._timing.expiry_s
        return properties

    def _on_connect(
        self, client: Client, _: Any, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self.failure = f"{self._address} refused user {self._target.user or '(none)'}: {reason}"
            return
        # paho keeps to neither of these limits by itself; one message too large or too many ends the connection.
        self._window = min(self._window, getattr(properties, "ReceiveMaximum", self._window))
        self.max_packet_bytes = getattr(properties, "MaximumPacketSize", None)
        self._retain_available = bool(getattr(properties, "RetainAvailable", 1))
        self.ready = True
        if self._key is not None:
            client.subscribe(self._target.ack_topic, qos=1)
        self._announce(True, self._retain_available)

    def _on_publish(self, client: Client, _: Any, mid: int, reason: ReasonCode, properties: Properties) -> None:
        parcel = self.in_flight.pop(mid, None)
        if parcel is None:
            return
        hopeless = reason.value in _HOPELESS
        if reason.is_failure and not hopeless and parcel.stream is not Stream.LIVE:
            # It stays in the spool; a later connection, with other rights or a broker that has room, takes it.
            self.failure = self.failure or f"{self._address} refused {parcel.key.topic}: {reason}"
        self._answered(Answer(parcel, not reason.is_failure, hopeless, str(reason)))

    def _on_message(self, client: Client, _: Any, message: MQTTMessage) -> None:
        named = dict(getattr(message.properties, "UserProperty", []))
        if self._key is None or message.topic != self._target.ack_topic:
            return
        try:
            ack = verify(message.payload, named.get("signature", ""), message.topic, self._key)
        except BadAck:
            self.forged += 1
            return
        self._acknowledged(ack)

    def _on_disconnect(
        self, client: Client, _: Any, flags: DisconnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        self.failure = self.failure or f"the connection to {self._address} was lost: {reason}"


def _no_delay(client: Client, _: Any, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def said(error: Exception, address: str) -> str:
    """Why there is no connection, one line for people."""
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, ValueError):
        return str(error)
    return f"no broker answers at {address} ({error})"
