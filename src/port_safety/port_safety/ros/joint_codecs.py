"""Commands for joints as CDR bytes: Float64MultiArray and JointTrajectory."""

from std_msgs.msg import Float64MultiArray
from trajectory_msgs.msg import JointTrajectory as JointTrajectoryMsg

from port_safety.commands.joint_trajectory import MAX_POINTS, JointTrajectory
from port_safety.commands.joint_velocity import JointVelocities, standing
from port_safety.commands.trajectory_points import Point
from port_safety.model.joints import Joints
from port_safety.ros.cdr import CodecError, Reader, Writer
from port_safety.ros.codec_type import Decoded


class JointVelocityCodec:
    """std_msgs/Float64MultiArray: a velocity (rad/s) for each joint, in the order of the robot's description.

    Dimensions of the layout are read over: the count of the values is what is checked.
    """

    message = Float64MultiArray

    def __init__(self, joints: Joints) -> None:
        self._joints = joints
        self.zero_command = standing(joints)

    def decode(self, data: bytes) -> Decoded:
        reader = Reader(data)
        for _ in range(reader.items(12)):
            reader.text()
            reader.count(), reader.count()
        if reader.count():
            raise CodecError("data_offset is not 0")
        return Decoded(JointVelocities(self._joints, reader.doubles()))

    def encode(self, command: JointVelocities, now_ns: int, to_system_ns: int) -> bytes:
        writer = Writer()
        writer.count(0)
        writer.count(0)
        writer.doubles(command.velocities)
        return writer.done()


class JointTrajectoryCodec:
    """trajectory_msgs/JointTrajectory. Joints in another order than the description's are put into it.

    The stamp is the start: 0 means at once. Efforts are not passed on.
    """

    message = JointTrajectoryMsg

    def __init__(self, joints: Joints) -> None:
        self._joints = joints
        self.zero_command = JointTrajectory(joints)

    def decode(self, data: bytes) -> Decoded:
        reader = Reader(data)
        start_ns = reader.stamp_ns()
        reader.text()
        names = reader.texts()
        # One more than may be is enough to know that there are too many.
        points = [_point(reader) for _ in range(min(reader.items(24), MAX_POINTS + 1))]
        if names != self._joints.names and sorted(names) == sorted(self._joints.names):
            order = [names.index(name) for name in self._joints.names]
            points, names = [_ordered(point, order) for point in points], self._joints.names
        return Decoded(JointTrajectory(self._joints, tuple(points), names), start_ns or None)

    def encode(self, command: JointTrajectory, now_ns: int, to_system_ns: int) -> bytes:
        writer = Writer()
        writer.stamp_ns(command.start_ns + to_system_ns if command.of is not None else 0)
        writer.text("")
        writer.texts(self._joints.names)
        writer.count(len(command.points))
        for point in command.points:
            for values in (point.positions, point.velocities, point.accelerations, ()):
                writer.doubles(values)
            writer.stamp_ns(round(point.at_s * 1e9))
        return writer.done()


def _point(reader: Reader) -> Point:
    positions, velocities, accelerations = reader.doubles(), reader.doubles(), reader.doubles()
    reader.doubles()
    return Point(reader.stamp_ns() / 1e9, positions, velocities, accelerations)


def _ordered(point: Point, order: list[int]) -> Point:
    """Values in `order`; a list of another length stays as it is, and is a fault."""
    lists = (point.positions, point.velocities, point.accelerations)
    return Point(point.at_s, *(tuple(v[i] for i in order) if len(v) == len(order) else v for v in lists))
