"""Who offers and who reads each topic, as the middleware knows them; what of that cannot work. Pure: no ROS.

Two nodes that disagree on a topic's type or QoS are silent about it: no error, no data. Only the graph shows it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from port_session.admission.finding import Finding

#: Nodes of a session that read the robot's commands without being the robot.
OBSERVERS = ("recorder", "telemetry", "dashboard", "gate", "session")

#: What the middleware has not (or no more) told the node of.
NAMELESS = "a node without a name"
#: How long the middleware knows a process that was killed: the lease of its participant.
LEASE_S = 20
_NAMELESS_REMEDY = (
    f"it is about to say it, it was killed (gone within {LEASE_S} s), or it is a DDS program without ROS: end that one"
)


@dataclass(frozen=True)
class Endpoint:
    """One publisher or subscription. node: full name, empty while the middleware does not know it. qos: in words.

    type_hash: of the message's definition; empty where the other side does not tell it.
    """

    node: str
    type: str
    qos: str = ""
    type_hash: str = ""

    @property
    def called(self) -> str:
        return self.node or NAMELESS


@dataclass(frozen=True)
class Unheard:
    """A reader that never hears a publisher because their QoS do not fit."""

    topic: str
    publisher: Endpoint
    reader: Endpoint


@dataclass(frozen=True)
class Elsewhere:
    """A topic that is none of the session's, by its full name: names of who publishes it and who reads it."""

    topic: str
    type: str
    publishers: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Graph:
    """Endpoints by topic, as it stands in the description; unheard pairs; full names of all nodes of the session.

    namespace: the session's; elsewhere: what else there is, where a robot may speak that was not told where to.
    asked_of: who listens to the requests of the robot's stack.
    """

    publishers: dict[str, tuple[Endpoint, ...]] = field(default_factory=dict)
    readers: dict[str, tuple[Endpoint, ...]] = field(default_factory=dict)
    unheard: tuple[Unheard, ...] = ()
    nodes: tuple[str, ...] = ()
    namespace: str = ""
    elsewhere: tuple[Elsewhere, ...] = ()
    asked_of: tuple[str, ...] = ()

    @property
    def nameless(self) -> bool:
        """Whether somebody has not told its node's name: then it is worth to look again in a moment."""
        return any(not each.node for ends in self.publishers.values() for each in ends)


def offered(graph: Graph, topic: str, kind: str, most: int, remedy: str) -> Finding | None:
    """What is wrong with who publishes `topic`, which must be of type `kind` and have `most` publishers at most."""
    publishers = graph.publishers.get(topic, ())
    if not publishers:
        return _published_elsewhere(graph, topic, kind) or Finding(topic, False, "nobody publishes it", remedy)
    for publisher in publishers:
        if publisher.type != kind:
            problem = f"{publisher.called} publishes {publisher.type}, expected {kind}"
            return Finding(topic, False, problem, "publish the expected type, or change the robot's profile")
    if finding := other_definition(graph, topic) or unheard(graph, topic):
        return finding
    if len(publishers) > most:
        names = ", ".join(sorted(each.called for each in publishers))
        problem = f"{len(publishers)} publishers: {names}; expected {most}"
        remedy = f"end or remap the others; one that was killed is gone within {LEASE_S} s"
        return Finding(topic, False, problem, remedy)
    return None


def _published_elsewhere(graph: Graph, topic: str, kind: str) -> Finding | None:
    """Somebody says the same under another name, or in another namespace."""
    others = [each for each in graph.elsewhere if each.publishers and _alike(each, topic, kind)]
    if not others:
        return None
    other = min(others, key=lambda each: (_last(each.topic) != _last(topic), each.type != kind, each.topic))
    who = ", ".join(other.publishers)
    remedy = f"remap it there: --ros-args -r {other.topic}:={_full(graph, topic)}"
    if other.type != kind:
        remedy = f"{remedy}, and publish {kind}"
    return Finding(topic, False, f"nobody publishes it; {who} publishes {other.type} on {other.topic}", remedy)


def _alike(other: Elsewhere, topic: str, kind: str) -> bool:
    """By type; or, where people gave it the same name, by that and the family of the type (Twist, TwistStamped)."""
    family = other.type.removesuffix("Stamped") == kind.removesuffix("Stamped")
    return other.type == kind or (family and _last(other.topic) == _last(topic)) or (family and "cmd" in other.topic)


def _last(topic: str) -> str:
    return topic.rpartition("/")[2]


def _full(graph: Graph, topic: str) -> str:
    return topic if topic.startswith("/") else f"{graph.namespace}/{topic}"


def heard_by(graph: Graph, namespace: str, topic: str) -> str:
    """Who listens to the robot's command topic, without those of the session that look on."""
    observers = {f"{namespace}/{name}" for name in OBSERVERS}
    robots = {each.called for each in graph.readers.get(topic, ()) if each.node not in observers}
    return ", ".join(sorted(robots)) or "nobody"


def listens(graph: Graph, topic: str, node: str) -> bool:
    """Whether `node` is known to read `topic`."""
    return any(each.node == node for each in graph.readers.get(topic, ()))


def other_definition(graph: Graph, topic: str) -> Finding | None:
    """Same type name, other definition: what arrives would be read wrongly."""
    readers = [each for each in graph.readers.get(topic, ()) if each.type_hash]
    for publisher in graph.publishers.get(topic, ()):
        for reader in readers:
            same_name = publisher.type == reader.type
            if same_name and publisher.type_hash and publisher.type_hash != reader.type_hash:
                problem = f"{publisher.called} has another definition of {publisher.type} than {reader.called}"
                return Finding(topic, False, problem, "build both with the same version of that message")
    return None


def unheard(graph: Graph, topic: str) -> Finding | None:
    """Somebody publishes `topic` so that one of its readers never hears it."""
    pair = next((each for each in graph.unheard if each.topic == topic), None)
    if pair is None:
        return None
    problem = (
        f"{pair.publisher.called} offers it {pair.publisher.qos}, {pair.reader.called} asks for {pair.reader.qos}: "
        "nothing arrives"
    )
    return Finding(topic, False, problem, f"set the QoS of that publisher to {pair.reader.qos}")


def commanded(graph: Graph, namespace: str, topic: str, silent: str, request: str = "the request") -> Finding:
    """The robot's command topic: the gate alone publishes it, and the robot reads it, and nothing else. silent: what
    mends a gate that does not publish it; request: the topic of what the stack asks for.
    """
    gate = f"{namespace}/gate"
    publishers = graph.publishers.get(topic, ())
    foreign = sorted({each.node for each in publishers} - {gate, ""})
    if not publishers:
        return Finding(topic, False, "nobody publishes it, not even the gate", silent)
    if foreign:
        remedy = "remap that node's output to the command request topic; only the gate commands the robot"
        return Finding(topic, False, f"published by {', '.join(foreign)} past the gate", remedy)
    if any(not each.node for each in publishers):
        return Finding(topic, False, f"{NAMELESS} is on it, beside the gate or for it", _NAMELESS_REMEDY)
    if len(publishers) > 1:
        remedy = f"end the second one; one that was killed is gone within {LEASE_S} s"
        return Finding(topic, False, f"published by {len(publishers)} nodes called {gate}", remedy)
    return _followed(graph, namespace, topic, publishers[0], request)


def _followed(graph: Graph, namespace: str, topic: str, gate: Endpoint, request: str) -> Finding:
    observers = {f"{namespace}/{name}" for name in OBSERVERS}
    robots = [each for each in graph.readers.get(topic, ()) if each.node not in observers]
    if not robots:
        return _nobody_listens(graph, topic, gate.type)
    for robot in robots:
        if robot.type != gate.type:
            problem = f"{robot.called} listens to {robot.type}, the gate sends {gate.type}"
            remedy = f"have it listen to {gate.type}, or set topics.command_type in the robot's profile to {robot.type}"
            return Finding(topic, False, problem, remedy)
    if pair := next((each for each in graph.unheard if each.topic == topic), None):
        problem = f"{pair.reader.called} asks for {pair.reader.qos}, the gate sends {gate.qos}"
        return Finding(topic, False, f"{problem}: it hears nothing", f"let it listen {gate.qos}")
    if beside := sorted({each.node for each in robots if each.node} & set(graph.asked_of)):
        problem = f"{', '.join(beside)} listens to {request}, too: its stack would move it past the gate"
        return Finding(topic, False, problem, f"let the base listen to {topic} alone")
    heard = ", ".join(sorted(each.called for each in robots))
    return Finding(topic, True, detail=f"published by the gate alone, heard by {heard}")


def _nobody_listens(graph: Graph, topic: str, kind: str) -> Finding:
    problem = "nobody listens to it: the robot would not hear the gate's stop"
    others = [each for each in graph.elsewhere if each.readers and _alike(each, topic, kind)]
    if not others:
        remedy = "start the robot's base driver or controller, and remap its command input to this topic"
        return Finding(topic, False, problem, remedy)
    other = min(others, key=lambda each: (_last(each.topic) != _last(topic), each.type != kind, each.topic))
    who = ", ".join(other.readers)
    remedy = f"remap it there: --ros-args -r {other.topic}:={_full(graph, topic)}"
    return Finding(topic, False, f"{problem}; {who} listens to {other.type} on {other.topic}", remedy)


def twins(nodes: Sequence[str]) -> list[Finding]:
    """Nodes of one name: services and logs of one are taken for the other's."""
    remedy = f"end the second one; one that was killed is gone within {LEASE_S} s"
    return [
        Finding(name, False, f"{count} nodes are called {name}", remedy)
        for name, count in sorted(Counter(nodes).items())
        if count > 1
    ]
