"""A marker's corners to a small part of a pixel, as the crossings of its four edges, and how well they are known.

The gradient search around a corner (OpenCV's cornerSubPix) is made for chessboards, where four fields meet: at the
rounded corner of one black square it is drawn inwards by some tenths of a pixel. An edge has no such pull, dozens of
its points are measured, and their scatter tells the noise of this very picture.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from port_sensors.core.camera_model import Array

Gray = NDArray[np.uint8]

_POINTS = 24  # measured on each edge at most
_RIM = 0.12  # share of an edge left out at both of its ends, where the neighbour's blur begins
_STEP_PX = 0.5
_LEAST_CONTRAST = 20.0  # gray levels between ink and paper
_LEAST_SHARE = 0.5  # of an edge's points that must be measured
#: What scatter along an edge does not show, because it moves whole edges: JPEG blocks, interpolation.
_SYSTEMATIC_PX = 0.02


@dataclass(frozen=True)
class Corners:
    """Corners in px (4×2, from top left clockwise) and the standard deviation of one of their coordinates."""

    pixels: Array
    sigma_px: float


def sharpen(gray: Gray, rough: Array) -> Corners | None:
    """The corners near `rough` (4×2 px, within about 3 px of the truth), or None where no four edges are."""
    found = _once(gray, rough, 0.12)
    return _once(gray, found.pixels, 0.09) if found else None


def _once(gray: Gray, rough: Array, share: float) -> Corners | None:
    """Measure all edges once, looking `share` of the shortest side to both sides of them."""
    along = np.roll(rough, -1, axis=0) - rough
    lengths = np.linalg.norm(along, axis=1)
    if not lengths.min() > 8.0:
        return None
    reach_px = float(np.clip(share * lengths.min(), 2.0, 6.0))
    normals = np.column_stack([along[:, 1], -along[:, 0]]) / lengths[:, None]  # outwards, y down
    count = int(min(_POINTS, lengths.min()))
    ways = np.linspace(_RIM, 1 - _RIM, count)
    offsets, measured = _offsets(gray, rough[:, None] + ways[None, :, None] * along[:, None], normals, reach_px)
    lines = [_line(ways, offsets[side], measured[side]) for side in range(4)]
    if any(line is None for line in lines):
        return None
    ends = np.array([line[0] for line in lines if line is not None])
    variance = float(np.mean([line[1] for line in lines if line is not None]))
    starts, stops = rough + normals * ends[:, :1], rough + along + normals * ends[:, 1:]
    pixels = _crossings(starts, stops - starts)
    if not np.isfinite(pixels).all() or np.abs(pixels - rough).max() > 2 * reach_px:
        return None
    return Corners(pixels, math.hypot(math.sqrt(variance), _SYSTEMATIC_PX))


def _offsets(gray: Gray, points: Array, normals: Array, reach_px: float) -> tuple[Array, NDArray[np.bool_]]:
    """How far outwards of each point (4×N×2) the edge lies in px, and where one was there to be measured (4×N)."""
    steps = np.arange(-reach_px, reach_px + 1e-9, _STEP_PX)
    where = (points[:, :, None] + steps[None, None, :, None] * normals[:, None, None]).astype(np.float32)
    flat = where.reshape(-1, len(steps), 2)
    profiles = cv2.remap(gray, flat[..., 0], flat[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    rises = np.diff(profiles.astype(np.float64), axis=1)
    contrast = rises.sum(axis=1)
    # Squared, so that the edge outweighs the paper's grain.
    weights = np.where(rises > 0, rises, 0.0) ** 2
    middles = (steps[1:] + steps[:-1]) / 2
    total = weights.sum(axis=1)
    offsets = (weights * middles).sum(axis=1) / np.maximum(total, 1e-9)
    shape = points.shape[:2]
    return offsets.reshape(shape), ((contrast > _LEAST_CONTRAST) & (total > 0)).reshape(shape)


def _line(ways: Array, offsets: Array, measured: NDArray[np.bool_]) -> tuple[tuple[float, float], float] | None:
    """The edge's offsets at its two ends in px and their mean variance in px², or None if too little fits a line."""
    use = measured.copy()
    for _ in range(3):
        if use.sum() < max(4.0, _LEAST_SHARE * len(ways)):
            return None
        design = np.column_stack([1 - ways[use], ways[use]])  # by the offsets at start and end
        inverse = np.linalg.inv(design.T @ design)
        ends = inverse @ design.T @ offsets[use]
        left = offsets - ends[0] * (1 - ways) - ends[1] * ways
        scatter = math.sqrt(float(np.sum(left[use] ** 2)) / max(1, int(use.sum()) - 2))
        use = measured & (np.abs(left) < max(2.5 * scatter, 0.05))
    return (float(ends[0]), float(ends[1])), scatter**2 * float(np.mean(np.diag(inverse)))


def _crossings(starts: Array, along: Array) -> Array:
    """Where each line meets the one before it (4×2)."""
    before, back = np.roll(starts, 1, axis=0), np.roll(along, 1, axis=0)
    cross = back[:, 0] * along[:, 1] - back[:, 1] * along[:, 0]
    gap = starts - before
    with np.errstate(divide="ignore", invalid="ignore"):
        way = (gap[:, 0] * along[:, 1] - gap[:, 1] * along[:, 0]) / cross
    met: Array = before + way[:, None] * back
    return met
