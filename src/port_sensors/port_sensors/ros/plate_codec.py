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


def block(stamped: PlateBlock, head: Header, device: str, rate_hz: float, rejected_total: int) -> WrenchBlock:
    """Every sample of a block, with the account so far."""
    cut = stamped.block
    message = WrenchBlock()
    message.header = head
    message.device_id = device
    message.first_index = cut.first_index
    message.period_s = 1.0 / rate_hz
    message.lost_before = cut.lost_before
    message.received_total = cut.received_total
    message.lost_total = cut.lost_total
    message.rejected_total = rejected_total
    message.status = array("B", cut.status.tobytes())
    message.wrench = array("f", cut.wrench.tobytes())
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
