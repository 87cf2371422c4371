"""A thread that takes raw messages off subscriptions and does nothing else, for a node that must not lose any.

What the middleware keeps for a subscription is overwritten when nobody takes it, and nobody is told. Whoever decodes,
computes or waits between two takes loses messages on a busy machine; this thread hands over the bytes and takes on.
The node's executor must leave its subscriptions alone: `WaitSetLoop(node, sampled=taker.subscriptions)` does.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.impl.implementation_singleton import rclpy_implementation as _rclpy
from rclpy.node import Node
from rclpy.qos import QoSProfile

from port_ros import realtime
from port_ros.wait_set import BURST

#: How soon a new subscription is seen, and the end.
_LOOK_S = 0.1
_LET_GO_S = 0.005

#: Takes a message's bytes and the number that its publisher gave it, None where the middleware does not say.
Taken = Callable[[bytes, int | None], None]


class _Source:
    """One subscription, what becomes of its messages, and where its losses are told."""

    def __init__(self, subscription: Any, taken: Taken) -> None:
        self.subscription = subscription
        self._taken = taken

    def serve(self, most: int) -> None:
        """Take what is there, at most `most`."""
        handle, kind = self.subscription.handle, self.subscription.msg_type
        for _ in range(most):
            message = handle.take_message(kind, True)
            if message is None:
                return
            self._taken(message[0], message[1].get("publication_sequence_number"))


class Taker:
    """Of one node, from `start` to `close`. Whatever is handed over must return at once."""

    def __init__(self, node: Node) -> None:
        self._node = node
        #: What it serves; grows with each `subscribe`.
        self.subscriptions: list[Any] = []
        self._sources: list[_Source] = []
        self._served: list[_Source] = self._sources
        #: How often its thread has looked: who watches it sees it go on.
        self.turns = 0
        self._closing = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="taker", daemon=True)

    def subscribe(
        self, kind: Any, topic: str, profile: QoSProfile, taken: Taken, lost: Callable[[int], None]
    ) -> Any:  # fmt: skip
        """Subscribe to the bytes of `topic`. lost: told how many the middleware says it lost."""
        events = SubscriptionEventCallbacks(message_lost=lambda event: lost(event.total_count_change))
        subscription = self._node.create_subscription(
            kind, topic, _nobody_calls_this, profile, raw=True, event_callbacks=events
        )
        self.subscriptions.append(subscription)
        self._sources = [*self._sources, _Source(subscription, taken)]
        return subscription

    def unsubscribe(self, subscription: Any) -> None:
        """Take nothing more of it, and destroy it as soon as the thread has let go of it."""
        self.subscriptions.remove(subscription)
        self._sources = [source for source in self._sources if source.subscription is not subscription]
        while self._thread.is_alive() and self._served is not self._sources:
            time.sleep(_LET_GO_S)
        self._node.destroy_subscription(subscription)

    def start(self) -> None:
        with realtime.taking_threads():
            self._thread.start()

    def check(self) -> None:
        """Raises what has ended the thread before its time; whoever spins the node asks from time to time."""
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Take what is there and end the thread."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            self._serve()
        except Exception as error:
            self._error = error

    def _serve(self) -> None:
        sources = self._sources
        waiting = _Waiting(self._node, sources)
        while not self._closing.is_set():
            self.turns += 1
            if sources is not self._sources:
                sources = self._sources
                waiting = _Waiting(self._node, sources)
            self._served = sources
            if sources:
                waiting.serve(_LOOK_S)
            else:  # a wait set does not wait for nothing
                self._closing.wait(_LOOK_S)
        # Once more what is there now, and no more: nobody can keep this thread from its end.
        if sources:
            waiting.serve(0.0)
        for source in self._sources:
            source.serve(source.subscription.qos_profile.depth)


class _Waiting:
    """A wait set with these sources and their events."""

    def __init__(self, node: Node, sources: list[_Source]) -> None:
        self._sources = sources
        self._events = [event for source in sources for event in source.subscription.event_handlers]
        self._set = _rclpy.WaitSet(len(sources), 0, 0, 0, 0, len(self._events), node.context.handle)

    def serve(self, timeout_s: float) -> None:
        """Wait for something, and serve it: losses first, for they lie before what is there now."""
        self._set.clear_entities()
        for source in self._sources:
            self._set.add_subscription(source.subscription.handle)
        for event in self._events:
            event.add_to_wait_set(self._set)
        self._set.wait(round(timeout_s * 1e9))
        for event in self._events:
            if event.is_ready(self._set) and (data := event.take_data()) is not None:
                event.callback(data)
        ready = self._set.get_ready_entities("subscription")
        for source in self._sources:
            if source.subscription.handle.pointer in ready:
                source.serve(BURST)


def _nobody_calls_this(_: bytes) -> None:
    raise AssertionError("the taker's subscriptions are not an executor's")
