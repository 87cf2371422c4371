"""A node of our own in the graph of a running session: the one place where a command joins it.

Domain and middleware are the session's, as its record tells them, whatever this shell's environment says: else two
nodes that do not find each other would call each other dead.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import rclpy
from rclpy.context import Context
from rclpy.node import Node

from port_session.supervisor.middleware import DECISIVE


@contextmanager
def joined(record: Mapping[str, Any], name: str) -> Iterator[tuple[Node, Context]]:
    """A node `name` with this process's id, and its context, until the block is left."""
    take_over(record)
    context = Context()
    rclpy.init(context=context, domain_id=record["domain"])
    node = rclpy.create_node(
        f"{name}_{os.getpid()}", namespace=record["namespace"], context=context, start_parameter_services=False
    )
    try:
        yield node, context
    finally:
        node.destroy_node()
        rclpy.try_shutdown(context=context)


def take_over(record: Mapping[str, Any]) -> None:
    """Give this process the session's middleware: read by it when the first context begins."""
    given = record.get("environment")
    for name in DECISIVE if given is not None else ():
        os.environ.pop(name, None)
    os.environ.update(given or {})
