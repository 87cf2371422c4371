"""The robot's marker as a thing: its size, where it is stuck, and where a pose puts its corners in a picture."""

import math
from dataclasses import dataclass

import numpy as np

from port_sensors.core.camera_model import Array, CameraModel


@dataclass(frozen=True)
class MarkerGeometry:
    """What is known of the marker beforehand: side length and height of its face above the floor, and how well.

    sinks_m: how much lower it may lie, on a robot that sits or kneels; then its height is measured, not known.
    corner_sigma_px: standard deviation of one corner coordinate where the picture itself does not tell it.
    height_sigma_m: of `height_m`. tilt_limit_rad: further than this from level, the marker is refused.
    """

    size_m: float
    height_m: float
    corner_sigma_px: float = 0.25
    height_sigma_m: float = 0.01
    tilt_limit_rad: float = math.radians(15.0)
    residual_limit_px: float = 2.0
    sinks_m: float = 0.0

    def __post_init__(self) -> None:
        for name in ("size_m", "corner_sigma_px", "height_sigma_m", "tilt_limit_rad", "residual_limit_px"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: {getattr(self, name)} is not positive")
        if not 0.0 <= self.sinks_m <= self.height_m:
            raise ValueError(f"sinks_m: {self.sinks_m} is not between 0 and height_m {self.height_m}")

    def corners_m(self) -> Array:
        """The corners in the marker's frame in the order detectors give them: from top left, clockwise (4×3)."""
        half = self.size_m / 2
        return np.array([[-half, half, 0.0], [half, half, 0.0], [half, -half, 0.0], [-half, -half, 0.0]])


def turned(yaw_rad: float) -> Array:
    """The 3×3 rotation about z."""
    c, s = math.cos(yaw_rad), math.sin(yaw_rad)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


@dataclass(frozen=True, eq=False)
class Projection:
    """Ideal pixels of the corners (4×2) and what they change with, in px per m and px per rad.

    by_pose: 8×6, the marker's x, y, z and turns about the axes of ground. by_camera: 8×6, the same of the camera.
    """

    pixels: Array
    by_pose: Array
    by_camera: Array


def project(position: Array, rotation: Array, marker: MarkerGeometry, camera: CameraModel) -> Projection:
    """The corners of a marker at `position` (3, m) with `rotation` (3×3, marker → ground)."""
    arms = marker.corners_m() @ rotation.T
    sights = position + arms - camera.position_m
    seen = sights @ camera.rotation
    focal, centre = camera.matrix[[0, 1], [0, 1]], camera.matrix[:2, 2]
    pixels = seen[:, :2] / seen[:, 2:] * focal + centre
    by_seen = np.zeros((4, 2, 3))
    by_seen[:, [0, 1], [0, 1]] = focal / seen[:, 2:]
    by_seen[:, :, 2] = -(pixels - centre) / seen[:, 2:]
    by_point = by_seen @ camera.rotation.T
    # A small turn moves a corner by turn × arm, so its derivative is the cross product taken row by row; turning or
    # moving the camera is turning or moving everything else the other way about the camera.
    by_pose = np.concatenate([by_point, np.cross(arms[:, None, :], by_point)], axis=2).reshape(8, 6)
    by_camera = -np.concatenate([by_point, np.cross(sights[:, None, :], by_point)], axis=2).reshape(8, 6)
    return Projection(pixels, by_pose, by_camera)


def rms_px(residual: Array) -> float:
    """Root mean square of N residuals (N×2)."""
    return float(np.sqrt(np.mean(np.sum(residual**2, axis=1))))
