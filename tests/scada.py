"""A SCADA host for tests: takes Sparkplug B messages and keeps to the host's rules of the specification. No network.

It knows a value only by what a birth and the data after it said; a missing number makes it distrust everything until
the node was born again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from port_telemetry.core.sparkplug.edge_node import REBIRTH
from port_telemetry.core.sparkplug.payload import DataType, Metric, Payload, Value, decode, encode


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
