"""What the simulated robot and its driver make of their parameters. Without ROS: the admission check asks the same.

Starts nothing.
"""

from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from port_ros.parameters import ParameterError, convert
from port_sim.robots.lane_driver import Manner
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
