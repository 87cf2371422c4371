"""Listens to a running session for a moment: diagnostics, the gate's state, streams, the graph. Publishes nothing."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from port_interfaces.msg import SafetyState
from rclpy.context import Context
from rclpy.experimental import EventsExecutor
from rclpy.node import Node

from port_ros import qos
from port_ros.constants import HEALTH_LEVELS, SAFETY_STATES
from port_ros.machine_load import LoadWatch
from port_session.admission.graph import Graph
from port_session.admission.heard import GateSample
from port_session.admission.judge import Diagnosis, Expected, Seen
from port_session.ros.graph import look
from port_session.ros.joined import joined
from port_session.ros.listening import Listening, gate_sample

#: How long DDS may take to find everybody, before the counting begins: on a busy machine it takes seconds. A process
#: that has been in the graph for long knows everybody already.
_DISCOVERY_S, _KNOWN_S = 4.0, 2.0
#: How long who has not told its name is waited for after the counting.
_NAMES_S = 1.5

#: From the new subscriptions to the counting: matching, and what was queued meanwhile.
_WARM_UP_S = 0.6


class Interrupted(Exception):
    """Whoever observes was told to end."""


def observe(record: Mapping[str, Any], expected: Expected, seconds: float) -> Seen:
    """What is seen of the session with this record in `seconds`."""
    return next(observe_again(record, expected, seconds))


def observe_again(record: Mapping[str, Any], expected: Expected, seconds: float) -> Iterator[Seen]:
    """The same again and again, in the graph all the time; closing it leaves the graph."""
    with joined(record, "check") as (node, context):
        discovery_s = _DISCOVERY_S
        while True:
            yield _observed(node, context, expected, seconds, discovery_s, lambda: False)
            discovery_s = _KNOWN_S


def observe_beside(node: Node, expected: Expected, seconds: float, ending: Callable[[], bool]) -> Seen:
    """The same by a node beside `node` in its process, from another thread; Interrupted once `ending` says so."""
    own = Node(
        f"check_{os.getpid()}", namespace=node.get_namespace(), context=node.context, start_parameter_services=False,
        enable_rosout=False, use_global_arguments=False,
    )  # fmt: skip
    try:
        return _observed(own, node.context, expected, seconds, _KNOWN_S, ending)
    finally:
        own.destroy_node()


def _observed(
    node: Node, context: Context, expected: Expected, seconds: float, discovery_s: float, ending: Callable[[], bool]
) -> Seen:
    executor = EventsExecutor(context=context)
    executor.add_node(node)
    try:
        with (
            contextlib.closing(LoadWatch()) as load,
            contextlib.closing(_Observer(node, executor, expected, discovery_s, ending)) as observer,
        ):
            return replace(observer.observe(seconds), load=load.look())
    finally:
        executor.remove_node(node)  # else it keeps the node, and the graph its name
        executor.shutdown()


class _Observer:
    def __init__(
        self, node: Node, executor: EventsExecutor, expected: Expected, discovery_s: float, ending: Callable[[], bool]
    ) -> None:
        self._node, self._executor, self._expected = node, executor, expected
        self._discovery_s, self._ending = discovery_s, ending
        self._diagnostics: dict[str, Diagnosis] = {}
        self._safety: tuple[str, str, str] | None = None
        self._gate: list[GateSample] = []
        self._realtime: tuple[str, ...] = ()
        self._causes: tuple[tuple[str, str], ...] = ()
        self._listening = Listening(node, expected.streams, expected.profile)
        self._subscriptions = [
            node.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 50),
            node.create_subscription(SafetyState, "safety/state", self._on_safety, qos.STATE_LATCHED),
        ]

    def observe(self, seconds: float) -> Seen:
        began_s = time.monotonic()
        self._discover()
        self._spin(_WARM_UP_S - (time.monotonic() - began_s))
        self._listening.begin()
        self._gate.clear()
        self._spin(seconds)
        flows, heard = self._listening.flows(), self._listening.heard(self._gate)
        return Seen(
            seconds,
            self._diagnostics,
            flows,
            self._settled(),
            self._safety,
            heard=heard,
            realtime=self._realtime,
            causes=self._causes,
        )

    def close(self) -> None:
        """Listen no longer; the node may go on."""
        self._listening.close()
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)

    def _discover(self) -> None:
        """Until every stream has a publisher and everybody has spoken, or it has taken too long."""
        deadline_s = time.monotonic() + self._discovery_s
        topics = [self._node.resolve_topic_name(stream.topic) for stream in self._expected.streams]
        while time.monotonic() < deadline_s:
            heard = self._safety and self._diagnostics.keys() >= set(self._expected.required)
            if heard and all(map(self._node.count_publishers, topics)):
                return
            self._spin(0.1)

    def _settled(self) -> Graph:
        """The graph, once everybody in it has told its name, or it has taken too long."""
        deadline_s = time.monotonic() + _NAMES_S
        graph = self._graph()
        while graph.nameless and time.monotonic() < deadline_s:
            self._spin(0.2)
            graph = self._graph()
        return graph

    def _graph(self) -> Graph:
        topics = [stream.topic for stream in self._expected.streams]
        profile, expected = self._expected.profile, self._expected
        requested = profile.command_in if profile else ""
        return look(self._node, topics, expected.namespace, expected.command_out, requested)

    def _spin(self, seconds: float) -> None:
        deadline_s = time.monotonic() + seconds
        while (left_s := deadline_s - time.monotonic()) > 0:
            if self._ending():
                raise Interrupted
            self._executor.spin_once(timeout_sec=min(left_s, 0.1))
            self._listening.stem_floods()

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            values = {value.key: value.value for value in status.values}
            level, remedy = HEALTH_LEVELS.get(status.level, "error"), values.get("remedy", "")
            self._diagnostics[status.name] = Diagnosis(status.name, level, status.message, remedy, values)

    def _on_safety(self, message: SafetyState) -> None:
        state = SAFETY_STATES.get(message.state, f"state {message.state}")
        self._safety, self._realtime = (state, message.reason, message.remedy), tuple(message.realtime)
        self._causes = tuple((cause.rule, cause.source) for cause in message.causes)
        self._gate.append(gate_sample(message))
