"""The ingest's way to the broker: one subscription that survives broken connections, and a bounded inbox behind it."""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage, MQTTProtocolVersion
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from port_ros.network_address import host_port
from port_ros.secret_file import read_secret
from port_telemetry.mqtt.target import Tls

ALL_TOPICS = "port/v1/#"
_ACK = "/ack"
_MAX_MESSAGES, _MAX_BYTES = 20_000, 128 * 1024**2


@dataclass(frozen=True, slots=True)
class Message:
    """What came. named: its user properties."""

    topic: str
    payload: bytes
    named: Mapping[str, str]


class Inbox:
    """Messages that wait to be stored; what finds no room is dropped, and will come again."""

    def __init__(self, max_messages: int = _MAX_MESSAGES, max_bytes: int = _MAX_BYTES) -> None:
        self._max_messages, self._max_bytes, self._bytes = max_messages, max_bytes, 0
        self._messages: deque[Message] = deque()
        self._changed = threading.Condition()

    def put(self, message: Message) -> bool:
        """Queue it if there is room; never waits."""
        with self._changed:
            if len(self._messages) >= self._max_messages or self._bytes >= self._max_bytes:
                return False
            self._messages.append(message)
            self._bytes += len(message.payload)
            if len(self._messages) == 1:
                self._changed.notify()
            return True

    def take(self, most: int, linger_s: float, idle_s: float = 0.5) -> list[Message]:
        """Wait for a message, at most `idle_s`, and a moment more for company; then at most `most` of them."""
        with self._changed:
            if not self._messages and not self._changed.wait(idle_s):
                return []
        time.sleep(linger_s)
        with self._changed:
            taken = [self._messages.popleft() for _ in range(min(most, len(self._messages)))]
            self._bytes -= sum(len(message.payload) for message in taken)
            return taken

    def wake(self) -> None:
        """End a wait."""
        with self._changed:
            self._changed.notify_all()


class Link:
    """Subscribes to `topics` at host:port and fills `inbox`."""

    def __init__(
        self, host: str, port: int, name: str, user: str, password_file: Path | None, inbox: Inbox,
        topics: str = ALL_TOPICS, tls: Tls | None = None,
    ) -> None:  # fmt: skip
        self.on_connected: Callable[[], None] = lambda: None
        self.inbox, self._address = inbox, host_port(host, port)
        self._user, self._password_file, self._topics = user, password_file, topics
        self._client = Client(CallbackAPIVersion.VERSION2, name, protocol=MQTTProtocolVersion.MQTTv5)
        if tls is not None:
            self._client.tls_set_context(tls.context())
        self._client.on_pre_connect = self._log_in
        self._client.on_connect, self._client.on_message = self._on_connect, self._on_message
        self._client.reconnect_delay_set(1, 5)
        properties = Properties(PacketTypes.CONNECT)
        # What waits at the broker while we are away would only come twice: the edges send it again.
        properties.SessionExpiryInterval = 0
        self._client.connect_async(host, port, keepalive=10, clean_start=True, properties=properties)

    def start(self) -> None:
        """Begin to connect, and go on until `close`."""
        self._client.loop_start()

    def publish(self, topic: str, payload: bytes, signature: str) -> None:
        """Send an ack, if the connection stands: a lost one is said again with the next copy."""
        properties = Properties(PacketTypes.PUBLISH)
        properties.UserProperty = [("signature", signature)]
        properties.ContentType = "application/json"
        if self._client.is_connected():
            self._client.publish(topic, payload, qos=0, properties=properties)

    def close(self) -> None:
        """Disconnect and end the thread."""
        self._client.disconnect()
        self._client.loop_stop()

    def _log_in(self, client: Client, _: Any) -> None:
        """Read the password anew for each attempt: the embedded broker may not have written it yet."""
        if self._user and self._password_file and self._password_file.exists():
            client.username_pw_set(self._user, read_secret(self._password_file))

    def _on_connect(
        self, client: Client, _: Any, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            print(f"ingest: {self._address} refused user {self._user or '(none)'}: {reason}", file=sys.stderr)
            return
        print(f"ingest: connected to {self._address}", file=sys.stderr)
        client.subscribe(self._topics, options=SubscribeOptions(qos=1, noLocal=True))
        self.on_connected()

    def _on_message(self, client: Client, _: Any, message: MQTTMessage) -> None:
        if not message.topic.endswith(_ACK):
            named = dict(getattr(message.properties, "UserProperty", []))
            self.inbox.put(Message(message.topic, message.payload, named))
