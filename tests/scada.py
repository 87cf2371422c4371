"""A SCADA host for tests: takes Sparkplug B messages and keeps to the host's rules of the specification.

It knows a value only by what a birth and the data after it said; a missing number makes it distrust everything until
the node was born again.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson
from paho.mqtt.client import Client, MQTTMessage, MQTTProtocolVersion
from paho.mqtt.enums import CallbackAPIVersion

from port_telemetry.core.sparkplug.edge_node import REBIRTH
from port_telemetry.core.sparkplug.payload import DataType, Metric, Payload, Value, decode, encode
from tests.broker import Broker
from tests.waiting import PATIENCE_S

_COMMANDS = "spBv1.0/hall/NCMD/edge-1"
#: How long it waits for the birth that it asked for before it asks again.
_PATIENCE_S = 10.0


@dataclass
class Unit:
    """The node or one of its devices as the host sees it."""

    online: bool = False
    values: dict[str, Value] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, DataType | None] = field(default_factory=dict)


class ScadaHost:
    """One host that watches one node. `wants_rebirth`: it lost track and would send the command now."""

    def __init__(self) -> None:
        self.node, self.devices = Unit(), dict[str, Unit]()
        self.wants_rebirth = False
        self.bd_seq: int | None = None
        self.births = 0
        self._aliases: dict[int, tuple[str, str]] = {}
        self._seq: int | None = None

    def take(self, topic: str, payload: bytes) -> None:
        """Take a message as it came."""
        _, _, verb, _, *device = topic.split("/")
        name, said = device[0] if device else "", decode(payload)
        if verb == "NDEATH":
            self._node_death(said)
            return
        if verb == "NBIRTH":
            self._node_birth(said)
        elif self._seq is None or said.seq != (self._seq + 1) % 256:
            self._seq, self.wants_rebirth = None, True
            return
        self._seq = said.seq
        match verb:
            case "NDATA" | "DDATA":
                self._data(said)
            case "DBIRTH":
                self.devices[name] = self._born(name, said.metrics)
            case "DDEATH":
                self.devices[name].online = False
            case _:
                assert verb == "NBIRTH"

    def _node_death(self, said: Payload) -> None:
        [number] = said.metrics
        assert (number.name, said.seq) == ("bdSeq", None)
        if number.value == self.bd_seq:
            for unit in (self.node, *self.devices.values()):
                unit.online = False

    def _node_birth(self, said: Payload) -> None:
        assert said.seq == 0
        self.births += 1
        self._aliases, self.devices, self.wants_rebirth = {}, {}, False
        named = {metric.name: metric for metric in said.metrics}
        number, rebirth = named.pop("bdSeq"), named.pop(REBIRTH)
        assert rebirth.value is False and rebirth.kind is DataType.BOOLEAN and rebirth.alias is None
        assert type(number.value) is int and 0 <= number.value <= 255
        self.bd_seq = number.value
        self.node = self._born("", list(named.values()))

    def _born(self, name: str, metrics: Sequence[Metric]) -> Unit:
        unit = Unit(online=True)
        for metric in metrics:
            assert metric.alias is not None and metric.kind is not None and metric.stamp_ms
            holder = self._aliases.setdefault(metric.alias, (name, metric.name))
            assert holder == (name, metric.name), "one alias for two metrics"
            unit.values[metric.name], unit.units[metric.name] = metric.value, metric.unit
            unit.kinds[metric.name] = metric.kind
        return unit

    def _data(self, said: Payload) -> None:
        for metric in said.metrics:
            assert metric.alias is not None and not metric.name and metric.stamp_ms
            device, name = self._aliases[metric.alias]
            (self.devices[device] if device else self.node).values[name] = metric.value


def command(*names: str, value: Value = True) -> bytes:
    """An NCMD's payload."""
    return encode(Payload(1, None, [Metric(value, DataType.BOOLEAN, 1, name) for name in names]))


class Scada:
    """The host's way to the broker; asks for a rebirth when its rules say so."""

    def __init__(self, broker: Broker) -> None:
        self.host, self.topics = ScadaHost(), list[str]()
        self._asked_s = -_PATIENCE_S
        self._lock, subscribed = threading.Lock(), threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.username_pw_set("facility", (broker.folder / "facility.password").read_text().strip())
        self._client.on_connect = lambda client, *_: client.subscribe("spBv1.0/hall/+/edge-1/#", qos=0)
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_message = self._take
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()
        assert subscribed.wait(PATIENCE_S)

    def _take(self, client: Client, _: object, message: MQTTMessage) -> None:
        if "/NCMD/" in message.topic:
            return
        assert not message.retain and message.qos == 0
        with self._lock:
            self.topics.append(message.topic)
            self.host.take(message.topic, message.payload)
            if not self.host.wants_rebirth:
                self._asked_s = -_PATIENCE_S
            elif time.monotonic() - self._asked_s > _PATIENCE_S:
                self._asked_s = time.monotonic()
                client.publish(_COMMANDS, command(REBIRTH))

    def send(self, payload: bytes) -> None:
        self._client.publish(_COMMANDS, payload)

    def state(self, online: bool, stamp_ms: int) -> None:
        word = orjson.dumps({"online": online, "timestamp": stamp_ms})
        self._client.publish("spBv1.0/STATE/scada", word, qos=1, retain=True)

    def value(self, device: str, name: str) -> object:
        with self._lock:
            unit = self.host.devices.get(device)
            return unit.values.get(name) if unit and unit.online and self.host.node.online else None

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
