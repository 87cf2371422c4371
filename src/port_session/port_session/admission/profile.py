"""What a session's description says of its robot, for whoever holds against it what the robot shows. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from port_safety.commands.registry import command_types
from port_safety.model.joints import Joints

#: What the gate grants a stop beyond the robot's own figures before it counts as no stop.
GRACE_S = 0.5


@dataclass(frozen=True)
class RobotProfile:
    """Topics stand as in the profile; limits are in m/s, rad/s, m/s², s.

    motion: the stream by which the robot is measured, "odometry" or "joints"; its topic is motion_topic. command_s: how
    old a request may become; repeated: whether requests must come again and again. file: the profile.
    """

    motion: str
    motion_topic: str
    command_in: str
    command_out: str
    command_type: str
    command_s: float
    repeated: bool
    speed_mps: float
    yaw_rate_radps: float
    latency_s: float
    response_s: float
    deceleration_mps2: float
    joints: Joints | None = None
    file: str = ""

    def stop_s(self, speed_mps: float) -> float:
        """When a robot of such a speed stands at the latest, from the command to stand on."""
        return self.latency_s + 3 * self.response_s + speed_mps / self.deceleration_mps2 + GRACE_S


def profile_of(description: Mapping[str, Any], file: str = "") -> RobotProfile:
    """Of a resolved description's four parts."""
    robot, timeouts = description["robot"], description["session"]["gate"]["input_timeout"]
    topics, limits, named = robot["topics"], robot["limits"], robot["joints"]
    by_joints = robot["kind"] == "arm"
    joints = named and Joints(
        tuple(named["names"]), named["deceleration_radps2"], named["reach_m"], named["acceleration_radps2"] or 0.0,
        tuple(named["link_reach_m"]),
    )  # fmt: skip
    command = command_types()[topics["command_type"]]
    return RobotProfile(
        motion="joints" if by_joints else "odometry",
        motion_topic=topics["joint_states"] if by_joints else topics["odometry"],
        command_in=topics["command_in"], command_out=topics["command_out"], command_type=topics["command_type"],
        command_s=timeouts["command_s"], repeated=not command.zero_command(joints).persistent,
        speed_mps=limits["speed_mps"], yaw_rate_radps=limits["yaw_rate_radps"], latency_s=limits["latency_s"],
        response_s=limits["response_s"], deceleration_mps2=limits["deceleration_mps2"], joints=joints, file=file,
    )  # fmt: skip
