"""The pose of a marker from its four corners in one picture, and of the robot that carries it.

A planar marker seen by one camera has two poses that explain its corners almost equally well, mirrored at the line of
sight (Schweighofer and Pinz, Robust Pose Estimation from a Planar Target, 2006). The robot's marker lies level at a
known height, and that decides: the search starts there, and the pose is refused if it does not stay level, if its
height contradicts, or if the mirrored pose explains the corners clearly better. OpenCV's closed form for both poses
(SOLVEPNP_IPPE) is not used: for a marker that faces the camera, as under an overhead one, every fifth pose of it was
tilted by up to 80° or not finite. No picture is read here and no time is kept.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from port_sensors.core.camera_model import Array, CameraModel

_FLOOR = [0, 1, 5]  # x, y and the turn about z, among x, y, z and the three turns
_NO_POSE = np.full(3, np.nan)
_NO_COVARIANCE = np.full((6, 6), np.nan)


@dataclass(frozen=True)
class MarkerGeometry:
    """What is known of the marker beforehand: side length and height of its face above the floor, and how well.

    corner_sigma_px: standard deviation of one corner coordinate. height_sigma_m: of `height_m`.
    """

    size_m: float
    height_m: float
    corner_sigma_px: float = 0.25
    height_sigma_m: float = 0.01
    tilt_limit_rad: float = math.radians(15.0)
    residual_limit_px: float = 2.0

    def __post_init__(self) -> None:
        for name in ("size_m", "corner_sigma_px", "height_sigma_m", "tilt_limit_rad", "residual_limit_px"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: {getattr(self, name)} is not positive")

    def corners_m(self) -> Array:
        """The corners in the marker's frame in the order detectors give them: from top left, clockwise (4×3)."""
        half = self.size_m / 2
        return np.array([[-half, half, 0.0], [half, half, 0.0], [half, -half, 0.0], [-half, -half, 0.0]])


@dataclass(frozen=True)
class FloorPose:
    """Where the robot stands, frame ground. covariance: 3×3 of x, y, yaw in m², m·rad, rad²."""

    x_m: float
    y_m: float
    yaw_rad: float
    covariance: Array

    def rotation(self) -> Array:
        """3×3, robot → ground."""
        return _turned(self.yaw_rad)


@dataclass(frozen=True)
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


def estimate(corners_px: Array, marker: MarkerGeometry, camera: CameraModel) -> MarkerPose:
    """The pose behind `corners_px` (4×2, distorted pixels, from top left clockwise)."""
    ideal = camera.undistort(corners_px)
    start = _level_start(corners_px, marker, camera)
    if start is None:
        return _refused("a corner lies above the horizon", _NO_POSE, np.eye(3), _NO_COVARIANCE)
    floor, floor_px = _on_floor(ideal, start, marker, camera)
    level = np.array([floor.x_m, floor.y_m, marker.height_m])
    position, rotation = _refine(ideal, level, floor.rotation(), marker, camera)
    seen, jacobian = _project(position, rotation, marker, camera)
    rms_px = _rms(ideal - seen)
    if not math.isfinite(rms_px) or rms_px > marker.residual_limit_px:
        return _refused("the four corners are no square of the marker's size", _NO_POSE, np.eye(3), _NO_COVARIANCE)
    covariance = _covariance(jacobian, max(marker.corner_sigma_px, rms_px))
    doubt = _doubt(position, rotation, covariance, marker)
    doubt = doubt or _mirror_doubt(ideal, position, rotation, rms_px, marker, camera)
    if not doubt and floor_px > marker.residual_limit_px:
        doubt = f"corners are {floor_px:.1f} px off a level marker at {marker.height_m:g} m"
    if doubt:
        return _refused(doubt, position, rotation, covariance, rms_px)
    return MarkerPose(True, "", position, rotation, covariance, rms_px, floor)


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


def _refused(reason: str, position: Array, rotation: Array, covariance: Array, rms_px: float = math.nan) -> MarkerPose:
    return MarkerPose(False, reason, position, rotation, covariance, rms_px, None)


def _level_start(corners_px: Array, marker: MarkerGeometry, camera: CameraModel) -> tuple[float, float, float] | None:
    """x, y, yaw of the level marker whose corners are nearest to where the corners' rays meet its plane."""
    met = camera.to_plane(corners_px, marker.height_m)
    if not np.isfinite(met).all():
        return None
    middle = met.mean(axis=0)
    own, arms = marker.corners_m()[:, :2], met - middle
    yaw = math.atan2((own[:, 0] * arms[:, 1] - own[:, 1] * arms[:, 0]).sum(), (own * arms).sum())
    return float(middle[0]), float(middle[1]), yaw


def _refine(
    ideal: Array, position: Array, rotation: Array, marker: MarkerGeometry, camera: CameraModel
) -> tuple[Array, Array]:
    """The free pose in frame ground that explains the corners best, among those near the given one."""
    turn = cv2.Rodrigues(camera.rotation.T @ rotation)[0]
    place = camera.rotation.T @ (position - camera.position_m)
    points, pixels = marker.corners_m().reshape(-1, 1, 3), ideal.reshape(-1, 1, 2)
    turn, place = cv2.solvePnPRefineLM(points, pixels, camera.matrix, None, turn, place.reshape(3, 1))
    return camera.position_m + camera.rotation @ place.ravel(), camera.rotation @ cv2.Rodrigues(turn)[0]


def _mirror_doubt(
    ideal: Array, position: Array, rotation: Array, rms_px: float, marker: MarkerGeometry, camera: CameraModel
) -> str:
    """Whether the pose mirrored at the line of sight explains the corners clearly better; empty if not."""
    sight = (position - camera.position_m) / np.linalg.norm(position - camera.position_m)
    half_turn = 2 * np.outer(sight, sight) - np.eye(3)
    # The half turn about the sight mirrors the face's normal; turning back about the normal restores the corners.
    start = half_turn @ rotation @ np.diag([-1.0, -1.0, 1.0])
    other = _refine(ideal, position, start, marker, camera)
    other_px = _rms(ideal - _project(*other, marker, camera)[0])
    tilt_rad = math.acos(max(-1.0, min(1.0, other[1][2, 2])))
    if tilt_rad > marker.tilt_limit_rad and 2 * other_px + marker.corner_sigma_px < rms_px:
        return f"marker is not level: the corners fit a tilt of {math.degrees(tilt_rad):.0f}° better"
    return ""


def _project(position: Array, rotation: Array, marker: MarkerGeometry, camera: CameraModel) -> tuple[Array, Array]:
    """Ideal pixels of the corners (4×2) and their derivative (8×6) by x, y, z and turns about the axes of ground."""
    arms = marker.corners_m() @ rotation.T
    seen = (position + arms - camera.position_m) @ camera.rotation
    focal, centre = camera.matrix[[0, 1], [0, 1]], camera.matrix[:2, 2]
    pixels = seen[:, :2] / seen[:, 2:] * focal + centre
    by_seen = np.zeros((4, 2, 3))
    by_seen[:, [0, 1], [0, 1]] = focal / seen[:, 2:]
    by_seen[:, :, 2] = -(pixels - centre) / seen[:, 2:]
    by_point = by_seen @ camera.rotation.T
    # A small turn moves a corner by turn × arm, so its derivative is the cross product taken row by row.
    by_turn = np.cross(arms[:, None, :], by_point)
    return pixels, np.concatenate([by_point, by_turn], axis=2).reshape(8, 6)


def _on_floor(
    ideal: Array, start: tuple[float, float, float], marker: MarkerGeometry, camera: CameraModel
) -> tuple[FloorPose, float]:
    """The best level pose at the known height and its residual in px (Gauss-Newton)."""
    x, y, yaw = start
    for _ in range(3):
        seen, jacobian = _project(np.array([x, y, marker.height_m]), _turned(yaw), marker, camera)
        step = np.linalg.lstsq(jacobian[:, _FLOOR], (ideal - seen).ravel(), rcond=None)[0]
        x, y, yaw = x + float(step[0]), y + float(step[1]), yaw + float(step[2])
    seen, jacobian = _project(np.array([x, y, marker.height_m]), _turned(yaw), marker, camera)
    rms_px = _rms(ideal - seen)
    covariance = _floor_covariance(jacobian, max(marker.corner_sigma_px, rms_px), marker.height_sigma_m)
    return FloorPose(x, y, math.remainder(yaw, math.tau), covariance), rms_px


def _turned(yaw_rad: float) -> Array:
    c, s = math.cos(yaw_rad), math.sin(yaw_rad)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def _covariance(jacobian: Array, sigma_px: float) -> Array:
    covariance: Array = sigma_px**2 * np.asarray(np.linalg.pinv(jacobian.T @ jacobian), dtype=np.float64)
    return covariance


def _floor_covariance(jacobian: Array, sigma_px: float, height_sigma_m: float) -> Array:
    """Corner noise, and the parallax that a wrong height gives beside the camera's foot."""
    plane = jacobian[:, _FLOOR]
    by_height = np.linalg.lstsq(plane, jacobian[:, 2], rcond=None)[0]
    return _covariance(plane, sigma_px) + height_sigma_m**2 * np.outer(by_height, by_height)


def _doubt(position: Array, rotation: Array, covariance: Array, marker: MarkerGeometry) -> str:
    """Why the free pose contradicts a level marker at the known height; empty if it does not."""
    tilt = math.acos(max(-1.0, min(1.0, rotation[2, 2])))
    if tilt > marker.tilt_limit_rad + 3 * math.sqrt(max(covariance[3, 3], covariance[4, 4])):
        return f"marker is not level: tilted {math.degrees(tilt):.0f}°"
    error_m = abs(float(position[2]) - marker.height_m)
    if error_m > 0.05 + 4 * math.sqrt(covariance[2, 2]):
        return f"marker seems to be at {position[2]:.2f} m, not {marker.height_m:g} m: its height or size is wrong"
    return ""


def _rms(residual: Array) -> float:
    return float(np.sqrt(np.mean(np.sum(residual**2, axis=1))))
