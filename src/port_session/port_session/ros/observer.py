"""Listens to a running session for a moment: diagnostics, the gate's state, rates and publishers. Publishes nothing."""

import importlib
import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from port_interfaces.msg import SafetyState
from rclpy.experimental import EventsExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy

from port_ros import qos
from port_ros.constants import HEALTH_LEVELS
from port_ros.machine_load import LoadWatch
from port_session.admission.judge import Diagnosis, Publisher, Seen

#: Best effort and volatile: compatible with whatever the other side offers.
_ANY = QoSProfile(depth=500, reliability=ReliabilityPolicy.BEST_EFFORT)

#: How long DDS may take to find everybody, before the counting begins. On a busy machine it takes seconds.
_DISCOVERY_S = 6.0

#: From the new subscriptions to the counting: matching, and what was queued meanwhile.
_WARM_UP_S = 0.6


def observe(namespace: str, domain: int, topics: Sequence[str], seconds: float) -> Seen:
    """What is seen of the session in `seconds`. Topics relative to `namespace` unless they begin with /."""
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    context = rclpy.Context()
    rclpy.init(context=context, domain_id=domain)
    node = rclpy.create_node(
        f"check_{os.getpid()}", namespace=namespace, context=context, start_parameter_services=False
    )
    load = LoadWatch()
    try:
        seen = _Observer(node, context).look(topics, seconds)
        return replace(seen, load=load.look())
    finally:
        load.close()
        node.destroy_node()
        rclpy.try_shutdown(context=context)


class _Observer:
    def __init__(self, node: Node, context: Any) -> None:
        self._node = node
        self._executor = EventsExecutor(context=context)
        self._executor.add_node(node)
        self._diagnostics: dict[str, Diagnosis] = {}
        self._safety: tuple[str, str, str] | None = None
        self._counts: Counter[str] = Counter()
        node.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 50)
        node.create_subscription(SafetyState, "safety/state", self._on_safety, qos.STATE_LATCHED)

    def look(self, topics: Sequence[str], seconds: float) -> Seen:
        self._discover(topics)
        names = [*topics, *self._topics()]
        publishers = {topic: self._publishers(topic) for topic in names}
        for topic in topics:
            self._count(topic, publishers[topic])
        self._spin(_WARM_UP_S)
        self._counts.clear()
        began_s = time.monotonic()
        self._spin(seconds)
        took_s = time.monotonic() - began_s
        rates_hz = {topic: self._counts[topic] / took_s for topic in topics}
        return Seen(seconds, self._diagnostics, rates_hz, publishers, self._safety)

    def _discover(self, topics: Sequence[str]) -> None:
        """Until every topic has a publisher and the gate has spoken, or it has taken too long."""
        deadline_s = time.monotonic() + _DISCOVERY_S
        while time.monotonic() < deadline_s and not (self._safety and all(map(self._publishers, topics))):
            self._spin(0.1)

    def _topics(self) -> list[str]:
        """Every topic of the namespace, relative to it."""
        own = self._node.get_namespace() + "/"
        return [name.removeprefix(own) for name, _ in self._node.get_topic_names_and_types() if name.startswith(own)]

    def _publishers(self, topic: str) -> tuple[Publisher, ...]:
        found = self._node.get_publishers_info_by_topic(self._node.resolve_topic_name(topic))
        return tuple(Publisher(info.node_name, info.topic_type) for info in found)

    def _count(self, topic: str, publishers: tuple[Publisher, ...]) -> None:
        kind = _message_class(publishers[0].type) if publishers else None
        if kind is not None:
            self._node.create_subscription(
                kind, topic, lambda _, topic=topic: self._counts.update([topic]), _ANY, raw=True
            )

    def _spin(self, seconds: float) -> None:
        deadline_s = time.monotonic() + seconds
        while (left_s := deadline_s - time.monotonic()) > 0:
            self._executor.spin_once(timeout_sec=left_s)

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            remedy = next((value.value for value in status.values if value.key == "remedy"), "")
            level = HEALTH_LEVELS.get(status.level, "error")
            self._diagnostics[status.name] = Diagnosis(status.name, level, status.message, remedy)

    def _on_safety(self, message: SafetyState) -> None:
        self._safety = (state_name(SafetyState, message.state), message.reason, message.remedy)


def state_name(kind: Any, value: int) -> str:
    """The name of a state constant of a message class."""
    names = [name for name in dir(kind) if name.isupper() and getattr(kind, name) == value]
    return names[0] if names else str(value)


def _message_class(type_name: str) -> Any:
    """The class of `pkg/msg/Name`; None if its package is not installed here."""
    package, _, name = type_name.split("/")
    try:
        return getattr(importlib.import_module(f"{package}.msg"), name)
    except (ImportError, AttributeError):
        return None
