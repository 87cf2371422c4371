"""A loop over rclpy's wait set, for a node that must not be late and has one thread.

It waits until something arrived or the time is up, then serves what arrived, in this order: subscriptions, services,
clients, timers. No task, no coroutine, no lock between a message and its callback, so nothing queues behind anything.
rclpy's wait set and its `take` calls are no public interface: tests/ros/test_wait_set.py holds this file against the
version that is installed (docs/adr/0004-executor.md says what was measured).
"""

import time
from collections.abc import Callable, Collection
from typing import Any

from rclpy.impl.implementation_singleton import rclpy_implementation as _rclpy
from rclpy.node import Node

#: Messages taken from one subscription in one turn, at most as many as its queue holds: few enough to keep a flood from
#: starving the rest.
BURST = 16


#: What the node has made or destroyed since is noticed this often: to ask with every wake costs as much as the wake.
LOOK_NS = 20_000_000


class NotTaken(Exception):
    """The client library could not make a message or a request of what arrived; the cause says why."""


class WaitSetLoop:
    """Serves one node's subscriptions, services, clients and timers. Its event handlers and guards are not served.

    sampled: subscriptions that wake nobody; more may come. What has arrived on them is served by `drain`, which whoever
    works in periods calls when one begins: a message that is looked at then anyway need not cost a wake of its own.

    left_alone: subscriptions that somebody else serves.

    failed: told which callback raised what, or of what a message could not be taken (NotTaken), and the loop goes on;
    without it the error goes to whoever spins.
    """

    def __init__(
        self, node: Node, sampled: Collection[Any] = (), failed: Callable[[str, Exception], None] | None = None,
        left_alone: Collection[Any] = (),
    ) -> None:  # fmt: skip
        self._node = node
        self._sampled = sampled
        self._left_alone = left_alone
        self._failed = failed
        self._look_due_ns = 0
        self._kinds: tuple[_Kind, ...] = ()
        self._set: Any = None

    def spin_once(self, timeout_sec: float) -> None:
        """Wait at most `timeout_sec` (0: do not wait) and serve everything that is there then."""
        now_ns = time.monotonic_ns()
        if now_ns >= self._look_due_ns:
            self._look(now_ns)
        try:
            self._fill()
        except (_rclpy.InvalidHandle, _rclpy.RCLError):  # destroyed since the last look
            self._look(now_ns)
            self._fill()
        self._set.wait(max(0, round(timeout_sec * 1e9)))
        for kind in self._kinds:
            if kind.handles and (ready := self._set.get_ready_entities(kind.name)):
                for pointer, entity in kind.entities:
                    if pointer in ready:
                        self._serve(kind.serve, entity)

    def _serve(self, serve: Callable[[Any], None], entity: Any) -> None:
        try:
            serve(entity)
        except Exception as error:
            if self._failed is None:
                raise
            self._failed(_name_of(entity), error)

    def _fill(self) -> None:
        self._set.clear_entities()
        for kind in self._kinds:
            for handle in kind.handles:
                kind.add(handle)

    def _look(self, now_ns: int) -> None:
        """What the node has now, and a wait set with room for it."""
        node, self._look_due_ns = self._node, now_ns + LOOK_NS
        others = [*self._sampled, *self._left_alone]
        subscriptions = [each for each in node.subscriptions if each not in others]
        lists = (subscriptions, list(node.services), list(node.clients), list(node.timers))
        handles = [[each.handle for each in some] for some in lists]
        if [kind.handles for kind in self._kinds] == handles:
            return
        counts = [len(some) for some in lists]
        subscribed, served, asked, timed = counts
        self._set = _rclpy.WaitSet(subscribed, 0, timed, asked, served, 0, node.context.handle)
        add = (self._set.add_subscription, self._set.add_service, self._set.add_client, self._set.add_timer)
        self._kinds = tuple(map(_Kind, _NAMES, lists, handles, add, _SERVE))

    def drain(self) -> None:
        """Serve what has arrived on the sampled subscriptions; does not wait."""
        for each in self._sampled:
            self._serve(_serve_subscription, each)


class _Kind:
    """The entities of one kind: their handles, what adds one to the wait set, and what serves one."""

    def __init__(
        self, name: str, entities: list[Any], handles: list[Any], add: Callable[[Any], Any],
        serve: Callable[[Any], None],
    ) -> None:  # fmt: skip
        self.name = name
        self.handles = handles
        self.entities = [(handle.pointer, entity) for handle, entity in zip(handles, entities, strict=True)]
        self.add = add
        self.serve = serve


def _serve_subscription(subscription: Any) -> None:
    depth = subscription.qos_profile.depth
    for _ in range(min(BURST, depth) if depth else BURST):
        taken = _taken(subscription.handle.take_message, subscription.msg_type, subscription.raw)
        if taken is None:
            return
        subscription.callback(taken[0])


def _taken(take: Callable[..., Any], *what: Any) -> Any:
    """Where fields are checked (ROS_PYTHON_CHECK_FIELDS), what is longer than its type allows fails here."""
    try:
        return take(*what)
    except Exception as error:
        raise NotTaken(str(error.__cause__ or error)) from error


def _serve_service(service: Any) -> None:
    request, header = _taken(service.handle.service_take_request, service.srv_type.Request)
    if header is None:
        return
    try:
        response = service.callback(request, service.srv_type.Response())
    except Exception:
        service.send_response(service.srv_type.Response(), header)  # the empty answer, which accepts nothing
        raise
    service.send_response(response, header)


def _serve_client(client: Any) -> None:
    header, response = client.handle.take_response(client.srv_type.Response)
    if header is None:
        return
    try:
        future = client.get_pending_request(header.request_id.sequence_number)
    except KeyError:
        return  # given up meanwhile
    future.set_result(response)


def _serve_timer(timer: Any) -> None:
    if timer.handle.is_timer_ready():
        timer.handle.call_timer()
        timer.callback()


def _name_of(entity: Any) -> str:
    """The topic or service of what failed; a timer has no name."""
    return str(getattr(entity, "topic_name", None) or getattr(entity, "srv_name", "timer"))


_NAMES = ("subscription", "service", "client", "timer")
_SERVE = (_serve_subscription, _serve_service, _serve_client, _serve_timer)
