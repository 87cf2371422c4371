"""How long a record takes from its hand-over to a reader at the broker."""

import threading
import time
from collections.abc import Callable
from typing import Any

from paho.mqtt.client import Client, MQTTMessage, MQTTProtocolVersion
from paho.mqtt.enums import CallbackAPIVersion

from tests.waiting import wait_until


class Watch:
    """A reader of one topic's end that keeps when each message came, and nothing else."""

    def __init__(self, port: int, ending: str) -> None:
        self._ending, self._subscribed = ending, threading.Event()
        self.arrived_s: list[float] = []
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.on_connect = lambda client, *_: client.subscribe("port/v1/#", qos=1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._subscribed.wait(10.0)

    def _on_message(self, client: Client, _: Any, message: MQTTMessage) -> None:
        if message.topic.endswith(self._ending):
            self.arrived_s.append(time.perf_counter())

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def latencies_ms(
    port: int, ending: str, pace: Callable[[Callable[[Any], Any]], Any], give: Callable[[Any], Any]
) -> list[float]:
    """Of each record that `pace` hands to `give`, until a reader of the topic that ends so has it."""
    watch, given_s = Watch(port, ending), list[float]()

    def note(message: Any) -> None:
        given_s.append(time.perf_counter())
        give(message)

    pace(note)
    wait_until(lambda: len(watch.arrived_s) >= len(given_s), 60.0, "every record has arrived")
    watch.close()
    return [1000.0 * (arrived - given) for given, arrived in zip(given_s, watch.arrived_s, strict=False)]
