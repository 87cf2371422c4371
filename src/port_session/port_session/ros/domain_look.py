"""Looks at a ROS domain for some seconds: who is there, and what comes on each topic. Publishes and offers nothing.

What it concludes from that: robots/profile_guess.py.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import rclpy
from nav_msgs.msg import Odometry
from rclpy.context import Context
from rclpy.experimental import EventsExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import Imu, JointState

from port_ros.node_names import full_name
from port_session.robots.domain_look import DomainLook, ImuContent, TopicEnd, TopicLook
from port_session.robots.topic_observer import TopicObserver
from port_session.ros.listening import message_class

#: Every node's own; they say nothing of a robot.
_EVERYBODYS = ("/rosout", "/parameter_events")
#: So large that a look at them could fill the robot's wireless network.
_LARGE = ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage", "sensor_msgs/msg/PointCloud2")
_STAMPED = ("std_msgs/Header", "builtin_interfaces/Time")
_DEPTH = 100
#: How often the graph is looked at for more topics.
_AGAIN_S = 0.3
#: A message's content is read no more often than this: some send theirs 1000 times a second.
_CONTENT_S = 0.01


def look(domain: int, seconds: float) -> DomainLook:
    """What is seen in `domain` in `seconds`, found and reached as the environment says."""
    with _listener(domain) as (node, executor):
        watch = _Watch(node)
        deadline_s = time.monotonic() + seconds
        while (left_s := deadline_s - time.monotonic()) > 0:
            watch.look_again()
            until_s = time.monotonic() + min(left_s, _AGAIN_S)
            while (rest_s := until_s - time.monotonic()) > 0:
                executor.spin_once(timeout_sec=rest_s)
        return watch.seen(domain, seconds)


@contextmanager
def _listener(domain: int) -> Iterator[tuple[Node, EventsExecutor]]:
    context = Context()
    rclpy.init(context=context, domain_id=domain)
    node = _Listener(context)
    executor = EventsExecutor(context=context)
    executor.add_node(node)
    try:
        yield node, executor
    finally:
        executor.remove_node(node)
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown(context=context)


class _Listener(Node):
    """A node without a publisher and without a service: it can be seen in the graph, and disturbs nobody."""

    def __init__(self, context: Context) -> None:
        silent = Parameter("start_type_description_service", value=False)
        super().__init__(
            f"port_probe_{os.getpid()}", context=context, start_parameter_services=False, enable_rosout=False,
            use_global_arguments=False, parameter_overrides=[silent],
        )  # fmt: skip

    def create_publisher(self, *_: Any, **__: Any) -> "_Silent":
        """Every node makes one, for events of its parameters."""
        return _Silent()


class _Silent:
    def publish(self, _: Any) -> None:
        """Nothing."""


class _Watch:
    """The topics of a domain as they are found, each with what came on it."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._own = node.get_fully_qualified_name()
        self._observers: dict[str, TopicObserver] = {}
        self._unheard: dict[str, str] = {}

    def look_again(self) -> None:
        """Listen to what was not there before."""
        for name in self._names():
            publishers = self._node.get_publishers_info_by_topic(name)
            if publishers and name not in self._observers and name not in self._unheard:
                self._listen(name, publishers)

    def _names(self) -> list[str]:
        return [name for name, _ in self._node.get_topic_names_and_types() if name not in _EVERYBODYS]

    def _listen(self, name: str, publishers: list[Any]) -> None:
        kinds = {info.topic_type for info in publishers}
        if refusal := _refusal(kinds):
            self._unheard[name] = refusal
            return
        kind_name = kinds.pop()
        kind = message_class(kind_name)
        observer = TopicObserver(next(iter(kind.get_fields_and_field_types().values()), "") in _STAMPED)
        content, last_s = _CONTENT.get(kind_name), [-_CONTENT_S]

        def arrived(data: bytes) -> None:
            now_s = time.monotonic()
            observer.note(data, now_s, time.time())
            if content is not None and now_s - last_s[0] >= _CONTENT_S:
                last_s[0] = now_s
                content(observer, deserialize_message(data, kind))

        self._observers[name] = observer
        self._node.create_subscription(kind, name, arrived, _profile(publishers), raw=True)

    def seen(self, domain: int, seconds: float) -> DomainLook:
        nodes = (full_name(*each) for each in self._node.get_node_names_and_namespaces())
        others = sorted({node for node in nodes if node not in ("", self._own)})
        topics = [self._topic(name, seconds) for name in sorted(self._names())]
        there = tuple(topic for topic in topics if topic.publishers or topic.subscribers)
        return DomainLook(domain, seconds, tuple(others), there)

    def _topic(self, name: str, seconds: float) -> TopicLook:
        topic = TopicLook(
            name, self._ends(self._node.get_publishers_info_by_topic(name)),
            self._ends(self._node.get_subscriptions_info_by_topic(name)), unheard=self._unheard.get(name, ""),
        )  # fmt: skip
        observer = self._observers.get(name)
        return observer.added_to(topic, seconds) if observer else topic

    def _ends(self, found: list[Any]) -> tuple[TopicEnd, ...]:
        ends = (_end(info) for info in found)
        return tuple(sorted((end for end in ends if end.node != self._own), key=lambda end: (end.node, end.type)))


def _refusal(kinds: set[str]) -> str:
    """Why a topic is not listened to; empty if it can be."""
    if len(kinds) > 1:
        return f"not listened to: published as {' and as '.join(sorted(kinds))}"
    kind = next(iter(kinds))
    if kind in _LARGE:
        return "not listened to: large"
    return "" if message_class(kind) is not None else "not listened to: its type is not installed here"


def _profile(publishers: list[Any]) -> QoSProfile:
    """What meets every one of them, and holds up none; what is latched is asked for as such."""
    if all(info.qos_profile.durability == DurabilityPolicy.TRANSIENT_LOCAL for info in publishers):
        return QoSProfile(
            depth=_DEPTH, reliability=ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.TRANSIENT_LOCAL
        )
    return QoSProfile(depth=_DEPTH, reliability=ReliabilityPolicy.BEST_EFFORT, durability=DurabilityPolicy.VOLATILE)


def _end(info: Any) -> TopicEnd:
    known = info.topic_type_hash.version > 0  # 0: an older distribution, which tells none
    profile = info.qos_profile
    return TopicEnd(
        full_name(info.node_name, info.node_namespace), info.topic_type, str(info.topic_type_hash) if known else "",
        profile.reliability.name.lower(), profile.durability.name.lower(),
    )  # fmt: skip


def _odometry(observer: TopicObserver, message: Odometry) -> None:
    place, twist = message.pose.pose.position, message.twist.twist
    speeds = [getattr(part, axis) for part in (twist.linear, twist.angular) for axis in "xyz"]
    observer.odometry.note((place.x, place.y, place.z), speeds, message.child_frame_id)


def _joints(observer: TopicObserver, message: JointState) -> None:
    observer.joints.note(list(message.name), len(message.velocity))


def _imu(observer: TopicObserver, message: Imu) -> None:
    observer.imu = ImuContent(orientation=message.orientation_covariance[0] >= 0.0)


_CONTENT = {"nav_msgs/msg/Odometry": _odometry, "sensor_msgs/msg/JointState": _joints, "sensor_msgs/msg/Imu": _imu}
