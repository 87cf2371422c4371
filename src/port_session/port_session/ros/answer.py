"""Waiting inside a coroutine callback: for another node's answer, with a deadline; for a thread.

The callback must be in a reentrant group and served by SingleThreadedExecutor: in a group it shares, the answer could
not be taken while it waits, and EventsExecutor of the wheels does not run coroutines.
"""

import threading
from collections.abc import Callable
from typing import Any

from rclpy.node import Node
from rclpy.task import Future


async def answer_within(node: Node, client: Any, request: Any, timeout_s: float) -> Any:
    """The answer of `client` to `request`, or None if there is none within `timeout_s`."""
    first: Future = Future(executor=node.executor)
    call = client.call_async(request)
    call.add_done_callback(lambda done: first.done() or first.set_result(done.result()))
    timer = node.create_timer(timeout_s, lambda: first.done() or first.set_result(None))
    try:
        return await first
    finally:
        node.destroy_timer(timer)
        client.remove_pending_request(call)


async def ready_within(node: Node, client: Any, timeout_s: float) -> bool:
    """Whether the service of `client` is there, or comes within `timeout_s`.

    A node that has just started has not heard of all others; what it asks then, nobody hears.
    """
    ready: Future = Future(executor=node.executor)

    def look() -> None:
        if not ready.done() and client.service_is_ready():
            ready.set_result(True)

    timers = [
        node.create_timer(0.02, look),
        node.create_timer(timeout_s, lambda: ready.done() or ready.set_result(False)),
    ]
    try:
        return bool(await ready)
    finally:
        for timer in timers:
            node.destroy_timer(timer)


async def result_of(node: Node, work: Callable[[], Any]) -> Any:
    """What `work` returns, done in a thread of its own while the node serves everything else. Raises what it raises."""
    outcome: list[Any] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            outcome.append(work())
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=run, name="admission", daemon=True)
    ended: Future = Future(executor=node.executor)
    thread.start()
    timer = node.create_timer(0.05, lambda: thread.is_alive() or ended.done() or ended.set_result(None))
    try:
        await ended
    finally:
        node.destroy_timer(timer)
    if errors:
        raise errors[0]
    return outcome[0]
