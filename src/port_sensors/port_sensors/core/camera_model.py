"""A calibrated camera: pixels to and from points of the frame `ground`.

Reads the intrinsics that ROS's camera_info_manager writes (YAML) and takes the surveyed pose of the optical frame
(x right, y down, z forward; REP-103). It knows no picture and no device.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from port_ros.yaml_file import YamlError, read_yaml

Array = NDArray[np.float64]

_MODELS = {"plumb_bob": (4, 5), "rational_polynomial": (8,)}


class CalibrationError(ValueError):
    """The calibration is missing or does not fit; the message names the file and what is wrong."""


@dataclass(frozen=True, eq=False)
class CameraModel:
    """Intrinsics in px and the place of the optical frame in frame `ground`.

    matrix: 3×3. distortion: 4, 5 or 8 coefficients. position_m: 3. rotation: 3×3, optical frame → ground.
    survey_sigma_m, survey_sigma_rad: how well place and turn are known, standard deviation along and about each axis.
    """

    name: str
    width_px: int
    height_px: int
    matrix: Array
    distortion_model: str
    distortion: Array
    position_m: Array
    rotation: Array
    survey_sigma_m: float = 0.003
    survey_sigma_rad: float = 0.0005

    def __post_init__(self) -> None:
        if self.width_px < 16 or self.height_px < 16:
            raise CalibrationError(f"{self.name}: image_width, image_height: {self.width_px}×{self.height_px} px")
        numbers = (self.matrix, self.distortion, self.position_m, self.rotation)
        if not all(np.isfinite(array).all() for array in numbers):
            raise CalibrationError(f"{self.name}: a value is not finite")
        if self.matrix[0, 0] <= 0 or self.matrix[1, 1] <= 0:
            raise CalibrationError(f"{self.name}: camera_matrix: a focal length is not positive")
        if self.distortion.size not in _MODELS.get(self.distortion_model, ()):
            raise CalibrationError(
                f"{self.name}: {self.distortion_model} with {self.distortion.size} coefficients is not supported"
            )

        if not (self.survey_sigma_m >= 0 and self.survey_sigma_rad >= 0):
            raise CalibrationError(f"{self.name}: survey_sigma_m, survey_sigma_rad: negative or no number")

    def survey_sigmas(self) -> Array:
        """Standard deviations of x, y, z in m and of the turns about the axes of ground in rad (6)."""
        return np.repeat([self.survey_sigma_m, self.survey_sigma_rad], 3)

    def undistort(self, pixels: Array) -> Array:
        """Pixels (N×2) as an ideal pinhole camera of the same matrix would see them."""
        points = np.ascontiguousarray(pixels, dtype=np.float64).reshape(-1, 1, 2)
        ideal: Array = cv2.undistortPoints(points, self.matrix, self.distortion, P=self.matrix)
        return ideal.reshape(-1, 2)

    def project(self, points_m: Array) -> tuple[Array, Array]:
        """Points of frame ground (N×3) → pixels (N×2) and depths in m (N); behind the camera the depth is negative."""
        seen = (points_m - self.position_m) @ self.rotation
        pixels, _ = cv2.projectPoints(seen.reshape(-1, 1, 3), np.zeros(3), np.zeros(3), self.matrix, self.distortion)
        return pixels.reshape(-1, 2), seen[:, 2]

    def to_plane(self, pixels: Array, z_m: float = 0.0) -> Array:
        """Where the rays of `pixels` (N×2) meet the level plane at `z_m`: x, y in m (N×2), NaN where they never do."""
        ideal = self.undistort(pixels)
        rays = np.column_stack([ideal, np.ones(len(ideal))]) @ np.linalg.inv(self.matrix).T @ self.rotation.T
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = (z_m - self.position_m[2]) / rays[:, 2]
        reach[~(reach > 0)] = np.nan
        met: Array = self.position_m[:2] + rays[:, :2] * reach[:, None]
        return met

    def sees_on_floor(self, polygon: Sequence[tuple[float, float]]) -> bool:
        """Whether all corners (x, y in m, on the floor) lie inside the picture."""
        pixels, depths = self.project(np.array([(x, y, 0.0) for x, y in polygon]))
        inside = (pixels >= 0) & (pixels <= (self.width_px - 1, self.height_px - 1))
        return bool((depths > 0).all() and inside.all())


def rotation_of(roll_rad: float, pitch_rad: float, yaw_rad: float) -> Array:
    """The 3×3 rotation of turns about the fixed axes x, then y, then z."""
    (cr, cp, cy), (sr, sp, sy) = np.cos([roll_rad, pitch_rad, yaw_rad]), np.sin([roll_rad, pitch_rad, yaw_rad])
    return np.array(
        [
            [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
            [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
            [-sp, cp * sr, cp * cr],
        ]
    )


def load(
    path: Path, pose: Sequence[float], survey_sigma_m: float = 0.003, survey_sigma_rad: float = 0.0005
) -> CameraModel:
    """Read a camera_info_manager YAML file and place the camera at `pose`: x, y, z in m; roll, pitch, yaw in rad.

    Raises CalibrationError that names the file and what is missing or wrong.
    """
    if len(pose) != 6:
        raise CalibrationError(f"pose: six numbers are needed (x, y, z, roll, pitch, yaw), not {len(pose)}")
    try:
        return _from_tree(read_yaml(path), pose, survey_sigma_m, survey_sigma_rad)
    except YamlError as error:
        raise CalibrationError(str(error)) from error
    except (KeyError, TypeError, ValueError) as error:
        raise CalibrationError(f"{path}: {error}") from error


def _from_tree(tree: dict[str, Any], pose: Sequence[float], sigma_m: float, sigma_rad: float) -> CameraModel:
    return CameraModel(
        name=str(tree["camera_name"]),
        width_px=int(tree["image_width"]),
        height_px=int(tree["image_height"]),
        matrix=np.array(tree["camera_matrix"]["data"], dtype=np.float64).reshape(3, 3),
        distortion_model=str(tree.get("distortion_model", "plumb_bob")),
        distortion=np.array(tree["distortion_coefficients"]["data"], dtype=np.float64),
        position_m=np.array(pose[:3], dtype=np.float64),
        rotation=rotation_of(*pose[3:]),
        survey_sigma_m=sigma_m,
        survey_sigma_rad=sigma_rad,
    )
