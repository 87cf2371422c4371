"""Where a camera stands, from floor tags whose places were surveyed.

Reads no picture. The result says how well it is known, and which tag contradicts the others.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from port_sensors.core.camera_model import Array, CalibrationError, CameraModel
from port_sensors.core.edges import Corners
from port_sensors.core.floor_tags import FloorTags
from port_sensors.core.marker import MarkerGeometry, project, turned

_LEAST_TAGS = 2
_LEAST_SIGMA_PX = 0.1


@dataclass(frozen=True, eq=False)
class Extrinsics:
    """camera: placed where it stands, with its survey's standard deviations. rms_px: over all corners.

    tag_px: how far each tag is off. suspect: tags that contradict the others; their places should be measured again.
    """

    camera: CameraModel
    rms_px: float
    tag_px: dict[int, float]
    suspect: tuple[int, ...]

    def pose(self) -> tuple[float, float, float, float, float, float]:
        """x, y, z in m and roll, pitch, yaw in rad, as a ground's file has them."""
        x, y, z = (float(value) for value in self.camera.position_m)
        return x, y, z, *angles_of(self.camera.rotation)


def locate(looks: Sequence[Mapping[int, Corners]], tags: FloorTags, lens: CameraModel) -> Extrinsics:
    """Place the camera `lens` (its own place is ignored) by what was seen in one or more pictures.

    Raises CalibrationError where too few tags were seen.
    """
    seen = _averaged(looks)
    if len(seen) < _LEAST_TAGS:
        raise CalibrationError(
            f"{len(seen)} of the {len(tags.places)} floor tags are seen; at least 2 are needed, better 4"
        )
    names = sorted(seen)
    points = np.vstack([tags.corners_m(tag) for tag in names])
    pixels = lens.undistort(np.vstack([seen[tag] for tag in names]))
    solved, turn, place = cv2.solvePnP(points, pixels, lens.matrix, None, flags=cv2.SOLVEPNP_SQPNP)
    if not solved:
        raise CalibrationError("the floor tags' corners fit no place of the camera: are ids and places right?")
    turn, place = cv2.solvePnPRefineLM(points, pixels, lens.matrix, None, turn, place)
    rotation = np.asarray(cv2.Rodrigues(turn)[0], dtype=np.float64).T
    placed = replace(lens, position_m=-(rotation @ place).ravel(), rotation=rotation)
    return _judged(placed, names, pixels.reshape(-1, 4, 2), tags)


def angles_of(rotation: Array) -> tuple[float, float, float]:
    """Roll, pitch, yaw in rad about the fixed axes x, y, z: the inverse of camera_model.rotation_of."""
    pitch = math.asin(max(-1.0, min(1.0, -float(rotation[2, 0]))))
    if abs(rotation[2, 0]) > 1 - 1e-9:  # looking along x: only roll and yaw together are defined
        return math.atan2(-float(rotation[1, 2]), float(rotation[1, 1])), pitch, 0.0
    roll = math.atan2(float(rotation[2, 1]), float(rotation[2, 2]))
    return roll, pitch, math.atan2(float(rotation[1, 0]), float(rotation[0, 0]))


def _averaged(looks: Sequence[Mapping[int, Corners]]) -> dict[int, Array]:
    """Median corners of each tag over the pictures."""
    tags = {tag for look in looks for tag in look}
    return {tag: np.median([look[tag].pixels for look in looks if tag in look], axis=0) for tag in tags}


def _judged(camera: CameraModel, names: list[int], pixels: Array, tags: FloorTags) -> Extrinsics:
    jacobians, errors = [], {}
    for tag, corners in zip(names, pixels, strict=True):
        x, y, yaw = tags.places[tag]
        should = project(np.array([x, y, 0.0]), turned(yaw), MarkerGeometry(tags.size_m, 0.0), camera)
        jacobians.append(should.by_camera)
        errors[tag] = float(np.sqrt(np.mean(np.sum((corners - should.pixels) ** 2, axis=1))))
    rms_px = math.sqrt(float(np.mean(np.square(list(errors.values())))))
    # A tag's four corners are off together where its place is, so tags are counted, not corners.
    jacobian = np.vstack(jacobians)
    inverse = np.asarray(np.linalg.pinv(jacobian.T @ jacobian), dtype=np.float64)
    variances = 4 * max(rms_px, _LEAST_SIGMA_PX) ** 2 * np.diag(inverse)
    placed = replace(
        camera,
        survey_sigma_m=math.sqrt(float(variances[:3].mean())),
        survey_sigma_rad=math.sqrt(float(variances[3:].mean())),
    )
    limit_px = max(1.0, 2.5 * float(np.median(list(errors.values()))))
    return Extrinsics(placed, rms_px, errors, tuple(tag for tag in names if errors[tag] > limit_px and len(names) > 2))
