"""The robot's pose on the floor from its level marker: three unknowns, and all that makes them uncertain.

Its covariance has three sources: the corners' noise, the parallax of a marker that is not quite at its stated height,
and the survey of the camera itself. The last two do not average out from frame to frame.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from port_sensors.core.camera_model import Array, CameraModel
from port_sensors.core.marker import MarkerGeometry, project, rms_px, turned

_FLOOR = [0, 1, 5]  # x, y and the turn about z, among x, y, z and the three turns
_STEPS = 3  # of Gauss and Newton; from the level start each gains four digits


def _nothing() -> Array:
    return np.zeros(3)


@dataclass(frozen=True, eq=False)
class FloorPose:
    """Where the robot stands, frame ground. covariance: 3×3 of x, y, yaw in m², m·rad, rad², all sources together.

    by_height: what one standard deviation of the marker's height moves x, y, yaw by; views of one robot share it.
    """

    x_m: float
    y_m: float
    yaw_rad: float
    covariance: Array
    by_height: Array = field(default_factory=_nothing)

    def rotation(self) -> Array:
        """3×3, robot → ground."""
        return turned(self.yaw_rad)

    def values(self) -> Array:
        """x, y, yaw."""
        return np.array([self.x_m, self.y_m, self.yaw_rad])


def level_start(corners_px: Array, marker: MarkerGeometry, camera: CameraModel) -> tuple[float, float, float] | None:
    """x, y, yaw of the level marker whose corners are nearest to where the corners' rays meet its plane."""
    met = camera.to_plane(corners_px, marker.height_m)
    if not np.isfinite(met).all():
        return None
    middle = met.mean(axis=0)
    own, arms = marker.corners_m()[:, :2], met - middle
    yaw = math.atan2((own[:, 0] * arms[:, 1] - own[:, 1] * arms[:, 0]).sum(), (own * arms).sum())
    return float(middle[0]), float(middle[1]), yaw


def on_floor(
    ideal: Array, start: tuple[float, float, float], marker: MarkerGeometry, camera: CameraModel, sigma_px: float
) -> tuple[FloorPose, float]:
    """The best level pose at the known height for undistorted corners (4×2), and its residual in px (RMS)."""
    x, y, yaw = start
    for _ in range(_STEPS):
        seen = project(np.array([x, y, marker.height_m]), turned(yaw), marker, camera)
        step = np.linalg.lstsq(seen.by_pose[:, _FLOOR], (ideal - seen.pixels).ravel(), rcond=None)[0]
        x, y, yaw = x + float(step[0]), y + float(step[1]), yaw + float(step[2])
    seen = project(np.array([x, y, marker.height_m]), turned(yaw), marker, camera)
    gain = np.asarray(np.linalg.pinv(seen.by_pose[:, _FLOOR]), dtype=np.float64)  # px → x, y, yaw
    by_height = marker.height_sigma_m * gain @ seen.by_pose[:, 2]
    by_survey = gain @ seen.by_camera * camera.survey_sigmas()
    covariance = sigma_px**2 * gain @ gain.T + np.outer(by_height, by_height) + by_survey @ by_survey.T
    return FloorPose(x, y, math.remainder(yaw, math.tau), covariance, by_height), rms_px(ideal - seen.pixels)
