"""A publisher whose node nobody knows, as a DDS program without ROS has one, or a process killed before it told."""

from collections.abc import Iterator
from contextlib import contextmanager

import rclpy
from rclpy.node import Node

from port_ros import qos


@contextmanager
def nameless_publisher(domain: int, kind: type, topic: str) -> Iterator[None]:
    """Publishes nothing, but is there. Of two nodes of one name in one process the middleware forgets both with one."""
    context = rclpy.Context()
    context.init(domain_id=domain)
    node = Node("passing", context=context, start_parameter_services=False)
    node.create_publisher(kind, topic, qos.COMMAND)
    Node("passing", context=context, start_parameter_services=False).destroy_node()
    try:
        yield
    finally:
        node.destroy_node()
        context.try_shutdown()
