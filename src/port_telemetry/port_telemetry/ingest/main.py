"""The facility's end for now: subscribes to all edges, accounts for every message and writes the account to a file.

    port_telemetry ingest --host H --port N --user facility --password-file F --out FILE

It stores no data yet, and it never publishes.
"""

import argparse
import secrets
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage, MQTTProtocolVersion
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from port_telemetry.files import write_atomically
from port_telemetry.ingest.tally import Tally

_TOPICS = "port/v1/#"
#: How long the broker keeps messages for us while the connection is gone.
_SESSION_EXPIRY_S = 600


class Ingest:
    """One subscription that survives broken connections, and its account."""

    def __init__(self, host: str, port: int, user: str, password_file: Path | None) -> None:
        self._tally, self._lock = Tally(), threading.Lock()
        self._address, self._user, self._password_file = f"{host}:{port}", user, password_file
        client_id = f"port-ingest-{secrets.token_hex(6)}"
        self._client = Client(CallbackAPIVersion.VERSION2, client_id, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.on_pre_connect = self._log_in
        self._client.on_connect, self._client.on_message = self._on_connect, self._on_message
        self._client.reconnect_delay_set(1, 5)
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = _SESSION_EXPIRY_S
        self._client.connect_async(host, port, keepalive=10, clean_start=False, properties=properties)
        self._client.loop_start()

    def summary(self) -> dict[str, Any]:
        """The account so far."""
        with self._lock:
            return self._tally.summary()

    def drain(self, quiet_s: float = 0.3, longest_s: float = 2.0) -> None:
        """Wait until nothing more arrives: what the edge sent last may still be on its way."""
        until_s, before = time.monotonic() + longest_s, -1
        while time.monotonic() < until_s and (now := self.summary()["received"]) != before:
            before = now
            time.sleep(quiet_s)

    def close(self) -> None:
        """Disconnect and end the thread."""
        self._client.disconnect()
        self._client.loop_stop()

    def _log_in(self, client: Client, _: Any) -> None:
        """Read the password anew for each attempt: the embedded broker may not have written it yet."""
        if self._user and self._password_file and self._password_file.exists():
            client.username_pw_set(self._user, self._password_file.read_text().strip())

    def _on_connect(
        self, client: Client, _: Any, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            print(f"ingest: {self._address} refused user {self._user or '(none)'}: {reason}", file=sys.stderr)
            return
        print(f"ingest: connected to {self._address}", file=sys.stderr)
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
        client.subscribe(_TOPICS, options=options)

    def _on_message(self, client: Client, _: Any, message: MQTTMessage) -> None:
        properties = message.properties
        named = dict(getattr(properties, "UserProperty", []))
        content_type = getattr(properties, "ContentType", "application/json")
        with self._lock:
            self._tally.add(message.topic, content_type, message.payload, named)


def main(args: Sequence[str] | None = None) -> int:
    """Run until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="port_telemetry ingest", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=18830)
    parser.add_argument("--user", default="")
    parser.add_argument("--password-file", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="JSON file, written anew each second")
    options, _ = parser.parse_known_args(args)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    ingest = Ingest(options.host, options.port, options.user, options.password_file)
    while not stop.wait(1.0):
        write_atomically(options.out, orjson.dumps(ingest.summary()))
    ingest.drain()
    ingest.close()
    write_atomically(options.out, orjson.dumps(ingest.summary()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
