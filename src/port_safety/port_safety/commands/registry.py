"""The types of commands that the gate can guard, and of each the command that asks for nothing. A new one is a line."""

from collections.abc import Callable

from port_safety.commands.command import Command
from port_safety.commands.joint_trajectory import JointTrajectory
from port_safety.commands.joint_velocity import standing
from port_safety.commands.twist import ZERO
from port_safety.model.joints import Joints

#: Those that move a base over the floor.
PLANAR = ("geometry_msgs/msg/Twist", "geometry_msgs/msg/TwistStamped")
#: Those that are about joints, in the order of the robot's description.
OF_JOINTS: dict[str, Callable[[Joints], Command]] = {
    "std_msgs/msg/Float64MultiArray": standing,
    "trajectory_msgs/msg/JointTrajectory": JointTrajectory,
}


def zero_command_of(command_type: str, joints: Joints | None) -> Command:
    """The command of a robot that asks for nothing. Raises ValueError for a type that nobody knows or that does not fit
    the robot."""
    if command_type in PLANAR:
        return ZERO
    if command_type not in OF_JOINTS:
        raise ValueError(f"command_type: {command_type!r} is none of {', '.join([*PLANAR, *OF_JOINTS])}")
    if joints is None:
        raise ValueError(f"command_type: {command_type} needs the names of the robot's joints")
    return OF_JOINTS[command_type](joints)
