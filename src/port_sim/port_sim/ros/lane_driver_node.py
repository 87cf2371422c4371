"""Node `driver`: the stand-in for a team's own stack. Drives to the goal when the session runs and the gate lets it.

Another goal is told on `goal_pose`; of it only the place counts.

It is no part of the safety of anything: whatever it asks for goes through the gate.
"""

import math
import time
from collections.abc import Sequence

from geometry_msgs.msg import PoseStamped, Twist
from nav_msgs.msg import Odometry
from port_interfaces.msg import SafetyState, SessionState
from rclpy.node import Node

from port_ros import life, parameters, qos
from port_sim.robots.lane_driver import LaneDriver
from port_sim.robots.wheeled import Motion
from port_sim.settings import read_driver

_PERIOD_S = 0.05
_ODOMETRY_LIMIT_S = 0.5
_MOVING = (SafetyState.RUN, SafetyState.REDUCED)


class LaneDriverNode(Node):
    """The driver's ROS side."""

    def __init__(self) -> None:
        super().__init__("driver", automatically_declare_parameters_from_overrides=True)
        settings = read_driver(parameters.read_tree(self))
        own = settings.given
        self._driver = LaneDriver(settings.manner)
        self._at, self._at_s = Motion(), -math.inf
        self._safe, self._running = False, not own.wait_for_session
        self._command = self.create_publisher(Twist, own.command, qos.COMMAND)
        self.create_subscription(Odometry, own.odometry, self._on_odometry, qos.SENSOR_STREAM)
        self.create_subscription(SafetyState, "safety/state", self._on_safety, qos.STATE_LATCHED)
        self.create_subscription(PoseStamped, "goal_pose", self._on_goal, qos.STATE_LATCHED)
        if own.wait_for_session:
            self.create_subscription(SessionState, "session/state", self._on_session, qos.STATE_LATCHED)
        self.create_timer(_PERIOD_S, self._publish)

    def _on_odometry(self, message: Odometry) -> None:
        place, turn = message.pose.pose.position, message.pose.pose.orientation
        yaw = 2 * math.atan2(turn.z, turn.w)
        self._at, self._at_s = Motion(place.x, place.y, math.remainder(yaw, math.tau)), time.monotonic()

    def _on_goal(self, message: PoseStamped) -> None:
        place = message.pose.position
        self._driver.go_to((place.x, place.y))

    def _on_safety(self, message: SafetyState) -> None:
        self._safe = message.state in _MOVING

    def _on_session(self, message: SessionState) -> None:
        self._running = message.state == SessionState.RUNNING

    def _publish(self) -> None:
        now_s = time.monotonic()
        may_move = self._safe and self._running and now_s - self._at_s < _ODOMETRY_LIMIT_S
        message = Twist()
        message.linear.x, message.angular.z = self._driver.command(now_s, self._at, may_move)
        self._command.publish(message)


def main(args: Sequence[str] | None = None) -> int:
    return life.run(LaneDriverNode, args)


if __name__ == "__main__":
    raise SystemExit(main())
