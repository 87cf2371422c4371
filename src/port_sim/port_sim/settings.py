"""What the simulated robot and its driver make of their parameters. Without ROS: the admission check asks the same.

Starts nothing.
"""

from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from port_ros.parameters import ParameterError, convert
from port_sim.robots.arm import ArmLimits
from port_sim.robots.joint_driver import JointManner
from port_sim.robots.lane_driver import Manner
from port_sim.robots.mounted_arm import MountedArm
from port_sim.robots.registry import FloorRobot, make
from port_sim.robots.wheeled import Limits, Motion


class RobotParameters(Struct, frozen=True, forbid_unknown_fields=True):
    """Of the robot: its kind, its topics, what it can do, where it begins."""

    socket: str
    kind: str = "wheeled"
    command: str = "cmd_vel"
    odometry: str = "odom"
    speed_mps: float = 1.5
    yaw_rate_radps: float = 1.5
    acceleration_mps2: float = 1.0
    deceleration_mps2: float = 1.2
    latency_s: float = 0.08
    yaw_acceleration_radps2: float = 4.0
    response_s: float = 0.1
    start_pose: tuple[float, float, float] = (0.0, 0.0, 0.0)
    comes_to_rest_s: float = 3.0

    def limits(self) -> Limits:
        return Limits(
            self.speed_mps, self.yaw_rate_radps, self.acceleration_mps2, self.deceleration_mps2, self.latency_s,
            self.response_s, yaw_acceleration_radps2=self.yaw_acceleration_radps2,
        )  # fmt: skip


class ArmParameters(Struct, frozen=True, forbid_unknown_fields=True):
    """Of an arm: its topics, its joints, where it is mounted. deceleration_radps2: what its brakes reach at least."""

    socket: str
    joints: tuple[str, ...]
    reach_m: float
    base_pose: tuple[float, float, float]
    command: str = "joint_trajectory"
    joint_states: str = "joint_states"
    deceleration_radps2: float = 4.0
    latency_s: float = 0.05
    start_rad: tuple[float, ...] = ()
    comes_to_rest_s: float = 3.0

    def arm(self) -> MountedArm:
        if not self.joints:
            raise ValueError("joints: expected the name of one joint or more")
        start_rad = self.start_rad or (0.0,) * len(self.joints)
        if len(start_rad) != len(self.joints):
            raise ValueError(f"start_rad: {len(start_rad)} numbers for {len(self.joints)} joints")
        deceleration = self.deceleration_radps2
        limits = ArmLimits(
            len(self.joints), acceleration_radps2=2.0 * deceleration, latency_s=self.latency_s,
            brake_radps2=3.0 * deceleration,
        )  # fmt: skip
        return MountedArm(limits, self.base_pose, start_rad, self.reach_m)


class ArmDriverParameters(Struct, frozen=True, forbid_unknown_fields=True):
    """Of the stand-in for an arm's stack: where it moves its joints, and how."""

    goal_rad: tuple[float, ...]
    joints: tuple[str, ...]
    reach_m: float
    command: str = "joint_trajectory_request"
    joint_states: str = "joint_states"
    speed_mps: float = 1.0
    wait_for_session: bool = True

    def manner(self) -> JointManner:
        if len(self.goal_rad) != len(self.joints):
            raise ValueError(f"goal_rad: {len(self.goal_rad)} numbers for {len(self.joints)} joints")
        return JointManner(self.goal_rad, self.reach_m, self.speed_mps)


class DriverParameters(Struct, frozen=True, forbid_unknown_fields=True):
    """Of the stand-in for a team's stack: where it goes, and how."""

    goal_m: tuple[float, float]
    command: str = "cmd_vel_request"
    odometry: str = "odom"
    speed_mps: float = 1.0
    acceleration_mps2: float = 0.5
    tolerance_m: float = 0.05
    get_up_s: float = 0.0
    latency_s: float = 0.0
    wait_for_session: bool = True

    def manner(self) -> Manner:
        acceleration = self.acceleration_mps2
        return Manner(
            self.goal_m, self.speed_mps, acceleration, acceleration, self.tolerance_m, get_up_s=self.get_up_s,
            latency_s=self.latency_s,
        )  # fmt: skip


@dataclass(frozen=True)
class RobotSettings:
    """given: the parameters. robot: as it stands at the start, without power."""

    given: RobotParameters
    robot: FloorRobot


@dataclass(frozen=True)
class ArmSettings:
    """given: the parameters. arm: as it stands at the start, without power."""

    given: ArmParameters
    arm: MountedArm


@dataclass(frozen=True)
class ArmDriverSettings:
    """given: the parameters. manner: how it moves the arm."""

    given: ArmDriverParameters
    manner: JointManner


@dataclass(frozen=True)
class DriverSettings:
    """given: the parameters. manner: how it drives."""

    given: DriverParameters
    manner: Manner


def read_robot(tree: dict[str, Any]) -> RobotSettings:
    """Settings of the robot node. Raises ParameterError."""
    given = convert(tree, RobotParameters)
    try:
        return RobotSettings(given, make(given.kind, given.limits(), Motion(*given.start_pose)))
    except ValueError as error:
        raise ParameterError.of(error) from error


def read_driver(tree: dict[str, Any]) -> DriverSettings:
    """Settings of the driver node. Raises ParameterError."""
    given = convert(tree, DriverParameters)
    try:
        return DriverSettings(given, given.manner())
    except ValueError as error:
        raise ParameterError.of(error) from error


def read_arm(tree: dict[str, Any]) -> ArmSettings:
    """Settings of the arm's node. Raises ParameterError."""
    given = convert(tree, ArmParameters)
    try:
        return ArmSettings(given, given.arm())
    except ValueError as error:
        raise ParameterError.of(error) from error


def read_arm_driver(tree: dict[str, Any]) -> ArmDriverSettings:
    """Settings of the driver of an arm. Raises ParameterError."""
    given = convert(tree, ArmDriverParameters)
    try:
        return ArmDriverSettings(given, given.manner())
    except ValueError as error:
        raise ParameterError.of(error) from error
