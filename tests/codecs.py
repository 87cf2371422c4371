"""What reads and writes a command's bytes, found as the gate finds it."""

from port_safety.commands.registry import command_type_of
from port_safety.model.joints import Joints
from port_safety.ros.codecs import Codec, codec_of


def codec_named(message: str, joints: Joints | None) -> Codec:
    return codec_of(command_type_of(message), joints)
