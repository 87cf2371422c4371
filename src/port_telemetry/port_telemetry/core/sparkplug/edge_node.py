"""An edge as a Sparkplug node: who is born, who is dead, what has changed, and the number of every message. Pure.

Time is an argument. It keeps the newest value of each metric; what comes out of it in order keeps any host that
follows the rules of the specification (Sparkplug 3.0, chapter 5) at the values that went in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from port_telemetry.core.sparkplug.payload import DataType, Metric, Payload, Value, encode, is_null

NAMESPACE = "spBv1.0"
REBIRTH = "Node Control/Rebirth"
BD_SEQ = "bdSeq"
_MAX_DEVICES = 256


class Message(NamedTuple):
    """What to publish, QoS 0, not retained."""

    topic: str
    payload: bytes


@dataclass(frozen=True)
class MetricKind:
    """One metric of a device.

    deadband: how far a number moves before it is worth a message. period_s: the least time between two.
    """

    name: str
    kind: DataType
    unit: str = ""
    deadband: float = 0.0
    period_s: float = 0.0


@dataclass(frozen=True)
class DeviceKind:
    """What a device has to say, and after which silence it counts as dead."""

    metrics: tuple[MetricKind, ...]
    silent_s: float

    def __post_init__(self) -> None:
        names = [metric.name for metric in self.metrics]
        if len(set(names)) != len(names):
            raise ValueError(f"metrics: a name is there twice in {names}")


@dataclass
class _Cell:
    """One metric: its alias, the newest value, and what was said last."""

    kind: MetricKind
    alias: int
    value: Value = None
    stamp_ms: int = 0
    said: Value = None
    said_s: float = 0.0

    def due(self, now_s: float) -> bool:
        return now_s - self.said_s >= self.kind.period_s and _differs(self.value, self.said, self.kind.deadband)

    def say(self, now_ms: int, now_s: float, birth: bool) -> Metric:
        self.said, self.said_s = self.value, now_s
        kind = self.kind
        named = (kind.name, self.alias, kind.unit) if birth else ("", self.alias, "")
        return Metric(self.value, kind.kind, self.stamp_ms or now_ms, *named)


@dataclass
class _Device:
    cells: dict[str, _Cell]
    silent_s: float
    #: When it was last heard of; None: it is not there.
    heard_s: float | None = None
    born: bool = field(default=False)


def _differs(value: Value, said: Value, deadband: float) -> bool:
    if is_null(value) or is_null(said):
        return is_null(value) != is_null(said)
    if isinstance(value, float) and isinstance(said, float) and deadband:
        return abs(value - said) >= deadband
    return value != said


class EdgeNode:
    """The node `edge` of `group`. own: what the node itself has to say. bd_seq: number of the connection."""

    def __init__(self, group: str, edge: str, own: Iterable[MetricKind]) -> None:
        for name in (group, edge):
            if not name or set(name) & set("+/#"):
                raise ValueError(f"{name!r} is no name for a Sparkplug group or node")
        self._group, self._edge = group, edge
        self._aliases = 0
        self._own = {metric.name: self._cell(metric) for metric in own}
        self._devices: dict[str, _Device] = {}
        self._seq, self.bd_seq = 0, 0

    def topic(self, verb: str, device: str = "") -> str:
        """The topic of a message of this node or one of its devices."""
        return f"{NAMESPACE}/{self._group}/{verb}/{self._edge}" + (f"/{device}" if device else "")

    def update_own(self, values: Mapping[str, Value], stamp_ms: int) -> None:
        """New values of the node itself."""
        _take(self._own, values, stamp_ms)

    def update(
        self, device: str, kind: DeviceKind, values: Mapping[str, Value], stamp_ms: int, now_s: float
    ) -> None:  # fmt: skip
        """New values of a device, which is thereby alive; one seen for the first time is added."""
        name = device.translate(_LEVEL)
        if name not in self._devices:
            if len(self._devices) >= _MAX_DEVICES:
                return
            cells = {metric.name: self._cell(metric) for metric in kind.metrics}
            self._devices[name] = _Device(cells, kind.silent_s)
        _take(self._devices[name].cells, values, stamp_ms)
        self._devices[name].heard_s = now_s

    def lose(self, device: str) -> None:
        """A device is not there any more."""
        if known := self._devices.get(device.translate(_LEVEL)):
            known.heard_s = None

    def death(self, now_ms: int) -> Message:
        """What the broker is to say when the connection of this bd_seq ends."""
        payload = encode(Payload(now_ms, None, [self._bd_seq(now_ms)]))
        return Message(self.topic("NDEATH"), payload)

    def births(self, now_ms: int, now_s: float) -> list[Message]:
        """Everything from the start: the node, then each device that is there."""
        self._seq = 0
        own = [cell.say(now_ms, now_s, True) for cell in self._own.values()]
        rebirth = Metric(False, DataType.BOOLEAN, now_ms, REBIRTH)
        said = [self._message("NBIRTH", "", [self._bd_seq(now_ms), rebirth, *own], now_ms)]
        for name, device in self._devices.items():
            device.born = False
            said += self._of_device(name, device, now_ms, now_s)
        return said

    def changes(self, now_ms: int, now_s: float) -> list[Message]:
        """Who came, who went, and what is worth saying now; only after `births`."""
        due = [cell.say(now_ms, now_s, False) for cell in self._own.values() if cell.due(now_s)]
        said = [self._message("NDATA", "", due, now_ms)] if due else []
        for name, device in self._devices.items():
            said += self._of_device(name, device, now_ms, now_s)
        return said

    def _of_device(self, name: str, device: _Device, now_ms: int, now_s: float) -> list[Message]:
        if device.heard_s is not None and now_s - device.heard_s > device.silent_s:
            device.heard_s = None
        alive, cells = device.heard_s is not None, device.cells.values()
        if alive and not device.born:
            device.born = True
            return [self._message("DBIRTH", name, [cell.say(now_ms, now_s, True) for cell in cells], now_ms)]
        if not alive:
            gone, device.born = device.born, False
            return [self._message("DDEATH", name, [], now_ms)] if gone else []
        due = [cell.say(now_ms, now_s, False) for cell in cells if cell.due(now_s)]
        return [self._message("DDATA", name, due, now_ms)] if due else []

    def _message(self, verb: str, device: str, metrics: list[Metric], now_ms: int) -> Message:
        payload = encode(Payload(now_ms, self._seq, metrics))
        self._seq = (self._seq + 1) % 256
        return Message(self.topic(verb, device), payload)

    def _bd_seq(self, now_ms: int) -> Metric:
        return Metric(self.bd_seq, DataType.INT64, now_ms, BD_SEQ)

    def _cell(self, kind: MetricKind) -> _Cell:
        self._aliases += 1
        return _Cell(kind, self._aliases)


#: What no level of a topic may hold.
_LEVEL = str.maketrans("+/# ", "____")


def _take(cells: dict[str, _Cell], values: Mapping[str, Value], stamp_ms: int) -> None:
    for name, value in values.items():
        cells[name].value, cells[name].stamp_ms = value, stamp_ms
