"""Looks who publishes on the ground's own topics: each look counts all of them and asks one, or those that changed.

To count is ten times as cheap as to ask who. With one topic asked in each look, all are known within a second or so;
somebody who comes or goes is seen at once.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from rclpy.node import Node

from port_ros.node_names import full_name
from port_safety.model.readings import Publishers
from port_safety.monitoring.publisher_watch import Endpoint
from port_safety.monitoring.topic_publishers import TopicPublishers

#: Something that came within this time was heard a moment ago: a process that is started again is silent for longer.
HEARD_NS = 500_000_000


class GroundPublishers:
    """On the topics of `expected`, relative to the node's namespace, the nodes that may publish there by name."""

    def __init__(self, node: Node, expected: Mapping[str, Sequence[str]]) -> None:
        self._node = node
        namespace = node.get_namespace().rstrip("/")
        self._topics = {
            node.resolve_topic_name(topic): TopicPublishers([f"{namespace}/{name}" for name in names])
            for topic, names in expected.items()
        }
        self._names = {topic: node.resolve_topic_name(topic) for topic in expected}
        self._heard_ns: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        self._foreign: dict[str, tuple[str, ...]] = {}
        self._turns = itertools.cycle(self._topics) if self._topics else None

    def heard(self, topic: str, now_ns: int) -> None:
        """Something came on `topic`, as `expected` calls it."""
        if (name := self._names.get(topic)) is not None:
            self._heard_ns[name] = now_ns

    def look(self, now_ns: int) -> Publishers:
        """Who speaks there and may not."""
        turn = next(self._turns) if self._turns is not None else ""
        for topic in self._topics:
            count = self._node.count_publishers(topic)
            if topic == turn or count != self._counts.get(topic):
                self._counts[topic] = count
                self._ask(topic, now_ns)
        return Publishers(tuple(f"{who} on {topic}" for topic, whos in self._foreign.items() for who in whos))

    def _ask(self, topic: str, now_ns: int) -> None:
        heard = now_ns - self._heard_ns.get(topic, -HEARD_NS) < HEARD_NS
        endpoints = [endpoint_of(info) for info in self._node.get_publishers_info_by_topic(topic)]
        self._foreign[topic] = self._topics[topic].look(endpoints, heard, now_ns)


def endpoint_of(info: Any) -> Endpoint:
    """Of what rclpy tells of a publisher."""
    return full_name(info.node_name, info.node_namespace), bytes(info.endpoint_gid)
