"""A velocity for each joint: what a Float64MultiArray asks of a group of velocity controllers."""

from dataclasses import dataclass
from typing import ClassVar

from port_safety.commands.command import Command
from port_safety.commands.command_type import CommandType
from port_safety.commands.twist import Motion
from port_safety.model.joints import JointPeaks, Joints
from port_safety.model.readings import JointStates

#: Below this a joint counts as "asks for no motion" (rad/s).
NEAR_ZERO_RADPS = 0.02


@dataclass(frozen=True, slots=True)
class JointVelocities:
    """rad/s, in the order of `joints`. May hold NaN, inf or a wrong count: ask `fault`."""

    joints: Joints
    velocities: tuple[float, ...]
    persistent: ClassVar[bool] = False
    twist: ClassVar[Motion | None] = None

    @property
    def fault(self) -> str:
        return self.joints.fault_of("velocity", self.velocities)

    @property
    def near_zero(self) -> bool:
        return all(abs(velocity) <= NEAR_ZERO_RADPS for velocity in self.velocities)

    @property
    def speed_mps(self) -> float:
        return self.joints.speed_mps(self.velocities)

    @property
    def peaks(self) -> JointPeaks:
        return JointPeaks(tuple(map(abs, self.velocities)))

    def joint_velocities_at(self, now_ns: int) -> tuple[float, ...]:
        return self.velocities

    def started(self, now_ns: int, before: Command, measured: JointStates | None) -> "JointVelocities":
        return self

    def is_done(self, output: Command, now_ns: int) -> bool:
        return False

    def scaled(self, linear: float, angular: float) -> "JointVelocities":
        """All joints by the lesser factor, so that the direction of the whole motion stays."""
        share = min(linear, angular)
        return JointVelocities(self.joints, tuple(velocity * share for velocity in self.velocities))

    def limited(self, linear: float, angular: float, now_ns: int, before: Command) -> "JointVelocities":
        return self.scaled(linear, angular)

    def braked(self, began_ns: int, now_ns: int, deceleration_mps2: float, before: Command) -> "JointVelocities":
        """All joints come to rest together, the fastest at the joints' own deceleration."""
        braking_s = self.joints.braking_s(self.velocities)
        if braking_s == 0.0:
            return self.stop(now_ns)
        left = min(1.0, max(0.0, 1.0 - (now_ns - began_ns) / 1e9 / braking_s))
        return self.scaled(left, left)

    def stop(self, now_ns: int, measured: JointStates | None = None) -> "JointVelocities":
        return standing(self.joints)

    def rests_at(self, now_ns: int) -> bool:
        return not any(self.velocities)


def standing(joints: Joints) -> JointVelocities:
    """No motion in any joint."""
    return JointVelocities(joints, (0.0,) * len(joints.names))


JOINT_VELOCITIES = CommandType(
    "joint_velocities", "std_msgs/msg/Float64MultiArray", "port_safety.ros.codecs:JointVelocityCodec", standing, True
)
