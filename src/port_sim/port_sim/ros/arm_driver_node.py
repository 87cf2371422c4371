"""Node `driver`: the stand-in for an arm's own stack. Moves it to the goal when the session runs and the gate lets it.

Another goal is told on `goal_joints`.

It is no part of the safety of anything: whatever it asks for goes through the gate.
"""

import math
import time
from collections.abc import Sequence

from builtin_interfaces.msg import Duration
from port_interfaces.msg import SafetyState, SessionState
from rclpy.node import Node
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from port_ros import life, parameters, qos
from port_sim.robots.joint_driver import JointDriver, Point
from port_sim.settings import read_arm_driver

_PERIOD_S = 0.1
_MEASURED_LIMIT_S = 0.5
_MOVING = (SafetyState.RUN, SafetyState.REDUCED)


class ArmDriverNode(Node):
    """The driver's ROS side."""

    def __init__(self) -> None:
        super().__init__("driver", automatically_declare_parameters_from_overrides=True)
        settings = read_arm_driver(parameters.read_tree(self))
        own = settings.given
        self._driver, self._names = JointDriver(settings.manner), list(own.joints)
        self._at, self._at_s = JointState(), -math.inf
        self._epoch: int | None = None
        self._running = not own.wait_for_session
        self._command = self.create_publisher(JointTrajectory, own.command, qos.COMMAND)
        self.create_subscription(JointState, own.joint_states, self._on_states, qos.SENSOR_STREAM)
        self.create_subscription(SafetyState, "safety/state", self._on_safety, qos.STATE_LATCHED)
        self.create_subscription(JointState, "goal_joints", self._on_goal, qos.STATE_LATCHED)
        if own.wait_for_session:
            self.create_subscription(SessionState, "session/state", self._on_session, qos.STATE_LATCHED)
        self.create_timer(_PERIOD_S, self._publish)

    def _on_states(self, message: JointState) -> None:
        if list(message.name) == self._names:
            self._at, self._at_s = message, time.monotonic()

    def _on_goal(self, message: JointState) -> None:
        self._driver.go_to(tuple(message.position))

    def _on_safety(self, message: SafetyState) -> None:
        self._epoch = message.epoch if message.state in _MOVING else None

    def _on_session(self, message: SessionState) -> None:
        self._running = message.state == SessionState.RUNNING

    def _publish(self) -> None:
        now_s = time.monotonic()
        if now_s - self._at_s > _MEASURED_LIMIT_S:
            return  # a stack that does not know where its arm is asks for nothing
        permission = self._epoch if self._running else None
        points = self._driver.ask(now_s, tuple(self._at.position), tuple(self._at.velocity), permission)
        if points:
            self._command.publish(to_message(self._names, points))


def to_message(names: Sequence[str], points: Sequence[Point]) -> JointTrajectory:
    """The trajectory through `points`, to begin at once."""
    message = JointTrajectory(joint_names=list(names))
    for at_s, positions, velocities in points:
        seconds = int(at_s)
        after = Duration(sec=seconds, nanosec=int((at_s - seconds) * 1e9))
        message.points.append(
            JointTrajectoryPoint(positions=list(positions), velocities=list(velocities), time_from_start=after)
        )
    return message


def main(args: Sequence[str] | None = None) -> int:
    return life.run(ArmDriverNode, args)


if __name__ == "__main__":
    raise SystemExit(main())
