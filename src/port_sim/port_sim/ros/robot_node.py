"""Node `robot`: a simulated robot as a team's robot would look on ROS: command and stop stage in, odometry out.

The odometry frame coincides with frame ground at the start.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry

from port_ros import life, parameters, qos, realtime, stamps
from port_sim.robots.body import Body
from port_sim.robots.truth_link import TruthLink
from port_sim.robots.wheeled import Motion
from port_sim.ros.body_node import BodyNode, stay_until_still
from port_sim.settings import read_robot

_VARIANCE = np.full(6, 1e-4)


class RobotNode(BodyNode):
    """The ROS side of a robot that drives or walks."""

    def __init__(self) -> None:
        super().__init__()
        settings = read_robot(parameters.read_tree(self))
        own = settings.given
        self._odometry = self.create_publisher(Odometry, own.odometry, qos.SENSOR_STREAM)
        self.create_subscription(Twist, own.command, self._on_command, qos.COMMAND)
        self.live(Body(settings.robot, TruthLink(own.socket)), own.comes_to_rest_s, self._publish)

    def _on_command(self, message: Twist) -> None:
        self.body.command(message.linear.x, message.angular.z)

    def _publish(self) -> None:
        motion, off_m = self.body.motion, self.body.supply.misplaced_m
        believed = replace(motion, x=motion.x + off_m)
        self._odometry.publish(to_message(believed, time.time_ns()))


def to_message(motion: Motion, stamp_ns: int) -> Odometry:
    """The odometry message of `motion`."""
    message = Odometry(child_frame_id="base_link")
    message.header.stamp, message.header.frame_id = stamps.to_msg(stamp_ns), "odom"
    message.pose.pose.position.x, message.pose.pose.position.y = motion.x, motion.y
    message.pose.pose.position.z = motion.height_m
    message.pose.pose.orientation.z = math.sin(motion.yaw / 2)
    message.pose.pose.orientation.w = math.cos(motion.yaw / 2)
    message.twist.twist.linear.x, message.twist.twist.angular.z = motion.v, motion.w
    # Of each axis, on the diagonal: what a good robot's wheels err by. It knows itself better than that.
    message.pose.covariance[::7] = message.twist.covariance[::7] = _VARIANCE
    return message


def main(args: Sequence[str] | None = None) -> int:
    realtime.go_first()
    return life.run(RobotNode, args, loop=stay_until_still)


if __name__ == "__main__":
    raise SystemExit(main())
