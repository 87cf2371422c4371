"""Camera readings as ROS messages. Converts, nothing else."""

from array import array

import numpy as np
from geometry_msgs.msg import Point, Pose, PoseWithCovariance, PoseWithCovarianceStamped, Quaternion
from port_interfaces.msg import MarkerObservation, MarkerObservations, ZoneOccupancy
from sensor_msgs.msg import CameraInfo, CompressedImage
from std_msgs.msg import Header

from port_ros import stamps
from port_ros.free_text import at_most
from port_sensors.core.camera_model import CameraModel
from port_sensors.core.floor_pose import FloorPose
from port_sensors.core.occupancy import Occupancy
from port_sensors.core.pose import MarkerPose, quaternion
from port_sensors.core.view import Seen
from port_sensors.drivers.camera import Frame

_UNKNOWN = 1e6  # m², rad²: REP-103 has no word for "no idea", and consumers weigh by it
_GROUND = "ground"


def header(stamp_ns: int, frame_id: str = _GROUND) -> Header:
    return Header(stamp=stamps.to_msg(stamp_ns), frame_id=frame_id)


def image(frame: Frame, frame_id: str) -> CompressedImage:
    """The picture as the camera sent it."""
    data = array("B")
    data.frombytes(memoryview(frame.jpeg))
    return CompressedImage(header=header(frame.stamp_ns, frame_id), format="jpeg", data=data)


def camera_info(camera: CameraModel | None, stamp_ns: int, frame_id: str) -> CameraInfo:
    """The intrinsics; all zeros, as ROS has it, for an uncalibrated camera."""
    message = CameraInfo(header=header(stamp_ns, frame_id))
    if camera is not None:
        message.height, message.width = camera.height_px, camera.width_px
        message.distortion_model, message.d = camera.distortion_model, camera.distortion.tolist()
        message.k = camera.matrix.ravel().tolist()
        message.r = camera.rectification.ravel().tolist()
        unrectified = np.column_stack([camera.matrix, np.zeros(3)])
        message.p = (unrectified if camera.projection is None else camera.projection).ravel().tolist()
    return message


def markers(seen: Seen, frame: Frame, camera_id: str, marker_id: int, distrust: str) -> MarkerObservations:
    """The markers of one picture; an empty list says that it was looked at and none was there.

    distrust: why the camera's poses do not count; empty if they do.
    """
    message = MarkerObservations(header=header(frame.stamp_ns), camera_id=camera_id, frame_sequence=frame.sequence)
    if seen.marker is not None:
        message.markers = [_observation(seen.marker, marker_id, distrust)]
    elif seen.corners_px is not None:
        nowhere = PoseWithCovariance(covariance=[_UNKNOWN if i % 7 == 0 else 0.0 for i in range(36)])
        message.markers = [
            MarkerObservation(marker_id=marker_id, valid=False, reason=at_most(seen.problem), pose=nowhere)
        ]
    return message


def _observation(marker: MarkerPose, marker_id: int, distrust: str) -> MarkerObservation:
    x, y, z = map(float, marker.position_m)
    qx, qy, qz, qw = quaternion(marker.rotation)
    pose = PoseWithCovariance(
        pose=Pose(position=Point(x=x, y=y, z=z), orientation=Quaternion(x=qx, y=qy, z=qz, w=qw)),
        covariance=marker.covariance.ravel().tolist(),
    )
    return MarkerObservation(
        marker_id=marker_id, valid=marker.valid and not distrust, reason=at_most(distrust or marker.reason), pose=pose,
        reprojection_px=marker.reprojection_px,
    )  # fmt: skip


def robot_pose(floor: FloorPose, stamp_ns: int) -> PoseWithCovarianceStamped:
    """The robot's base on the floor; height and tilt are not measured, so their variances say nothing is known."""
    message = PoseWithCovarianceStamped(header=header(stamp_ns))
    message.pose.pose.position = Point(x=floor.x_m, y=floor.y_m, z=0.0)
    qx, qy, qz, qw = quaternion(floor.rotation())
    message.pose.pose.orientation = Quaternion(x=qx, y=qy, z=qz, w=qw)
    covariance = [_UNKNOWN if i % 7 == 0 else 0.0 for i in range(36)]
    places = (0, 1, 5)
    for row, i in enumerate(places):
        for column, j in enumerate(places):
            covariance[6 * i + j] = float(floor.covariance[row, column])
    message.pose.covariance = covariance
    return message


def occupancy(reading: Occupancy, source_id: str, stamp_ns: int) -> ZoneOccupancy:
    return ZoneOccupancy(
        header=header(stamp_ns), source_id=source_id, valid=reading.valid, reason=at_most(reading.reason),
        zones=list(reading.occupied), occupied=list(reading.occupied.values()),
        positions=[Point(x=x, y=y, z=0.0) for x, y in reading.positions_m],
    )  # fmt: skip
