"""The types of commands that move a base over the floor."""

from port_safety.commands.command_type import CommandType
from port_safety.commands.twist import Motion

TWIST = CommandType("twist", "geometry_msgs/msg/Twist", "port_safety.ros.codecs:TwistCodec", Motion)
TWIST_STAMPED = CommandType(
    "twist_stamped", "geometry_msgs/msg/TwistStamped", "port_safety.ros.codecs:TwistStampedCodec", Motion
)
