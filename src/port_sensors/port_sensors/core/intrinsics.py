"""A camera's lens from pictures of a board, and whether the pictures were good enough to trust it.

The model is OpenCV's: pinhole with plumb_bob or rational_polynomial distortion (Zhang, A Flexible New Technique for
Camera Calibration, 2000). Reads no picture and writes no file.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from port_sensors.core.board import BoardView
from port_sensors.core.camera_model import Array, CalibrationError

GRID = (6, 8)  # rows and columns of the coverage picture
_LEAST_VIEWS = 4
_FLAGS = {"plumb_bob": 0, "rational_polynomial": cv2.CALIB_RATIONAL_MODEL}
MODELS = tuple(_FLAGS)
_COEFFICIENTS = {"plumb_bob": 5, "rational_polynomial": 8}


@dataclass(frozen=True, eq=False)
class Intrinsics:
    """A lens. rms_px: reprojection error over all corners; view_px: by picture.

    sigmas_px: standard deviations of fx, fy, cx, cy. coverage: corners in each cell of the picture (GRID).
    tilt_rad: the furthest that the board was turned away from the camera.
    """

    width_px: int
    height_px: int
    matrix: Array
    distortion_model: str
    distortion: Array
    rms_px: float
    view_px: dict[str, float]
    sigmas_px: Array
    coverage: NDArray[np.int64]
    tilt_rad: float

    def covered(self) -> float:
        """Share of the picture's cells in which a corner was seen."""
        return float((self.coverage > 0).mean())


def calibrate(views: Sequence[BoardView], size_px: tuple[int, int], model: str = "plumb_bob") -> Intrinsics:
    """The lens that explains `views` best. size_px: width, height. Raises CalibrationError: what is missing."""
    if model not in _FLAGS:
        raise CalibrationError(f"distortion model {model!r} is none of {sorted(_FLAGS)}")
    if len(views) < _LEAST_VIEWS:
        raise CalibrationError(f"the board was found in {len(views)} pictures; at least {_LEAST_VIEWS} are needed")
    points = [view.points_m.astype(np.float32) for view in views]
    pixels = [view.pixels.astype(np.float32).reshape(-1, 1, 2) for view in views]
    try:
        rms_px, matrix, distortion, turns, _, sigmas, _, each_px = cv2.calibrateCameraExtended(
            points, pixels, size_px, None, None, flags=_FLAGS[model]
        )
    except cv2.error as error:
        raise CalibrationError(f"these pictures allow no calibration: {error.err}") from error
    tilts = [math.acos(min(1.0, abs(float(cv2.Rodrigues(turn)[0][2, 2])))) for turn in turns]
    return Intrinsics(
        *size_px, matrix, model, distortion.ravel()[: _COEFFICIENTS[model]], float(rms_px),
        {view.name: float(px) for view, px in zip(views, each_px.ravel(), strict=True)},
        sigmas.ravel()[:4], coverage(views, size_px), max(tilts),
    )  # fmt: skip


def coverage(views: Sequence[BoardView], size_px: tuple[int, int]) -> NDArray[np.int64]:
    """How many corners were seen in each cell of the picture (GRID)."""
    pixels = np.vstack([np.empty((0, 2)), *[view.pixels for view in views]])
    (rows, columns), (width, height) = GRID, size_px
    counts, _, _ = np.histogram2d(pixels[:, 1], pixels[:, 0], bins=GRID, range=((0, height), (0, width)))
    return counts.reshape(rows, columns).astype(np.int64)


def shortcomings(lens: Intrinsics) -> list[str]:
    """What makes this calibration weak, each with what mends it; empty if nothing does."""
    found = []
    if len(lens.view_px) < 10:
        found.append(f"only {len(lens.view_px)} pictures show the board: take 10 to 30")
    if lens.covered() < 0.6:
        found.append(f"corners cover {lens.covered():.0%} of the picture: bring the board to the empty cells, rims too")
    if lens.tilt_rad < math.radians(20):
        found.append(f"the board was tilted by {math.degrees(lens.tilt_rad):.0f}° at most: tilt it by 20 to 45°")
    if lens.rms_px > 0.5:
        worst = max(lens.view_px, key=lambda name: lens.view_px[name])
        found.append(f"RMS {lens.rms_px:.2f} px: hold board and camera still; leave out {worst}, the worst picture")
    if lens.sigmas_px[:2].max() > 0.01 * lens.matrix[0, 0]:
        found.append("the focal length is known to no better than 1 %: take the board nearer and more tilted")
    return found
