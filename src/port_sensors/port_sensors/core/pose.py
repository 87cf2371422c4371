"""The pose of a marker from its four corners in one picture, and of the robot that carries it.

A planar marker seen by one camera has two poses that explain its corners almost equally well, mirrored at the line of
sight (Schweighofer and Pinz, Robust Pose Estimation from a Planar Target, 2006). Both are found and weighed: by how
well they explain the corners, and by the ground plane, over which the marker lies level at a known height. If the one
that weighs more is tilted or at another height, the pose is refused. OpenCV's closed form for both poses
(SOLVEPNP_IPPE) is not used: for a marker that faces the camera, as under an overhead one, every fifth pose of it was
tilted by up to 80° or not finite. No picture is read here and no time is kept.
"""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from port_sensors.core.camera_model import Array, CameraModel
from port_sensors.core.floor_pose import FloorPose, level_start, on_floor
from port_sensors.core.marker import MarkerGeometry, Projection, project, rms_px

_NO_POSE = np.full(3, np.nan)
_NO_COVARIANCE = np.full((6, 6), np.nan)
#: Corners are never known better than this for weighing: a lens is not calibrated any better.
_LEAST_SIGMA_PX = 0.1
_HEIGHT_SLACK_M = 0.05


@dataclass(frozen=True, eq=False)
class MarkerPose:
    """The marker's pose in frame ground as the picture alone gives it, and the robot's on the floor.

    covariance: 6×6 of x, y, z and turns about the axes of ground. floor is None unless valid.
    """

    valid: bool
    reason: str
    position_m: Array
    rotation: Array
    covariance: Array
    reprojection_px: float
    floor: FloorPose | None


@dataclass(frozen=True, eq=False)
class _Solution:
    """One of the two free poses."""

    position: Array
    rotation: Array
    seen: Projection
    error_px: float

    def tilt_rad(self) -> float:
        return math.acos(max(-1.0, min(1.0, float(self.rotation[2, 2]))))

    def weight(self, marker: MarkerGeometry, sigma_px: float) -> float:
        """−2 log likelihood: of the corners, and of a marker that should lie level (the limit is three sigma)."""
        corners = 4 * self.error_px**2 / max(sigma_px, _LEAST_SIGMA_PX) ** 2
        return corners + (3 * self.tilt_rad() / marker.tilt_limit_rad) ** 2


def estimate(
    corners_px: Array, marker: MarkerGeometry, camera: CameraModel, sigma_px: float | None = None
) -> MarkerPose:
    """The pose behind `corners_px` (4×2, distorted pixels, from top left clockwise), each known to `sigma_px`."""
    sigma_px = marker.corner_sigma_px if sigma_px is None else sigma_px
    ideal = camera.undistort(corners_px)
    start = level_start(corners_px, marker, camera)
    if start is None:
        return _refused("a corner lies above the horizon")
    floor, floor_px = on_floor(ideal, start, marker, camera, sigma_px)
    level = np.array([floor.x_m, floor.y_m, marker.height_m])
    near = _refine(ideal, level, floor.rotation(), marker, camera)
    if not math.isfinite(near.error_px) or near.error_px > marker.residual_limit_px:
        return _refused("the four corners are no square of the marker's size")
    far = _mirrored(ideal, near, marker, camera)
    best = min((near, far), key=lambda one: one.weight(marker, sigma_px))
    covariance = _covariance(best.seen.by_pose, max(sigma_px, best.error_px))
    if marker.sinks_m:
        marker = _sunk(best, covariance, marker)
        floor, floor_px = on_floor(ideal, (floor.x_m, floor.y_m, floor.yaw_rad), marker, camera, sigma_px)
    doubt = _doubt(best, covariance, marker)
    if not doubt and floor_px > marker.residual_limit_px:
        doubt = f"corners are {floor_px:.1f} px off a level marker at {marker.height_m:g} m"
    return MarkerPose(
        not doubt, doubt, best.position, best.rotation, covariance, best.error_px, None if doubt else floor
    )


def quaternion(rotation: Array) -> tuple[float, float, float, float]:
    """A 3×3 rotation as x, y, z, w with w ≥ 0 (Shepperd's method: divides by the largest component)."""
    r = rotation
    products = np.empty((4, 4))
    products[0] = 1 + r[0, 0] - r[1, 1] - r[2, 2], r[1, 0] + r[0, 1], r[0, 2] + r[2, 0], r[2, 1] - r[1, 2]
    products[1] = products[0, 1], 1 - r[0, 0] + r[1, 1] - r[2, 2], r[2, 1] + r[1, 2], r[0, 2] - r[2, 0]
    products[2] = products[0, 2], products[1, 2], 1 - r[0, 0] - r[1, 1] + r[2, 2], r[1, 0] - r[0, 1]
    products[3] = products[0, 3], products[1, 3], products[2, 3], 1 + r[0, 0] + r[1, 1] + r[2, 2]
    four = products[int(np.argmax(np.diag(products)))]
    norm = math.copysign(math.hypot(*four), four[3])
    x, y, z, w = (float(value) / norm for value in four)
    return x, y, z, w


def _refused(reason: str) -> MarkerPose:
    return MarkerPose(False, reason, _NO_POSE, np.eye(3), _NO_COVARIANCE, math.nan, None)


def _refine(ideal: Array, position: Array, rotation: Array, marker: MarkerGeometry, camera: CameraModel) -> _Solution:
    """The free pose in frame ground that explains the corners best, among those near the given one."""
    turn = cv2.Rodrigues(camera.rotation.T @ rotation)[0]
    place = camera.rotation.T @ (position - camera.position_m)
    points, pixels = marker.corners_m().reshape(-1, 1, 3), ideal.reshape(-1, 1, 2)
    turn, place = cv2.solvePnPRefineLM(points, pixels, camera.matrix, None, turn, place.reshape(3, 1))
    position = camera.position_m + camera.rotation @ place.ravel()
    rotation = camera.rotation @ cv2.Rodrigues(turn)[0]
    seen = project(position, rotation, marker, camera)
    return _Solution(position, rotation, seen, rms_px(ideal - seen.pixels))


def _mirrored(ideal: Array, near: _Solution, marker: MarkerGeometry, camera: CameraModel) -> _Solution:
    """The other of the two poses; the same one again where there is but one."""
    sight = (near.position - camera.position_m) / np.linalg.norm(near.position - camera.position_m)
    half_turn = 2 * np.outer(sight, sight) - np.eye(3)
    # The half turn about the sight mirrors the face's normal; turning back about the normal restores the corners.
    start = half_turn @ near.rotation @ np.diag([-1.0, -1.0, 1.0])
    far = _refine(ideal, near.position, start, marker, camera)
    return far if math.isfinite(far.error_px) else near


def _covariance(jacobian: Array, sigma_px: float) -> Array:
    covariance: Array = sigma_px**2 * np.asarray(np.linalg.pinv(jacobian.T @ jacobian), dtype=np.float64)
    return covariance


def _sunk(best: _Solution, covariance: Array, marker: MarkerGeometry) -> MarkerGeometry:
    """The marker at the height at which the picture shows it, within how far it may sink."""
    height_m = min(marker.height_m, max(marker.height_m - marker.sinks_m, float(best.position[2])))
    sigma_m = math.hypot(marker.height_sigma_m, math.sqrt(covariance[2, 2]))
    return replace(marker, height_m=height_m, height_sigma_m=sigma_m, sinks_m=0.0)


def _doubt(best: _Solution, covariance: Array, marker: MarkerGeometry) -> str:
    """Why the free pose contradicts a level marker at the known height; empty if it does not."""
    tilt_rad = best.tilt_rad()
    if tilt_rad > marker.tilt_limit_rad + 3 * math.sqrt(max(covariance[3, 3], covariance[4, 4])):
        return f"marker is not level: tilted {math.degrees(tilt_rad):.0f}°"
    height_m = float(best.position[2])
    if abs(height_m - marker.height_m) > _HEIGHT_SLACK_M + 4 * math.sqrt(covariance[2, 2]):
        return f"marker seems to be at {height_m:.2f} m, not {marker.height_m:g} m: its height or size is wrong"
    return ""
