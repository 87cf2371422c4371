"""What a robot says of itself, from real messages to the values that its rules look at."""

import array

import pytest
from geometry_msgs.msg import PoseStamped, WrenchStamped
from port_interfaces.msg import WrenchBlock
from sensor_msgs.msg import Imu

from port_safety.model.readings import Force, PlateForce, ToolPoint, fault_of
from port_safety.ros import messages


def block(*samples: tuple[float, float, float], status: int = 0) -> WrenchBlock:
    flat = [number for sample in samples for number in (*sample, 0.0, 0.0, 0.0)]
    return WrenchBlock(wrench=array.array("f", flat), status=[status] * len(samples))


def test_an_orientation_is_taken_as_it_is_and_one_that_is_not_there_is_a_fault() -> None:
    imu = Imu()
    imu.orientation.x, imu.orientation.w = 0.6, 0.8
    assert messages.attitude(imu).tilt_rad == pytest.approx(2 * 0.6435, abs=1e-3)
    imu.orientation_covariance[0] = -1.0
    assert "gives no orientation" in fault_of(messages.attitude(imu))


def test_a_block_of_a_plate_is_its_extremes() -> None:
    force = messages.plate_force(block((3.0, 4.0, 500.0), (0.0, 1.0, -20.0)))
    assert force == PlateForce(-20.0, 500.0, 5.0)


@pytest.mark.parametrize("status", [WrenchBlock.SATURATED, WrenchBlock.INVALID])
def test_a_sample_that_the_plate_does_not_stand_for_is_a_fault(status: int) -> None:
    assert "saturated or invalid" in fault_of(messages.plate_force(block((0.0, 0.0, 1.0), status=status)))
    assert "without samples" in fault_of(messages.plate_force(WrenchBlock()))
    assert not fault_of(messages.plate_force(block((0.0, 0.0, 1.0), status=WrenchBlock.UNCHECKED)))


def test_tool_and_force_are_taken_as_they_are() -> None:
    pose, wrench = PoseStamped(), WrenchStamped()
    pose.pose.position.x, pose.pose.position.z = 0.4, 1.1
    wrench.wrench.force.y, wrench.wrench.torque.z = -7.0, 3.0
    assert messages.tool_point(pose) == ToolPoint(0.4, 0.0, 1.1)
    assert messages.force(wrench) == Force(0.0, -7.0, 0.0)
