"""One connection of a Sparkplug node, from its CONNECT, with the node's death as will, to its end; of one thread."""

import time
from collections.abc import Iterable
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTProtocolVersion
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from port_telemetry.core.sparkplug.edge_node import REBIRTH, EdgeNode, Message
from port_telemetry.core.sparkplug.payload import BadPayload, decode
from port_telemetry.core.sparkplug.primary_host import PrimaryHost
from port_telemetry.mqtt.connection import said
from port_telemetry.mqtt.target import Target

_TCP_S, _CONNACK_S, _KEEPALIVE_S = 2.0, 5.0, 5
#: How long to wait for the primary host at one broker where there are others.
_HOST_S = 5.0
_LAST_WORDS_S = 0.3
_PACKET_OVERHEAD_BYTES = 16


class NodeLink:
    """Carries what `node` says to the broker at `endpoint`; `failure` says why it ended, empty while it may stand."""

    def __init__(self, target: Target, endpoint: tuple[str, int], node: EdgeNode, primary_host: str) -> None:
        self.failure = ""
        self.connected = False
        #: A host asked for everything anew.
        self.rebirth_wanted = False
        #: Commands that were ignored.
        self.refused = 0
        #: It ended because the primary host is not there.
        self.host_left = False
        self._target, self._endpoint, self._node = target, endpoint, node
        self._address = f"{endpoint[0]}:{endpoint[1]}"
        self._host = PrimaryHost(primary_host) if primary_host else None
        self._commands, self._has_others = node.topic("NCMD"), len(target.endpoints) > 1
        self._max_packet_bytes: int | None = None
        self._deadline_s = 0.0
        # Without a name of its own: nobody can push it out by calling himself the same, and the number in a late will
        # of an earlier connection says that it is late.
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.connect_timeout = _TCP_S
        self._client.on_connect, self._client.on_disconnect = self._on_connect, self._on_disconnect
        self._client.on_message = self._on_message

    def open(self) -> bool:
        """Connect by TCP and send the CONNECT; says whether it went out."""
        try:
            if self._target.tls is not None:
                self._client.tls_set_context(self._target.tls.context())
            if self._target.user:
                self._client.username_pw_set(self._target.user, self._target.password())
            death = self._node.death(time.time_ns() // 1_000_000)
            self._client.will_set(death.topic, death.payload, qos=1, retain=False)
            self._client.connect(*self._endpoint, keepalive=_KEEPALIVE_S, clean_start=True)
        except (OSError, ValueError) as error:
            self.failure = said(error, self._address)
        self._deadline_s = time.monotonic() + _CONNACK_S
        return not self.failure

    @property
    def ready(self) -> bool:
        """Whether something may be said: the connection stands and the primary host, if any, is there."""
        return self.connected and not self.failure and (self._host is None or self._host.online)

    @property
    def blocked(self) -> bool:
        """Whether the network still holds what was said before: newer values wait, and replace each other."""
        return bool(self._client.want_write())

    def publish(self, messages: Iterable[Message]) -> None:
        """Send what the node says."""
        for topic, payload in messages:
            if self._max_packet_bytes and len(topic) + len(payload) + _PACKET_OVERHEAD_BYTES > self._max_packet_bytes:
                self.failure = (
                    f"{self._address} takes {self._max_packet_bytes} bytes at most, {topic} has {len(payload)}"
                )
                return
            self._client.publish(topic, payload, qos=0, retain=False)

    def step(self, timeout_s: float) -> None:
        """Serve the socket once, waiting at most so long."""
        outcome = self._client.loop(timeout_s)
        if outcome != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self.failure = self.failure or f"the connection to {self._address} was lost: {outcome.name}"
        elif not self.ready and not self.failure and time.monotonic() > self._deadline_s:
            self._give_up()

    def _give_up(self) -> None:
        if not self.connected:
            self.failure = f"{self._address} takes connections but does not answer"
        elif self._has_others:
            self.failure, self.host_left = f"the primary host says nothing at {self._address}", True

    def close(self) -> None:
        """End it with the node's death, said by us and, as the specification wants it, by the broker too."""
        if self.connected and self._client.socket() is not None:
            death = self._node.death(time.time_ns() // 1_000_000)
            self._client.publish(death.topic, death.payload, qos=1)
            self._client.disconnect(ReasonCode(PacketTypes.DISCONNECT, identifier=4))
            until_s = time.monotonic() + _LAST_WORDS_S
            while self._client.want_write() and time.monotonic() < until_s:
                self._client.loop(0.02)
        if (sock := self._client.socket()) is not None:
            sock.close()

    def _on_connect(
        self, client: Client, _: Any, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self.failure = f"{self._address} refused user {self._target.user or '(none)'}: {reason}"
            return
        self._max_packet_bytes = getattr(properties, "MaximumPacketSize", None)
        self.connected, self._deadline_s = True, time.monotonic() + _HOST_S
        topics = [self._commands, *([self._host.topic] if self._host else [])]
        client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in topics])

    def _on_message(self, client: Client, _: Any, message: MQTTMessage) -> None:
        if self._host is not None and message.topic == self._host.topic:
            was_online = self._host.online
            self._host.hear(message.payload)
            # Elsewhere it may be online; where there is no elsewhere, only one that was here can leave.
            if not self._host.online and (was_online or self._has_others):
                self.failure, self.host_left = f"the primary host is not online at {self._address}", True
            return
        self._judge_command(message.payload)

    def _judge_command(self, payload: bytes) -> None:
        try:
            asked = decode(payload).metrics
        except BadPayload:
            self.refused += 1
            return
        rebirths = [metric for metric in asked if metric.name == REBIRTH and metric.value is True]
        self.rebirth_wanted = self.rebirth_wanted or bool(rebirths)
        self.refused += len(asked) - len(rebirths)

    def _on_disconnect(
        self, client: Client, _: Any, flags: DisconnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        self.failure = self.failure or f"the connection to {self._address} was lost: {reason}"
