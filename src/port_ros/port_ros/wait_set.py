"""A loop over rclpy's wait set, for a node that must not be late and has one thread.

It waits until something arrived or the time is up, then serves what arrived, in this order: subscriptions, services,
clients, timers. No task, no coroutine, no lock between a message and its callback, so nothing queues behind anything.
rclpy's wait set and its `take` calls are no public interface: tests/ros/test_wait_set.py holds this file against the
version that is installed (docs/adr/0004-executor.md says what was measured).
"""

from collections.abc import Collection
from typing import Any

from rclpy.impl.implementation_singleton import rclpy_implementation as _rclpy
from rclpy.node import Node

#: Messages taken from one subscription in one turn, at most as many as its queue holds: few enough to keep a flood from
#: starving the rest.
BURST = 16


class WaitSetLoop:
    """Serves one node's subscriptions, services, clients and timers. Its event handlers and guards are not served.

    patient: subscriptions that wake nobody. What has arrived on them is served by `drain`, which whoever works in
    periods calls when one begins: a message that is looked at then anyway need not cost a wake of its own.
    """

    def __init__(self, node: Node, patient: Collection[Any] = ()) -> None:
        self._node = node
        self._patient = list(patient)
        self._set: Any = None
        self._counts: tuple[int, ...] = ()

    def spin_once(self, timeout_sec: float) -> None:
        """Wait at most `timeout_sec` (0: do not wait) and serve everything that is there then."""
        node = self._node
        subscriptions = [each for each in node.subscriptions if each not in self._patient]
        services = list(node.services)
        clients, timers = list(node.clients), list(node.timers)
        wait_set = self._prepared((len(subscriptions), len(timers), len(clients), len(services)))
        wait_set.clear_entities()
        for each in subscriptions:
            wait_set.add_subscription(each.handle)
        for each in services:
            wait_set.add_service(each.handle)
        for each in clients:
            wait_set.add_client(each.handle)
        for each in timers:
            wait_set.add_timer(each.handle)
        wait_set.wait(max(0, round(timeout_sec * 1e9)))
        self._serve(wait_set, "subscription", subscriptions, _serve_subscription)
        self._serve(wait_set, "service", services, _serve_service)
        self._serve(wait_set, "client", clients, _serve_client)
        self._serve(wait_set, "timer", timers, _serve_timer)

    def drain(self) -> None:
        """Serve what has arrived on the patient subscriptions; does not wait."""
        for each in self._patient:
            _serve_subscription(each)

    def _prepared(self, counts: tuple[int, ...]) -> Any:
        """The wait set, made anew when entities came or went."""
        if counts != self._counts:
            subscriptions, timers, clients, services = self._counts = counts
            handle = self._node.context.handle
            self._set = _rclpy.WaitSet(subscriptions, 0, timers, clients, services, 0, handle)
        return self._set

    @staticmethod
    def _serve(wait_set: Any, kind: str, entities: list[Any], serve: Any) -> None:
        if not entities:
            return
        ready = wait_set.get_ready_entities(kind)
        for each in entities if ready else ():
            if each.handle.pointer in ready:
                serve(each)


def _serve_subscription(subscription: Any) -> None:
    depth = subscription.qos_profile.depth
    for _ in range(min(BURST, depth) if depth else BURST):
        taken = subscription.handle.take_message(subscription.msg_type, subscription.raw)
        if taken is None:
            return
        subscription.callback(taken[0])


def _serve_service(service: Any) -> None:
    request, header = service.handle.service_take_request(service.srv_type.Request)
    if header is not None:
        service.send_response(service.callback(request, service.srv_type.Response()), header)


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
