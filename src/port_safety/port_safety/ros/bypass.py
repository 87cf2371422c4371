"""Whoever commands the robot beside the gate: by the publishers that the middleware knows, and by what is said.

The look at the publishers names them, but a publisher that lives for 50 ms is gone before the next look. So the gate
listens to its own command topic, too: one message that it did not say is enough.
"""

import time
from collections import deque
from collections.abc import Callable

from rclpy.node import Node
from rclpy.publisher import Publisher

from port_ros import qos
from port_safety.gate.gate import Gate, Output
from port_safety.model.readings import Publishers
from port_safety.model.verdict import Severity
from port_safety.monitoring.publisher_watch import PublisherWatch
from port_safety.ros.ground_publishers import endpoint_of
from port_safety.rules.bypass import BypassRule

#: So many commands of the gate are known again; more than the middleware keeps for whoever listens.
REMEMBERED = 256
#: A flood of foreign commands is told no more often than this: it must not keep the loop from its tick.
AGAIN_NS = 20_000_000


class SaidLately:
    """Which commands the gate published lately, each of which it may hear once. Constant time, bounded memory."""

    def __init__(self) -> None:
        self._said: deque[int] = deque(maxlen=REMEMBERED)
        self._numbers: dict[int, deque[int]] = {}
        self._number = 0

    def say(self, data: bytes) -> None:
        """The gate is about to publish these bytes."""
        if len(self._said) == REMEMBERED:
            self._forget(self._said[0], self._number - REMEMBERED)
        fingerprint = hash(data)  # by a key of this process: nobody else finds bytes of the same one
        self._said.append(fingerprint)
        self._numbers.setdefault(fingerprint, deque()).append(self._number)
        self._number += 1

    def hear(self, data: bytes) -> bool:
        """Whether these bytes are one of the gate's, heard for the first time."""
        fingerprint = hash(data)
        numbers = self._numbers.get(fingerprint)
        if not numbers:
            return False
        self._forget(fingerprint, numbers[0])
        return True

    def _forget(self, fingerprint: int, number: int) -> None:
        numbers = self._numbers.get(fingerprint)
        if numbers and numbers[0] == number:
            numbers.popleft()
            if not numbers:
                del self._numbers[fingerprint]


class BypassWatch:
    """Watches the command topic of `gate`, on which `own` publishes. judged: told what the gate said to a bypass."""

    def __init__(self, node: Node, gate: Gate, own: Publisher, judged: Callable[[Output], None]) -> None:
        self._node = node
        self._gate = gate
        self._own = own
        self._judged = judged
        self._publishers = PublisherWatch(node.get_fully_qualified_name())
        self._said = SaidLately()
        self._told_ns = -AGAIN_NS
        self._listens = any(isinstance(rule, BypassRule) for rule in gate.envelope.rules.values())
        if self._listens:
            node.create_subscription(own.msg_type, own.topic_name, self._on_command, qos.COMMAND_WATCH, raw=True)

    def say(self, data: bytes) -> None:
        """Publish a command of the gate's."""
        if self._listens:
            self._said.say(data)
        self._own.publish(data)

    def _on_command(self, data: bytes) -> None:
        now_ns = time.monotonic_ns()
        if self._said.hear(data) or now_ns - self._told_ns < AGAIN_NS:
            return
        self._told_ns = now_ns
        reason = f"bypass: a command on {self._own.topic_name} that the gate did not say; end whoever publishes there"
        self._gate.add_verdict(Severity.EMERGENCY_STOP, "bypass", "command_out", reason, now_ns)
        self._judged(self._gate.tick(now_ns))

    def look(self, now_ns: int) -> Publishers:
        """Who publishes beside the gate. Counting is ten times as cheap as asking who: we ask only where it matters."""
        topic = self._own.topic_name
        if self._node.count_publishers(topic) <= 1 and not self._publishers.begins(now_ns):
            return Publishers()
        return self._publishers.look(list(map(endpoint_of, self._node.get_publishers_info_by_topic(topic))), now_ns)
