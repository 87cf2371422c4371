"""The baseline, what a user would otherwise write: a plain rclpy node, typed, SingleThreadedExecutor, no checks."""

import contextlib

import rclpy
from geometry_msgs.msg import Twist
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node

from port_ros import qos


def main() -> None:
    rclpy.init()
    node = Node("passthrough")
    publisher = node.create_publisher(Twist, "cmd_vel", qos.COMMAND)
    node.create_subscription(Twist, "cmd_vel_request", publisher.publish, qos.COMMAND)
    with contextlib.suppress(ExternalShutdownException, KeyboardInterrupt):
        rclpy.spin(node)


if __name__ == "__main__":
    main()
