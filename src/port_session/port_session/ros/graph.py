"""Reads who publishes and who listens out of the middleware's graph. Judges nothing but whether two QoS fit."""

from collections.abc import Iterable
from typing import Any

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSCompatibility, QoSProfile, ReliabilityPolicy, qos_check_compatible

from port_ros.node_names import full_name
from port_session.admission.graph import Endpoint, Graph, Unheard

# Two tables: as keys, the policies are numbers.
_RELIABILITY = {ReliabilityPolicy.RELIABLE: "reliable", ReliabilityPolicy.BEST_EFFORT: "best effort"}
_DURABILITY = {DurabilityPolicy.VOLATILE: "volatile", DurabilityPolicy.TRANSIENT_LOCAL: "transient local"}


def look(node: Node, topics: Iterable[str], namespace: str, commanded: str) -> Graph:
    """The graph of the session in `namespace`: `topics`, relative to it, and all others that lie in it.

    Whoever reads `commanded` counts as a reader; of other topics the session's own nodes do, and who has no name (yet).
    """
    own = namespace + "/"
    found = (name.removeprefix(own) for name, _ in node.get_topic_names_and_types() if name.startswith(own))
    publishers: dict[str, tuple[Endpoint, ...]] = {}
    readers: dict[str, tuple[Endpoint, ...]] = {}
    pairs: list[Unheard] = []
    for topic in dict.fromkeys((*topics, commanded, *found)):
        name = topic if topic.startswith("/") else own + topic
        sides = node.get_publishers_info_by_topic(name), node.get_subscriptions_info_by_topic(name)
        written = [(_endpoint(info), info.qos_profile) for info in sides[0]]
        read = [(_endpoint(info), info.qos_profile) for info in sides[1]]
        read = [(each, profile) for each, profile in read if _counts(each, node, own, topic == commanded)]
        publishers[topic] = tuple(each for each, _ in written)
        readers[topic] = tuple(each for each, _ in read)
        pairs += _unheard(topic, written, read)
    names = (full_name(*each) for each in node.get_node_names_and_namespaces())
    return Graph(publishers, readers, tuple(pairs), tuple(name for name in names if name.startswith(own)))


def _counts(reader: Endpoint, looking: Node, own: str, commanded: bool) -> bool:
    """Whether it matters what this reader hears: not to us who look, nor who else merely looks on."""
    if reader.node == looking.get_fully_qualified_name() or reader.node.startswith((f"{own}check_", f"{own}ask_")):
        return False
    return commanded or not reader.node or reader.node.startswith(own)


def _unheard(
    topic: str, written: list[tuple[Endpoint, QoSProfile]], read: list[tuple[Endpoint, QoSProfile]]
) -> list[Unheard]:
    return [
        Unheard(topic, publisher, reader)
        for publisher, offered in written
        for reader, asked in read
        if qos_check_compatible(offered, asked)[0] == QoSCompatibility.ERROR
    ]


def _endpoint(info: Any) -> Endpoint:
    profile = info.qos_profile
    words = f"{_RELIABILITY.get(profile.reliability, '?')}, {_DURABILITY.get(profile.durability, '?')}"
    known = info.topic_type_hash.version > 0  # 0: an older distribution, which tells none
    return Endpoint(
        full_name(info.node_name, info.node_namespace),
        info.topic_type,
        words,
        str(info.topic_type_hash) if known else "",
    )
