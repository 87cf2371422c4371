"""What a type of command says of itself: its message, who reads it, and the command that asks for nothing.

The registry finds it by its entry point (`port.commands`), so that a ground adds its own from its own package.
"""

from collections.abc import Callable
from dataclasses import dataclass

from port_safety.commands.command import Command
from port_safety.model.joints import Joints


@dataclass(frozen=True, slots=True)
class CommandType:
    """One type of command.

    message: its ROS type, as a robot's profile names it. codec: "module:class" of what reads and writes its bytes
    (ros/codecs.py), kept as a word so that no rule loads ROS. zero: makes the command of a robot that asks for nothing;
    by_joints: the command is about joints, in the order of the robot's description; both take the joints then, else
    nothing.
    """

    name: str
    message: str
    codec: str
    zero: Callable[..., Command]
    by_joints: bool = False

    def zero_command(self, joints: Joints | None) -> Command:
        """The command that asks for nothing. Raises ValueError for a robot without joints where they are needed."""
        if not self.by_joints:
            return self.zero()
        if joints is None:
            raise ValueError(f"command_type: {self.message} needs the names of the robot's joints")
        return self.zero(joints)
