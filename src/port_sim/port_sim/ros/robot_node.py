"""Node `robot`: a simulated robot as a team's robot would look on ROS: command and stop stage in, odometry out.

The odometry frame coincides with frame ground at the start. The physics lives in a thread of its own.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from rclpy.node import Node
from std_msgs.msg import String

from port_ros import life, parameters, qos, realtime, stamps
from port_ros.diagnostics import Diagnostics, Health
from port_sim.robots.body import Body
from port_sim.robots.truth_link import TruthLink
from port_sim.robots.wheeled import Motion
from port_sim.settings import read_robot

_PERIOD_S = 0.02


class RobotNode(Node):
    """The robot's ROS side."""

    def __init__(self) -> None:
        super().__init__("robot", automatically_declare_parameters_from_overrides=True)
        settings = read_robot(parameters.read_tree(self))
        own = settings.given
        self.comes_to_rest_s = own.comes_to_rest_s
        self._body = Body(settings.robot, TruthLink(own.socket))
        self._odometry = self.create_publisher(Odometry, own.odometry, qos.SENSOR_STREAM)
        self.create_subscription(Twist, own.command, self._on_command, qos.COMMAND)
        self.create_subscription(String, "safety/stop_stage", self._on_stage, qos.STATE_LATCHED)
        self.create_timer(_PERIOD_S, self._publish)
        self._diagnostics = Diagnostics(self, self._health)
        self._body.start()

    @property
    def lies_still(self) -> bool:
        return self._body.lies_still

    def close(self) -> None:
        self._body.close()

    def _on_command(self, message: Twist) -> None:
        self._body.command(message.linear.x, message.angular.z)

    def _on_stage(self, message: String) -> None:
        self._body.tell(message.data)

    def _publish(self) -> None:
        motion, off_m = self._body.motion, self._body.supply.misplaced_m
        believed = replace(motion, x=motion.x + off_m)
        self._odometry.publish(to_message(believed, time.time_ns()))

    def _health(self) -> Iterator[Health]:
        supply = self._body.supply
        values: dict[str, object] = {"speed_mps": f"{self._body.motion.v:.3f}"}
        if not supply.linked:
            remedy = "start the simulated ground"
            yield Health("robot", "error", f"no simulated ground: {self._body.reason}", remedy, values)
        elif supply.runaway or supply.deaf:
            fault = "runaway" if supply.runaway else "deaf"
            yield Health("robot", "warn", f"{fault}: commands are ignored", "end the fault", values)
        else:
            yield Health("robot", "ok", self._posture(), "", values)

    def _posture(self) -> str:
        if self._body.motion.fallen:
            return "fallen"
        return "powered" if self._body.supply.powered else "no power"


def to_message(motion: Motion, stamp_ns: int) -> Odometry:
    """The odometry message of `motion`."""
    message = Odometry(child_frame_id="base_link")
    message.header.stamp, message.header.frame_id = stamps.to_msg(stamp_ns), "odom"
    message.pose.pose.position.x, message.pose.pose.position.y = motion.x, motion.y
    message.pose.pose.position.z = motion.height_m
    message.pose.pose.orientation.z = math.sin(motion.yaw / 2)
    message.pose.pose.orientation.w = math.cos(motion.yaw / 2)
    message.twist.twist.linear.x, message.twist.twist.angular.z = motion.v, motion.w
    return message


def stay_until_still(node: RobotNode, stop: life.Stop) -> None:
    """Hardware does not end with the software: the robot is there until it has been brought to rest."""
    life.spin(node, stop)
    until_s = time.monotonic() + node.comes_to_rest_s
    while not node.lies_still and time.monotonic() < until_s:
        time.sleep(_PERIOD_S)
        stop.heartbeat.beat()


def main(args: Sequence[str] | None = None) -> int:
    realtime.go_first()
    return life.run(RobotNode, args, loop=stay_until_still)


if __name__ == "__main__":
    raise SystemExit(main())
