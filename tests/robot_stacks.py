"""Stacks of robots, as teams bring them: a plain node each, with the topics, types and rates of a known robot.

    python -m tests.robot_stacks turtlebot

None of them moves: what they say is what a robot at rest says. No node of port is used.
"""

import os
import signal
import sys
from collections.abc import Callable

import rclpy
from builtin_interfaces.msg import Time
from geometry_msgs.msg import Pose, Twist, TwistStamped
from nav_msgs.msg import Odometry
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import BatteryState, Imu, JointState
from std_msgs.msg import Float64, Float64MultiArray
from trajectory_msgs.msg import JointTrajectory

ARM_JOINTS = (
    "shoulder_pan_joint", "shoulder_lift_joint", "elbow_joint", "wrist_1_joint", "wrist_2_joint", "wrist_3_joint",
)  # fmt: skip
LEG_JOINTS = tuple(f"{leg}_{joint}_joint" for leg in ("FL", "FR", "RL", "RR") for joint in ("hip", "thigh", "calf"))
SPOT_JOINTS = tuple(
    f"{end}_{side}_{joint}" for end in ("front", "rear") for side in ("left", "right")
    for joint in ("hip_x", "hip_y", "knee")
)  # fmt: skip


class Stack(Node):  # type: ignore[misc]
    """A node that says what it is made to say, and listens."""

    def listen(self, kind: type, topic: str) -> None:
        self.create_subscription(kind, topic, lambda _: None, 10)

    def say(self, kind: type, topic: str, rate_hz: float, make: Callable[[], object]) -> None:
        publisher = self.create_publisher(kind, topic, qos_profile_sensor_data)
        self.create_timer(1.0 / rate_hz, lambda: publisher.publish(make()))

    def now(self) -> Time:
        return self.get_clock().now().to_msg()

    def odometry(self, topic: str, height_m: float = 0.0, rate_hz: float = 50.0) -> None:
        def made() -> Odometry:
            message = Odometry(child_frame_id="base_link")
            message.header.stamp, message.header.frame_id = self.now(), "odom"
            message.pose.pose.position.z = height_m
            message.pose.pose.orientation.w = 1.0
            return message

        self.say(Odometry, topic, rate_hz, made)

    def joints(self, names: tuple[str, ...], rate_hz: float = 100.0, topic: str = "joint_states") -> None:
        def made() -> JointState:
            zeros = [0.0] * len(names)
            message = JointState(name=list(names), position=zeros, velocity=zeros, effort=zeros)
            message.header.stamp = self.now()
            return message

        self.say(JointState, topic, rate_hz, made)

    def imu(self, topic: str) -> None:
        def made() -> Imu:
            message = Imu()
            message.header.stamp, message.header.frame_id = self.now(), "imu_link"
            message.orientation.w, message.linear_acceleration.z = 1.0, 9.81
            return message

        self.say(Imu, topic, 100.0, made)


def turtlebot() -> list[Stack]:
    """A small base that takes stamped twists, as since Jazzy; its wheels are joints, too."""
    base = Stack("turtlebot_node")
    base.listen(TwistStamped, "cmd_vel")
    base.odometry("odom", rate_hz=20.0)
    base.imu("imu")
    base.joints(("left_wheel_joint", "right_wheel_joint"), 20.0)
    base.say(BatteryState, "battery_state", 1.0, BatteryState)
    return [base]


def nav2() -> list[Stack]:
    """A base below a navigation stack, whose own steps pass twists to each other."""
    base, smoother, planner = Stack("base_driver"), Stack("velocity_smoother"), Stack("controller_server")
    base.listen(Twist, "cmd_vel")
    base.odometry("odom")
    planner.say(Twist, "cmd_vel_nav", 20.0, Twist)
    smoother.listen(Twist, "cmd_vel_nav")
    smoother.say(Twist, "cmd_vel", 20.0, Twist)
    smoother.listen(Odometry, "odom")
    return [base, smoother, planner]


def ur() -> list[Stack]:
    """An arm with its controllers for trajectories and for velocities, and a gripper."""
    trajectories, velocities = Stack("scaled_joint_trajectory_controller"), Stack("forward_velocity_controller")
    trajectories.listen(JointTrajectory, "scaled_joint_trajectory_controller/joint_trajectory")
    velocities.listen(Float64MultiArray, "forward_velocity_controller/commands")
    broadcaster = Stack("joint_state_broadcaster")
    broadcaster.joints((*ARM_JOINTS, "gripper_finger_joint"))
    speed = Stack("speed_scaling_state_broadcaster")
    speed.say(Float64, "speed_scaling_state_broadcaster/speed_scaling", 10.0, lambda: Float64(data=100.0))
    return [trajectories, velocities, broadcaster, speed]


def quadruped() -> list[Stack]:
    """A robot on four legs in a namespace of its own."""
    dog = Stack("dog", namespace="dog")
    dog.listen(Twist, "cmd_vel")
    dog.odometry("odom", height_m=0.32)
    dog.imu("imu")
    dog.joints(LEG_JOINTS)
    return [dog]


def spot() -> list[Stack]:
    """The names of Spot's driver."""
    driver = Stack("spot_ros2", namespace="spot")
    driver.listen(Twist, "cmd_vel")
    driver.listen(Pose, "body_pose")
    driver.odometry("odometry", height_m=0.5, rate_hz=30.0)
    driver.joints(SPOT_JOINTS, 30.0)
    driver.say(TwistStamped, "odometry/twist", 30.0, TwistStamped)
    return [driver]


STACKS = {"turtlebot": turtlebot, "nav2": nav2, "ur": ur, "quadruped": quadruped, "spot": spot}


def main() -> int:
    """Say it until somebody ends this."""
    rclpy.init()
    executor = rclpy.executors.SingleThreadedExecutor()
    for node in STACKS[sys.argv[1]]():
        executor.add_node(node)
    signal.signal(
        signal.SIGTERM, lambda *_: os._exit(0)
    )  # instead of rclpy's, which ends the context between two calls
    print("up", flush=True)
    executor.spin()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
