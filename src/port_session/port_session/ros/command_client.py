"""Asks a running session for its next step or its state, once. Holds no state of its own."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import rclpy
from port_interfaces.msg import SessionState
from port_interfaces.srv import SessionCommand
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from port_ros import qos
from port_session.ros.observer import state_name

_SILENT = "nobody answers; is the session node alive? (port check)"
_TIMEOUT_S = 5.0

Answer = dict[str, Any]


def ask(namespace: str, domain: int, command: str, by: str, note: str) -> Answer:
    """{accepted, state, reason} as the session node answered."""
    with node_in(namespace, domain) as (node, executor):
        client = node.create_client(SessionCommand, "session/command")
        if not client.wait_for_service(timeout_sec=_TIMEOUT_S):
            return {"accepted": False, "state": "unknown", "reason": _SILENT}
        future = client.call_async(SessionCommand.Request(command=command, by=by, note=note))
        executor.spin_until_future_complete(future, timeout_sec=2 * _TIMEOUT_S)
        if not future.done():
            return {"accepted": False, "state": "unknown", "reason": _SILENT}
        answer = future.result()
        return {
            "accepted": answer.accepted, "state": state_name(SessionState, answer.state), "reason": answer.reason
        }  # fmt: skip


def read_state(namespace: str, domain: int) -> Answer:
    """{accepted, state, reason, run} as last published."""
    seen: list[SessionState] = []
    with node_in(namespace, domain) as (node, executor):
        node.create_subscription(SessionState, "session/state", seen.append, qos.STATE_LATCHED)
        deadline_s = time.monotonic() + _TIMEOUT_S
        while not seen and time.monotonic() < deadline_s:
            executor.spin_once(timeout_sec=0.1)
    if not seen:
        return {"accepted": False, "state": "unknown", "reason": _SILENT, "run": 0}
    state = seen[-1]
    return {"accepted": True, "state": state_name(SessionState, state.state), "reason": state.reason, "run": state.run}


@contextmanager
def node_in(namespace: str, domain: int) -> Iterator[tuple[Node, SingleThreadedExecutor]]:
    """A node of our own beside a running session, and what spins it."""
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    context = rclpy.Context()
    rclpy.init(context=context, domain_id=domain)
    node = rclpy.create_node(f"ask_{os.getpid()}", namespace=namespace, context=context, start_parameter_services=False)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    try:
        yield node, executor
    finally:
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown(context=context)
