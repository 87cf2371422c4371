"""Reads who publishes and who listens out of the middleware's graph. Judges nothing but whether two QoS fit."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSCompatibility, QoSProfile, ReliabilityPolicy, qos_check_compatible

from port_ros.node_names import full_name
from port_session.admission.graph import Elsewhere, Endpoint, Graph, Unheard

#: Topics of which every node has some.
_EVERYBODYS = ("rosout", "parameter_events", "diagnostics")

# Two tables: as keys, the policies are numbers.
_RELIABILITY = {ReliabilityPolicy.RELIABLE: "reliable", ReliabilityPolicy.BEST_EFFORT: "best effort"}
_DURABILITY = {DurabilityPolicy.VOLATILE: "volatile", DurabilityPolicy.TRANSIENT_LOCAL: "transient local"}


def look(node: Node, topics: Sequence[str], namespace: str, commanded: str, requested: str = "") -> Graph:
    """The graph of the session in `namespace`: `topics`, relative to it, and all others that lie in it.

    requested: where the robot's stack asks; of it all readers are told by name.

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
    named = {name if name.startswith("/") else own + name for name in (*topics, commanded)}
    return Graph(
        publishers, readers, tuple(pairs), tuple(name for name in names if name.startswith(own)), namespace,
        tuple(_elsewhere(node, named)), _readers(node, own, requested),
    )  # fmt: skip


def _readers(node: Node, own: str, topic: str) -> tuple[str, ...]:
    """Names of all who read it; nobody where there is no such topic."""
    if not topic:
        return ()
    topic = topic if topic.startswith("/") else own + topic
    found = (_endpoint(info).node for info in node.get_subscriptions_info_by_topic(topic))
    return tuple(sorted({name for name in found if name}))


def _elsewhere(node: Node, named: set[str]) -> Iterator[Elsewhere]:
    """Every topic but those that are `named`, and what everybody has."""
    for topic, types in node.get_topic_names_and_types():
        if topic in named or _last(topic) in _EVERYBODYS:
            continue
        publishers, readers = node.get_publishers_info_by_topic(topic), node.get_subscriptions_info_by_topic(topic)
        for kind in types:
            yield Elsewhere(topic, kind, _names(publishers, kind), _names(readers, kind))


def _names(infos: Iterable[Any], kind: str) -> tuple[str, ...]:
    found = (_endpoint(info) for info in infos if info.topic_type == kind)
    return tuple(sorted({each.called for each in found}))


def _last(topic: str) -> str:
    return topic.rpartition("/")[2]


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
