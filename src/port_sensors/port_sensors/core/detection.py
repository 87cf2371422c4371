"""Finding the robot's marker in a gray picture: where it was last, else everywhere.

Gives corners only; poses are made in pose.py. State is the last place seen, nothing else.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from port_sensors.core.camera_model import Array

Gray = NDArray[np.uint8]

_FIRST_LOOK_WIDTH_PX = 960
_LEAST_SIDE_PX = 12.0


def decode_gray(jpeg: bytes) -> Gray | None:
    """A JPEG file as a gray picture, or None if it is broken."""
    gray: Gray | None = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    return gray


@dataclass(frozen=True)
class Box:
    """A part of a picture, px."""

    left: int
    top: int
    right: int
    bottom: int


class MarkerFinder:
    """Finds one marker by its dictionary and id.

    dictionary: OpenCV's name, e.g. DICT_4X4_50. Raises ValueError for an unknown dictionary or id.
    """

    def __init__(self, dictionary: str, marker_id: int) -> None:
        number = getattr(cv2.aruco, dictionary, None)
        if not dictionary.startswith("DICT_") or number is None:
            raise ValueError(f"marker.dictionary: {dictionary!r} is none of OpenCV's")
        book = cv2.aruco.getPredefinedDictionary(number)
        if not 0 <= marker_id < len(book.bytesList):
            raise ValueError(f"marker.id: {dictionary} has no {marker_id}")
        self._marker_id = marker_id
        self._detector = cv2.aruco.ArucoDetector(book, _parameters())
        self._last: Box | None = None

    def find(self, gray: Gray) -> Array | None:
        """The marker's corners (4×2 px, from top left clockwise), or None. Pixel centres are whole numbers."""
        corners = self._near(gray) if self._last else None
        if corners is None:
            corners = self._anywhere(gray)
        if corners is not None:
            corners = _refine(gray, corners)
        self._last = _around(corners, gray) if corners is not None else None
        return corners

    def _near(self, gray: Gray) -> Array | None:
        assert self._last is not None
        box = self._last
        part = gray[box.top : box.bottom, box.left : box.right]
        corners = self._detect(part) if part.size else None
        return None if corners is None else corners + np.array([box.left, box.top])

    def _anywhere(self, gray: Gray) -> Array | None:
        """In a smaller picture first: it costs a fraction and finds all but far markers."""
        width = gray.shape[1]
        if width > _FIRST_LOOK_WIDTH_PX:
            scale = _FIRST_LOOK_WIDTH_PX / width
            small = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            corners = self._detect(small)
            return None if corners is None else (corners + 0.5) / scale - 0.5
        return self._detect(gray)

    def _detect(self, gray: Gray) -> Array | None:
        found, ids, _ = self._detector.detectMarkers(gray)
        if ids is None:
            return None
        for corners, marker_id in zip(found, ids.ravel(), strict=True):
            if marker_id == self._marker_id:
                return np.asarray(corners, dtype=np.float64).reshape(4, 2)
        return None


def _parameters() -> "cv2.aruco.DetectorParameters":
    parameters = cv2.aruco.DetectorParameters()
    # One threshold window instead of three: the marker is printed black on white and large.
    parameters.adaptiveThreshWinSizeMin = parameters.adaptiveThreshWinSizeMax = 23
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_NONE
    return parameters


def _refine(gray: Gray, corners: Array) -> Array:
    """Corners to a fraction of a pixel, in a window smaller than one cell of the marker."""
    side_px = float(np.linalg.norm(np.diff(corners, axis=0, append=corners[:1]), axis=1).min())
    if side_px < _LEAST_SIDE_PX:
        return corners
    half = int(np.clip(side_px / 16, 2, 6))
    points = corners.astype(np.float32).reshape(-1, 1, 2)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 0.01)
    refined = cv2.cornerSubPix(gray, points, (half, half), (-1, -1), criteria)
    return np.asarray(refined, dtype=np.float64).reshape(4, 2)


def _around(corners: Array, gray: Gray) -> Box:
    """The marker's surroundings, wide enough for what it moves until the next frame."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    margin = max(24.0, 0.8 * float((high - low).max()))
    left, top = np.maximum(low - margin, 0).astype(int)
    right, bottom = np.minimum(high + margin, (gray.shape[1], gray.shape[0])).astype(int)
    return Box(int(left), int(top), int(right), int(bottom))
