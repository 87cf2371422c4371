"""Asks a running session for its next step or its state, once. Holds no state of its own."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from port_interfaces.msg import SessionState
from port_interfaces.srv import SessionCommand
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from port_ros import qos
from port_ros.constants import SESSION_STATES
from port_session.ros.joined import joined

_SILENT = "nobody answers; is the session node alive? (port check)"
_TIMEOUT_S = 5.0

Answer = dict[str, Any]


def ask(record: Mapping[str, Any], command: str, by: str, note: str, run: int = 0) -> Answer:
    """{accepted, state, reason} as the session node answered. run: which one `void_run` means; 0: the newest."""
    with asking(record) as (node, executor):
        client = node.create_client(SessionCommand, "session/command")
        if not client.wait_for_service(timeout_sec=_TIMEOUT_S):
            return {"accepted": False, "state": "unknown", "reason": _SILENT}
        future = client.call_async(SessionCommand.Request(command=command, by=by, note=note, run=run))
        executor.spin_until_future_complete(future, timeout_sec=2 * _TIMEOUT_S)
        if not future.done():
            return {"accepted": False, "state": "unknown", "reason": _SILENT}
        answer = future.result()
        return {
            "accepted": answer.accepted, "state": SESSION_STATES.get(answer.state, str(answer.state)),
            "reason": answer.reason,
        }  # fmt: skip


def read_state(record: Mapping[str, Any]) -> Answer:
    """{accepted, state, reason, run, runs_counting, runs_asked, running_s, timeout_s, next_steps} as last published."""
    seen: list[SessionState] = []
    with asking(record) as (node, executor):
        node.create_subscription(SessionState, "session/state", seen.append, qos.STATE_LATCHED)
        deadline_s = time.monotonic() + _TIMEOUT_S
        while not seen and time.monotonic() < deadline_s:
            executor.spin_once(timeout_sec=0.1)
    if not seen:
        return {"accepted": False, "state": "unknown", "reason": _SILENT, "run": 0}
    state = seen[-1]
    name = SESSION_STATES.get(state.state, str(state.state))
    return {
        "accepted": True, "state": name, "reason": state.reason, "run": state.run, "run_open": state.run_open,
        "runs_counting": state.runs_counting, "runs_asked": state.runs_asked, "running_s": state.running_s,
        "timeout_s": state.timeout_s, "next_steps": list(state.next_steps),
    }  # fmt: skip


@contextmanager
def asking(record: Mapping[str, Any]) -> Iterator[tuple[Node, SingleThreadedExecutor]]:
    """A node of our own beside a running session, and what spins it."""
    with joined(record, "ask") as (node, context):
        executor = SingleThreadedExecutor(context=context)
        executor.add_node(node)
        try:
            yield node, executor
        finally:
            executor.shutdown()
