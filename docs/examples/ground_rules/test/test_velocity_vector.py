"""A command of this ground's own type: found by its entry point, read, limited, written."""

import math

import pytest
from geometry_msgs.msg import Vector3
from ground_rules.velocity_vector import COMMAND
from rclpy.serialization import deserialize_message, serialize_message

from port_safety.commands.registry import command_type_of
from port_safety.commands.twist import Motion
from port_safety.ros.codecs import codec_of


def test_the_gate_finds_it_by_the_type_of_its_message() -> None:
    assert command_type_of("geometry_msgs/msg/Vector3") is COMMAND
    assert COMMAND.zero_command(None) == Motion()


def test_it_is_read_and_written_as_the_generated_message() -> None:
    codec = codec_of(COMMAND, None)
    asked = codec.decode(serialize_message(Vector3(x=0.5, y=-0.25))).command
    assert asked == Motion(0.5, -0.25)
    out = deserialize_message(codec.encode(asked.scaled(0.5, 0.5), 0, 0), Vector3)
    assert (out.x, out.y, out.z) == (0.25, -0.125, 0.0)


@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_a_number_that_is_none_is_a_fault(axis: str) -> None:
    message = Vector3(**{axis: math.nan})
    assert codec_of(COMMAND, None).decode(serialize_message(message)).command.fault
