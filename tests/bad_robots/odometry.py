"""What a wrong base says of itself: odometry made of how it really moves. Knows no ROS node."""

import math
import time
from typing import Any

from builtin_interfaces.msg import Time
from nav_msgs.msg import Odometry as Message

from port_sim.robots.wheeled import Motion
from tests.bad_robots.manner import Odometry


class Odometer:
    """Makes messages after `manner`."""

    def __init__(self, manner: Odometry) -> None:
        self._manner = manner
        self._begun_s = time.monotonic()
        self._first_s = time.time()
        self._stuck: Motion | None = None
        self._frame = manner.frame + "x" * manner.pad_bytes

    def message(self, motion: Motion) -> Message:
        """What is said of `motion` now."""
        manner = self._manner
        if manner.stuck:
            motion = self._stuck = self._stuck or motion
        message = Message(child_frame_id=manner.child_frame)
        message.header.frame_id, message.header.stamp = self._frame, self._stamp()
        x, y, yaw = self._place(motion)
        place, turn = message.pose.pose.position, message.pose.pose.orientation
        place.x, place.y = manner.x_is if manner.x_is is not None else x, y
        turn.z, turn.w = math.sin(yaw / 2), math.cos(yaw / 2)
        self._velocity(message.twist.twist, motion, yaw)
        for covariance in (message.pose.covariance, message.twist.covariance):
            covariance[::7] = manner.covariance
        return message

    def _place(self, motion: Motion) -> tuple[float, float, float]:
        manner = self._manner
        dx, dy, turned = manner.offset
        yaw = motion.yaw * manner.yaw_sign + turned
        x, y = motion.x * manner.scale, motion.y * manner.scale * manner.yaw_sign
        cos, sin = math.cos(turned), math.sin(turned)
        return cos * x - sin * y + dx, sin * x + cos * y + dy, yaw

    def _velocity(self, twist: Any, motion: Motion, yaw: float) -> None:
        manner = self._manner
        if manner.twist == "none":
            return
        v = motion.v * manner.scale * manner.twist_scale
        world = manner.twist == "world"
        twist.linear.x, twist.linear.y = (v * math.cos(yaw), v * math.sin(yaw)) if world else (v, 0.0)
        twist.angular.z = motion.w * manner.yaw_sign * manner.turn_scale

    def _stamp(self) -> Time:
        manner = self._manner
        now_s = time.time() - manner.late_s
        if manner.stamp == "zero":
            return Time()
        if manner.stamp == "same":
            now_s = self._first_s
        elif manner.stamp == "uptime":
            now_s = time.monotonic() - self._begun_s
        elif manner.stamp.isdigit():
            now_s += (int(manner.stamp) - time.gmtime().tm_year) * 365.25 * 86_400.0
        whole = int(now_s)
        # A stamp has a sign, and the year 2038 is its last: a clock beyond it is sent as if it had none.
        return Time(sec=(whole + 2**31) % 2**32 - 2**31, nanosec=int((now_s - whole) * 1e9))
