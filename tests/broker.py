"""A real broker for tests: mosquitto as `port_telemetry broker` starts it, on a port of its own, and a reader."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessage, MQTTProtocolVersion
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from port_telemetry.core.encode import decode
from tests.waiting import PATIENCE_S, wait_until


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Broker:
    """One mosquitto; `stop` and `start` again keep port and passwords."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "port_telemetry.mqtt.broker", "--config-dir", str(self.folder)]
        self.process = subprocess.Popen([*command, "--port", str(self.port)], env=os.environ.copy())
        wait_until(self._answers, what="mosquitto listens")

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait()

    @property
    def password_file(self) -> Path:
        return self.folder / "edge.password"

    def _answers(self) -> bool:
        assert self.process.poll() is None, "the broker ended"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Reader:
    """A subscriber without a login, and what it received."""

    def __init__(self, port: int, topics: str = "port/v1/#") -> None:
        self.messages: list[MQTTMessage] = []
        self.subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe(topics, qos=1)
        self._client.on_subscribe = lambda *_: self.subscribed.set()
        self._client.on_message = lambda _, __, message: self.messages.append(message)
        self._client.connect("127.0.0.1", port, keepalive=10)
        self._client.loop_start()
        assert self.subscribed.wait(PATIENCE_S)

    def on(self, ending: str) -> list[MQTTMessage]:
        """The messages so far whose topic ends like this."""
        return [message for message in list(self.messages) if message.topic.endswith(ending)]

    def numbers(self, ending: str) -> set[int]:
        return {int(properties(message)["seq"]) for message in self.on(ending)}

    def settle(self) -> "Reader":
        """Wait for all that the broker kept of these topics: it comes before the answer to another subscription."""
        self.subscribed.clear()
        self._client.subscribe("nothing/else")
        assert self.subscribed.wait(PATIENCE_S)
        return self

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


class Writer:
    """A client with one of the embedded broker's logins, or none; says nothing but what it is told to publish."""

    def __init__(self, broker: Broker, user: str = "") -> None:
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        if user:
            self._client.username_pw_set(user, (broker.folder / f"{user}.password").read_text().strip())
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()

    def publish(self, topic: str, payload: bytes, named: Mapping[str, str], retain: bool = False) -> None:
        """Publish, and wait for the broker's answer, whatever it is."""
        said = Properties(PacketTypes.PUBLISH)
        said.UserProperty = list(named.items())
        self._client.publish(topic, payload, qos=1, retain=retain, properties=said).wait_for_publish(PATIENCE_S)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def properties(message: MQTTMessage) -> dict[str, str]:
    return dict(getattr(message.properties, "UserProperty", []))


def values(message: MQTTMessage) -> dict[str, Any]:
    """The decoded payload."""
    return decode(message.properties.ContentType, message.payload)
