"""A node of our own in the graph of a running session: the one place where a command joins it.

Domain and middleware are the session's, as its record tells them, whatever this shell's environment says: else two
nodes that do not find each other would call each other dead.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import rclpy
from rclpy.context import Context
from rclpy.node import Node

from port_session.supervisor.middleware import joining


@contextmanager
def joined(record: Mapping[str, Any], name: str) -> Iterator[tuple[Node, Context]]:
    """A node `name` with this process's id, and its context, until the block is left."""
    given = record.get("environment")
    context = Context()
    with nullcontext() if given is None else joining(given):
        rclpy.init(context=context, domain_id=record["domain"])
        node = rclpy.create_node(
            f"{name}_{os.getpid()}", namespace=record["namespace"], context=context, start_parameter_services=False
        )
    try:
        yield node, context
    finally:
        node.destroy_node()
        rclpy.try_shutdown(context=context)
