"""Finding the robot's marker in a gray picture: where it was last, else everywhere.

Gives corners only; poses are made in pose.py.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from port_sensors.core import jpeg as jpeg_file
from port_sensors.core.camera_model import SIDE_PX_MOST, Array
from port_sensors.core.dictionary import check_id, dictionary
from port_sensors.core.edges import Corners, Gray, sharpen

_FIRST_LOOK_WIDTH_PX = 960
_WHOLE_EVERY = 3  # pictures without a marker; a search at full size costs four times the smaller one
_ROUGH_SIGMA_PX = 1.0  # of corners whose edges cannot be measured: small, blurred or half covered ones


_START_OF_SCAN, _END_OF_IMAGE = b"\xff\xda", b"\xff\xd9"
_BLOCK_PX = 8


def decode_gray(jpeg: bytes) -> Gray | None:
    """A JPEG file as a gray picture, or None if it is broken, cut off, or larger than any camera's.

    Some cameras leave the end marker out. OpenCV refuses such a file; with the marker it decodes it, and paints what is
    missing of a scan that was cut off in one gray: nobody must be looked for there. Less than a row of blocks, 8 or 16
    px, may be missing unnoticed.
    """
    size_px = jpeg_file.size_px(jpeg)
    if size_px is None or max(size_px) > SIDE_PX_MOST:
        return None
    ended = jpeg.endswith(_END_OF_IMAGE) or jpeg.find(_END_OF_IMAGE, max(0, jpeg.rfind(_START_OF_SCAN))) >= 0
    data = jpeg if ended else jpeg + _END_OF_IMAGE
    gray: Gray | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    cut_off = not ended and gray is not None and np.ptp(gray[-_BLOCK_PX:]) == 0
    return None if cut_off else gray


@dataclass(frozen=True)
class Box:
    """A part of a picture, px."""

    left: int
    top: int
    right: int
    bottom: int


class MarkerFinder:
    """Finds one marker by its dictionary and id.

    name: the dictionary's in OpenCV, e.g. DICT_4X4_50. Raises ValueError for an unknown dictionary or id.
    """

    def __init__(self, name: str, marker_id: int) -> None:
        check_id("id", name, marker_id)
        self._marker_id = marker_id
        self._detector = cv2.aruco.ArucoDetector(dictionary(name), _parameters())
        self._last: Box | None = None
        self._misses = 0

    def find(self, gray: Gray) -> Corners | None:
        """The marker's corners, or None. Pixel centres are whole numbers."""
        rough = self._near(gray, self._last) if self._last else None
        if rough is None:
            rough = self._anywhere(gray)
        self._last = _around(rough, gray) if rough is not None else None
        self._misses = 0 if rough is not None else self._misses
        return None if rough is None else sharpen(gray, rough) or Corners(rough, _ROUGH_SIGMA_PX)

    def _near(self, gray: Gray, box: Box) -> Array | None:
        part = gray[box.top : box.bottom, box.left : box.right]
        corners = self._detect(part) if part.size else None
        return None if corners is None else corners + np.array([box.left, box.top])

    def _anywhere(self, gray: Gray) -> Array | None:
        """In a smaller picture first: it costs a fraction and finds all but far markers. Those now and then."""
        width = gray.shape[1]
        if width <= _FIRST_LOOK_WIDTH_PX:
            return self._detect(gray)
        scale = _FIRST_LOOK_WIDTH_PX / width
        small = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        corners = self._detect(small)
        if corners is not None:
            whole: Array = (corners + 0.5) / scale - 0.5
            # Once more at full size: a slanted marker's corners are pixels off in the smaller picture.
            again = self._near(gray, _around(whole, gray))
            return whole if again is None else again
        self._misses += 1
        return self._detect(gray) if self._misses % _WHOLE_EVERY == 1 else None

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


def _around(corners: Array, gray: Gray) -> Box:
    """The marker's surroundings, wide enough for what it moves until the next frame."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    margin = max(24.0, 0.8 * float((high - low).max()))
    left, top = np.maximum(low - margin, 0).astype(int)
    right, bottom = np.minimum(high + margin, (gray.shape[1], gray.shape[0])).astype(int)
    return Box(int(left), int(top), int(right), int(bottom))
