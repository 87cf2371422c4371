"""A calibrated camera: pixels to and from points of the frame `ground`.

Reads the intrinsics that ROS's camera_info_manager writes (YAML) and takes the surveyed pose of the optical frame
(x right, y down, z forward; REP-103). It knows no picture and no device.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from port_ros import named_file
from port_ros.yaml_file import YamlError, read_yaml

Array = NDArray[np.float64]

#: No camera that streams has more: one picture of so many pixels fills 100 MB.
SIDE_PX_MOST = 10_000
#: Numbers of coefficients by ROS's name of the model; all are OpenCV's one pinhole model, cut off where only zeros
#: follow: k1 k2 p1 p2 k3, k4 k5 k6 (rational), s1 s2 s3 s4 (thin prism), τx τy (tilted sensor).
_MODELS = {"plumb_bob": (4, 5), "rational_polynomial": (8, 12, 14)}
_FISHEYE = ("equidistant", "fisheye", "kannala_brandt", "omnidirectional")
#: The inverse of the distortion is found by iteration; OpenCV's own five rounds miss by pixels where a lens is wide.
_UNDISTORT = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 200, 1e-9)


class CalibrationError(ValueError):
    """The calibration is missing or does not fit; the message names the file and what is wrong."""


@dataclass(frozen=True, eq=False)
class CameraModel:
    """Intrinsics in px and the place of the optical frame in frame `ground`.

    matrix: 3×3. distortion: 4, 5, 8, 12 or 14 coefficients. position_m: 3. rotation: 3×3, optical frame → ground.
    rectification: 3×3, projection: 3×4, of the picture that others may make of this one; nothing here uses them.
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
    rectification: Array = field(default_factory=lambda: np.eye(3))
    projection: Array | None = None

    def __post_init__(self) -> None:
        for key, value in (("image_width", self.width_px), ("image_height", self.height_px)):
            if not 16 <= value <= SIDE_PX_MOST:
                raise CalibrationError(f"{self.name}: {key}: {value} px is outside 16…{SIDE_PX_MOST}")
        numbers = (self.matrix, self.distortion, self.position_m, self.rotation, self.rectification, self.projection)
        if not all(array is None or np.isfinite(array).all() for array in numbers):
            raise CalibrationError(f"{self.name}: a value is not finite")
        if self.matrix[0, 0] <= 0 or self.matrix[1, 1] <= 0:
            raise CalibrationError(f"{self.name}: camera_matrix: a focal length is not positive")
        _check_distortion(self.name, self.distortion_model, self.distortion.size)
        if not (self.survey_sigma_m >= 0 and self.survey_sigma_rad >= 0):
            raise CalibrationError(f"{self.name}: survey_sigma_m, survey_sigma_rad: negative or no number")

    def survey_sigmas(self) -> Array:
        """Standard deviations of x, y, z in m and of the turns about the axes of ground in rad (6)."""
        return np.repeat([self.survey_sigma_m, self.survey_sigma_rad], 3)

    def undistort(self, pixels: Array) -> Array:
        """Pixels (N×2) as an ideal pinhole camera of the same matrix would see them."""
        points = np.ascontiguousarray(pixels, dtype=np.float64).reshape(-1, 1, 2)
        ideal: Array = cv2.undistortPointsIter(points, self.matrix, self.distortion, None, self.matrix, _UNDISTORT)
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


def _check_distortion(name: str, model: str, count: int) -> None:
    if any(word in model.lower() for word in _FISHEYE):
        raise CalibrationError(
            f"{name}: distortion_model {model} is a fisheye lens's, which is not supported; calibrate the camera with "
            "rational_polynomial (port calibrate intrinsics --model), or use another lens"
        )
    if model not in _MODELS:
        raise CalibrationError(f"{name}: distortion_model {model!r} is none of {', '.join(_MODELS)}")
    if count not in _MODELS[model]:
        fits = next((other for other, counts in _MODELS.items() if count in counts), "")
        remedy = f"; with so many it is distortion_model: {fits}" if fits else ""
        counts = " or ".join(map(str, _MODELS[model]))
        raise CalibrationError(f"{name}: {model} has {counts} coefficients, not {count}{remedy}")


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
        named_file.check(path)
        tree = read_yaml(path)
        if not isinstance(tree, dict):
            raise ValueError("is no camera_info YAML of ROS; write one with port calibrate intrinsics")
        return _from_tree(tree, path.stem, pose, survey_sigma_m, survey_sigma_rad)
    except YamlError as error:
        raise CalibrationError(str(error)) from error
    except OSError as error:
        problem = "no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise CalibrationError(f"{path}: {problem}") from error
    except KeyError as error:
        raise CalibrationError(f"{path}: {error.args[0]} is missing; it is no whole camera_info YAML of ROS") from error
    except (TypeError, ValueError) as error:
        raise CalibrationError(f"{path}: {' '.join(str(error).split())}") from error


def _from_tree(tree: dict[str, Any], name: str, pose: Sequence[float], sigma_m: float, sigma_rad: float) -> CameraModel:
    """name: for a file that names no camera, as many do that were not written by camera_info_manager."""
    return CameraModel(
        name=str(tree.get("camera_name") or name),
        width_px=_pixels(tree, "image_width"),
        height_px=_pixels(tree, "image_height"),
        matrix=_matrix(tree, "camera_matrix", 3, 3),
        distortion_model=str(tree.get("distortion_model") or "plumb_bob"),
        distortion=_numbers(tree, "distortion_coefficients"),
        position_m=np.array(pose[:3], dtype=np.float64),
        rotation=rotation_of(*pose[3:]),
        survey_sigma_m=sigma_m,
        survey_sigma_rad=sigma_rad,
        rectification=_matrix(tree, "rectification_matrix", 3, 3) if "rectification_matrix" in tree else np.eye(3),
        projection=_matrix(tree, "projection_matrix", 3, 4) if "projection_matrix" in tree else None,
    )


def _matrix(tree: dict[str, Any], key: str, rows: int, columns: int) -> Array:
    numbers = _numbers(tree, key)
    if numbers.size != rows * columns:
        raise ValueError(f"{key}: {numbers.size} numbers, not {rows} × {columns}")
    return numbers.reshape(rows, columns)


def _pixels(tree: dict[str, Any], key: str) -> int:
    value = tree[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not float(value).is_integer():
        raise ValueError(f"{key}: {value!r} is no number of pixels")
    return int(value)


def _numbers(tree: dict[str, Any], key: str) -> Array:
    """Of a block {rows, cols, data}, or of a list, as calibration tools other than ROS's write it."""
    block = tree[key]
    data = block["data"] if isinstance(block, dict) else block
    try:
        return np.array(data, dtype=np.float64).ravel()
    except (TypeError, ValueError):
        raise ValueError(f"{key}: holds something else than numbers") from None
