"""Node `robot`: a simulated arm as a team's would look on ROS: JointTrajectory and stop stage in, JointState out."""

import time
from collections.abc import Sequence

from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectory

from port_ros import life, parameters, qos, realtime, stamps
from port_sim.robots.body import Body
from port_sim.robots.mounted_arm import REST
from port_sim.robots.truth_link import TruthLink
from port_sim.ros.body_node import BodyNode, stay_until_still
from port_sim.settings import read_arm


class ArmNode(BodyNode):
    """The arm's ROS side. Like a joint trajectory controller it refuses what names other joints than its own."""

    def __init__(self) -> None:
        super().__init__()
        settings = read_arm(parameters.read_tree(self))
        own = settings.given
        self._arm, self._names = settings.arm, list(own.joints)
        self._states = self.create_publisher(JointState, own.joint_states, qos.SENSOR_STREAM)
        self.create_subscription(JointTrajectory, own.command, self._on_command, qos.COMMAND)
        self.live(Body(settings.arm, TruthLink(own.socket), rest=REST), own.comes_to_rest_s, self._publish)

    def _on_command(self, message: JointTrajectory) -> None:
        if sorted(message.joint_names) != sorted(self._names):
            self.get_logger().error(f"joints {message.joint_names}, expected {self._names}", throttle_duration_sec=1.0)
            return
        order = [message.joint_names.index(name) for name in self._names]
        waypoints = tuple(
            (stamps.to_ns(point.time_from_start) / 1e9, tuple(point.positions[place] for place in order))
            for point in message.points
        )
        stamp_ns = stamps.to_ns(message.header.stamp)
        late_s = (time.time_ns() - stamp_ns) / 1e9 if stamp_ns else 0.0
        self.body.command(waypoints, time.monotonic() - late_s)

    def _publish(self) -> None:
        joints = self._arm.joints
        message = JointState(name=self._names, position=list(joints.positions), velocity=list(joints.velocities))
        message.header.stamp = stamps.to_msg(time.time_ns())
        self._states.publish(message)


def main(args: Sequence[str] | None = None) -> int:
    realtime.go_first()
    return life.run(ArmNode, args, loop=stay_until_still)


if __name__ == "__main__":
    raise SystemExit(main())
