"""Waiting for another node's answer inside a coroutine callback, with a deadline.

The callback must be in a reentrant group and served by SingleThreadedExecutor: in a group it shares, the answer could
not be taken while it waits, and EventsExecutor of the wheels does not run coroutines.
"""

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
