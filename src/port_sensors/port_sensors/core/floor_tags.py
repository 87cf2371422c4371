"""Floor tags: markers glued to the floor at surveyed places, by which a camera shows that it still stands as surveyed.

Gives one observation at a time; what is concluded from several is trust.py's. A single tag that was moved does not
speak against the camera that sees it, but is named.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from port_sensors.core.camera_model import Array, CameraModel
from port_sensors.core.dictionary import check_id, dictionary
from port_sensors.core.edges import Corners, Gray, sharpen
from port_sensors.core.marker import MarkerGeometry, project, turned

_SLACK_PX = 1.0  # what a lens calibration leaves
_SIGMAS = 4.0


@dataclass(frozen=True)
class FloorTags:
    """dictionary: OpenCV's name. places: x, y in m and yaw in rad of each tag by its id. Raises ValueError."""

    dictionary: str
    size_m: float
    places: Mapping[int, tuple[float, float, float]]

    def __post_init__(self) -> None:
        dictionary(self.dictionary)
        if not self.size_m > 0:
            raise ValueError(f"size_m: {self.size_m} is not positive")
        for tag, place in self.places.items():
            check_id("places", self.dictionary, tag)
            if not all(map(math.isfinite, place)):
                raise ValueError(f"places: {place} of tag {tag} is not finite")

    def corners_m(self, tag: int) -> Array:
        """Where the corners of `tag` are (4×3)."""
        x, y, yaw = self.places[tag]
        corners: Array = MarkerGeometry(self.size_m, 0.0).corners_m() @ turned(yaw).T + (x, y, 0.0)
        return corners


class TagReader:
    """Finds all floor tags in a picture."""

    def __init__(self, tags: FloorTags) -> None:
        self._tags = tags
        self._detector = cv2.aruco.ArucoDetector(dictionary(tags.dictionary))

    def read(self, gray: Gray) -> dict[int, Corners]:
        """The corners of each tag that is seen whole and sharp, by id."""
        found, ids, _ = self._detector.detectMarkers(gray)
        seen: dict[int, Corners] = {}
        for rough, tag in zip(found, [] if ids is None else ids.ravel(), strict=True):
            corners = sharpen(gray, np.asarray(rough, dtype=np.float64).reshape(4, 2))
            if corners is not None and int(tag) in self._tags.places:
                seen[int(tag)] = corners
        return seen


@dataclass(frozen=True)
class TagCheck:
    """One look at the tags. shift_px: median of how far they are from where the survey puts them; NaN if none is seen.

    moved: tags that are off while most are not. agrees: None if no tag is seen.
    """

    agrees: bool | None
    shift_px: float
    shift_m: float
    seen: int
    moved: tuple[int, ...]

    def reason(self) -> str:
        """What speaks against the camera."""
        return f"floor tags are {self.shift_px:.1f} px ({self.shift_m * 1e3:.0f} mm) from where they were surveyed"


def check(seen: Mapping[int, Corners], tags: FloorTags, camera: CameraModel) -> TagCheck:
    """Compare where tags are seen with where `camera`, if it stands as surveyed, should see them."""
    offs = {tag: _off(corners.pixels, tag, tags, camera) for tag, corners in seen.items()}
    if not offs:
        return TagCheck(None, math.nan, math.nan, 0, ())
    excess = float(np.median([shift / limit for shift, limit, _ in offs.values()]))
    moved = tuple(sorted(tag for tag, (shift, limit, _) in offs.items() if shift > limit)) if excess <= 1 else ()
    shift_px, shift_m = (float(np.median([off[i] for off in offs.values()])) for i in (0, 2))
    return TagCheck(excess <= 1, shift_px, shift_m, len(offs), moved)


def _off(pixels: Array, tag: int, tags: FloorTags, camera: CameraModel) -> tuple[float, float, float]:
    """How far a tag is off in px, how far it may be, and how far it is in m."""
    x, y, yaw = tags.places[tag]
    should = project(np.array([x, y, 0.0]), turned(yaw), MarkerGeometry(tags.size_m, 0.0), camera)
    shift = (camera.undistort(pixels) - should.pixels).mean(axis=0)
    by_survey = should.by_camera.reshape(4, 2, 6).mean(axis=0) * camera.survey_sigmas()
    limit_px = _SLACK_PX + _SIGMAS * math.sqrt(float(np.trace(by_survey @ by_survey.T)))
    by_place = should.by_pose.reshape(4, 2, 6).mean(axis=0)[:, :2]
    shift_m = np.linalg.lstsq(by_place, shift, rcond=None)[0]
    return float(np.linalg.norm(shift)), limit_px, float(np.linalg.norm(shift_m))
