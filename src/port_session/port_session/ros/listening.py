"""Listens to the streams of a session as the gate does: by the same types and the same QoS. Counts, keeps nothing."""

import importlib
import struct
import time
from collections.abc import Sequence
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile

from port_ros import qos
from port_session.admission.arrivals import Arrivals
from port_session.admission.judge import Flow
from port_session.description.expectations import Stream

#: A queue that loses nothing of what is counted; how long it is decides about no match.
_DEPTH = 500
#: In CDR a message begins with its byte order and, where its first field is a stamp or a header, with seconds and ns.
_STAMPED = {"std_msgs/Header", "builtin_interfaces/Time"}


class Listening:
    """Subscriptions of `node` to `streams`, until `close`. What arrives counts from `begin` on."""

    def __init__(self, node: Node, streams: Sequence[Stream]) -> None:
        self._node = node
        self._topics = [stream.topic for stream in streams]
        self.begin()
        listened = [self._listen(stream) for stream in streams]
        self._subscriptions = [each for each in listened if each is not None]

    def begin(self) -> None:
        """Count anew."""
        self._begun_s = time.monotonic()
        self._arrivals = {topic: Arrivals() for topic in self._topics}

    def flows(self) -> dict[str, Flow]:
        """What arrived of each stream, by its topic."""
        span_s = time.monotonic() - self._begun_s
        return {topic: arrivals.flow(span_s) for topic, arrivals in self._arrivals.items()}

    def close(self) -> None:
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._subscriptions = []

    def _listen(self, stream: Stream) -> Any:
        """None where the type is not installed here: then the graph tells who publishes what."""
        kind = message_class(stream.type)
        if kind is None:
            return None
        gates = qos.of_stream(stream.name)
        profile = QoSProfile(depth=_DEPTH, reliability=gates.reliability, durability=gates.durability)
        stamped = _is_stamped(kind)

        def arrived(data: bytes) -> None:
            self._arrivals[stream.topic].note(_lag_s(data) if stamped else float("nan"))

        return self._node.create_subscription(kind, stream.topic, arrived, profile, raw=True)


def _is_stamped(kind: Any) -> bool:
    return next(iter(kind.get_fields_and_field_types().values()), "") in _STAMPED


def _lag_s(data: bytes) -> float:
    order = "<" if data[1] & 1 else ">"
    seconds, nanoseconds = struct.unpack_from(f"{order}iI", data, 4)
    return time.time() - (seconds + nanoseconds * 1e-9)


def message_class(type_name: str) -> Any:
    """The class of `pkg/msg/Name`; None if its package is not installed here."""
    package, _, name = type_name.split("/")
    try:
        return getattr(importlib.import_module(f"{package}.msg"), name)
    except (ImportError, AttributeError):
        return None
