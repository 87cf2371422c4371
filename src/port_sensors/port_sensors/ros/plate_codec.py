"""Force plate values as ROS messages. `to_system_ns` turns the monotonic times of `core.plate` into stamps."""

from array import array
from collections.abc import Iterable

from geometry_msgs.msg import PointStamped, WrenchStamped
from port_interfaces.msg import WrenchBlock
from std_msgs.msg import Header

from port_ros import stamps
from port_sensors.core.plate import PlateBlock


def header(time_s: float, to_system_ns: int, frame: str) -> Header:
    return Header(stamp=stamps.to_msg(round(time_s * 1e9) + to_system_ns), frame_id=frame)


class BlockMessages:
    """The blocks of one plate. The message is one and the same, filled anew: it is good until the next block."""

    def __init__(self, frame: str, device: str, rate_hz: float) -> None:
        self._message = WrenchBlock(device_id=device, period_s=1.0 / rate_hz)
        self._message.header.frame_id = frame

    def of(self, stamped: PlateBlock, to_system_ns: int, rejected_total: int) -> WrenchBlock:
        """Every sample of the block, with the account so far."""
        message, block = self._message, stamped.block
        message.header.stamp = stamps.to_msg(round(stamped.time_s * 1e9) + to_system_ns)
        message.first_index = block.first_index
        message.lost_before = block.lost_before
        message.received_total = block.received_total
        message.lost_total = block.lost_total
        message.rejected_total = rejected_total
        message.status = array("B", block.status.tobytes())
        message.wrench = array("f", block.wrench.tobytes())
        return message


def wrench(head: Header, values: Iterable[float]) -> WrenchStamped:
    """Fx Fy Fz in N, Mx My Mz in N·m."""
    message = WrenchStamped(header=head)
    force, torque = message.wrench.force, message.wrench.torque
    force.x, force.y, force.z, torque.x, torque.y, torque.z = (float(value) for value in values)
    return message


def point(head: Header, point_m: Iterable[float]) -> PointStamped:
    message = PointStamped(header=head)
    message.point.x, message.point.y, message.point.z = (float(value) for value in point_m)
    return message
