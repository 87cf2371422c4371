"""Who or what, other than the robot, is on the ground: seen against a learnt picture of the empty floor.

Additive by design: everything that differs from the floor and is not the robot counts as a person, until it goes
away. The floor is learnt only where nothing stands, so one who stands still is never learnt into it. The ground must be
empty of people while the floor is learnt. Positions are where a figure meets the floor, nearest to the camera's foot.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from port_sensors.core.camera_model import Array, CameraModel
from port_sensors.core.edges import Gray
from port_sensors.core.floor_pose import FloorPose

Polygon = Sequence[tuple[float, float]]
Mask = NDArray[np.uint8]

_NS = 1_000_000_000
_POSITIONS = 64  # what ZoneOccupancy holds


@dataclass(frozen=True)
class OccupancySettings:
    """How the floor is learnt and what counts as a figure.

    threshold: gray levels of 255. robot_pad_m: beside the robot's radius, for its shadow and arms. robot_speed_mps: how
    fast the place grows where an unseen robot may be, for at most robot_lost_s.
    """

    settle_frames: int = 20
    settle_s: float = 1.0
    learn_rate: float = 0.01
    threshold: float = 20.0
    figure_m2: float = 0.03
    zone_m2: float = 0.01
    robot_radius_m: float = 0.4
    robot_height_m: float = 0.7
    robot_pad_m: float = 0.2
    robot_speed_mps: float = 2.0
    robot_lost_s: float = 0.5
    changed_share: float = 0.4
    changed_s: float = 5.0
    width_px: int = 320

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: {getattr(self, name)} is not positive")


@dataclass(frozen=True)
class Occupancy:
    """One reading. occupied: by zone. positions_m: of all figures seen, also those outside of the zones."""

    valid: bool
    reason: str
    occupied: dict[str, bool]
    positions_m: tuple[tuple[float, float], ...]


class OccupancyWatch:
    """Watches the zones in the pictures of one calibrated camera.

    Raises ValueError for a zone that the camera does not see whole.
    """

    def __init__(self, camera: CameraModel, zones: Mapping[str, Polygon], settings: OccupancySettings) -> None:
        for name, polygon in zones.items():
            if len(polygon) < 3 or not camera.sees_on_floor(polygon):
                raise ValueError(f"zone {name}: camera {camera.name} does not see all of it")
        self._camera, self._settings = camera, settings
        self._scale = settings.width_px / camera.width_px
        self._shape = (round(camera.height_px * self._scale), settings.width_px)
        self._floor_m = self._floor_map()
        self._area_m2 = self._pixel_areas()
        self._zones = {name: self._inside(polygon) for name, polygon in zones.items()}
        self._started_ns: int | None = None
        self._forget()
        self._robot: tuple[FloorPose, int] | None = None
        self._changed_since_ns: int | None = None

    def judge(self, gray: Gray, stamp_ns: int, robot: FloorPose | None) -> Occupancy:
        """Take the next picture, captured at `stamp_ns`, with the robot where the same picture shows it (or None)."""
        small = cv2.resize(gray, self._shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
        hidden = self._hidden(stamp_ns, robot)
        known = self._count >= self._settings.settle_frames
        figures = self._figures(small, known, hidden)
        if self._started_ns is None or stamp_ns < self._started_ns:
            self._started_ns = stamp_ns
        if self._has_changed(figures, known, stamp_ns):
            return self.blind("the whole picture changed: light or camera; the floor is learnt anew after 5 s")
        self._learn(small, figures, hidden | self._place_of_a_lost_robot(stamp_ns))
        self._frames += 1
        if self._frames < self._settings.settle_frames or stamp_ns - self._started_ns < self._settings.settle_s * _NS:
            return self.blind("the empty floor is being learnt")
        return self._reading(figures)

    def blind(self, reason: str) -> Occupancy:
        """The reading while nothing can be said: every zone counts as occupied."""
        return Occupancy(False, reason, dict.fromkeys(self._zones, True), ())

    # what is seen

    def _hidden(self, stamp_ns: int, robot: FloorPose | None) -> Mask:
        """Where the robot covers the picture, or may cover it since it was last seen."""
        mask: Mask = np.zeros(self._shape, np.uint8)
        if robot is not None:
            if self._robot is None:
                self._draw_robot(mask, robot, 0.0)
                # Learnt before the robot was known, so perhaps the robot itself.
                self._count[mask > 0] = 0
            self._robot = (robot, stamp_ns)
        if self._robot is not None:
            pose, seen_ns = self._robot
            lost_s = (stamp_ns - seen_ns) / _NS
            if 0 <= lost_s <= self._settings.robot_lost_s:
                self._draw_robot(mask, pose, lost_s * self._settings.robot_speed_mps)
        return mask

    def _place_of_a_lost_robot(self, stamp_ns: int) -> Mask:
        """Where the robot was seen last, while it is not seen: what is there now may be the robot itself.

        What it covered from the start was never seen empty; learnt as floor, it would leave a figure that never goes.
        """
        mask: Mask = np.zeros(self._shape, np.uint8)
        if self._robot is not None and self._robot[1] != stamp_ns:
            self._draw_robot(mask, self._robot[0], 0.0)
        return mask

    def _draw_robot(self, mask: Mask, robot: FloorPose, grown_m: float) -> None:
        """The outline of an upright cylinder around the robot."""
        angles = np.linspace(0.0, math.tau, 24, endpoint=False)
        radius = self._settings.robot_radius_m + self._settings.robot_pad_m + grown_m
        ring = np.column_stack([robot.x_m + radius * np.cos(angles), robot.y_m + radius * np.sin(angles)])
        rings = [np.column_stack([ring, np.full(24, z_m)]) for z_m in (0.0, self._settings.robot_height_m)]
        pixels, depths = self._camera.project(np.vstack(rings))
        if (depths > 0.05).all():
            outline = cv2.convexHull(((pixels + 0.5) * self._scale - 0.5).astype(np.float32))
            cv2.fillConvexPoly(mask, np.round(outline).astype(np.int32), 1)

    def _figures(self, small: NDArray[np.float32], known: NDArray[np.bool_], hidden: Mask) -> Mask:
        """Where the picture differs from the known floor, without specks."""
        difference = small - self._mean
        open_floor = known & (hidden == 0)
        sample = difference[::4, ::4][open_floor[::4, ::4]]
        # A lamp or the camera's exposure shifts everything alike: that is no figure.
        shift = float(np.median(sample)) if sample.size else 0.0
        figures = ((np.abs(difference - shift) > self._settings.threshold) & open_floor & self._on_floor).astype(
            np.uint8
        )
        opened: Mask = cv2.morphologyEx(figures, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
        return opened

    def _has_changed(self, figures: Mask, known: NDArray[np.bool_], stamp_ns: int) -> bool:
        """Whether so much differs that no person explains it; after a while of it the floor is forgotten."""
        if figures.sum() <= self._settings.changed_share * max(1, int(known.sum())):
            self._changed_since_ns = None
            return False
        if self._changed_since_ns is None or stamp_ns < self._changed_since_ns:
            self._changed_since_ns = stamp_ns
        if stamp_ns - self._changed_since_ns > self._settings.changed_s * _NS:
            self._forget()
        return True

    # the empty floor

    def _forget(self) -> None:
        self._mean = np.zeros(self._shape, np.float32)
        self._count = np.zeros(self._shape, np.int32)
        self._frames = 0
        self._started_ns = None

    def _learn(self, small: NDArray[np.float32], figures: Mask, hidden: Mask) -> None:
        """Learn where nothing stands, nor near it: a figure's rim is fainter than the threshold."""
        blocked = cv2.dilate(figures, np.ones((9, 9), np.uint8)) | hidden
        free = blocked == 0
        settle = self._settings.settle_frames
        young = free & (self._count < settle)
        if young.any():
            self._count[young] += 1
            self._mean[young] += (small[young] - self._mean[young]) / self._count[young]
        grown = (free & ~young).astype(np.uint8)
        cv2.accumulateWeighted(small, self._mean, self._settings.learn_rate, mask=grown)

    # what is said

    def _reading(self, figures: Mask) -> Occupancy:
        if not figures.any():
            return Occupancy(True, "", dict.fromkeys(self._zones, False), ())
        joined = cv2.morphologyEx(figures, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
        count, labels = cv2.connectedComponents(joined, connectivity=8)
        areas = np.bincount(labels.ravel(), weights=(self._area_m2 * figures).ravel(), minlength=count)
        large = [label for label in range(1, count) if areas[label] >= self._settings.figure_m2]
        seen = np.isin(labels, large) & (figures > 0)
        occupied = {
            name: bool(self._area_m2[seen & inside].sum() >= self._settings.zone_m2)
            for name, inside in self._zones.items()
        }
        return Occupancy(True, "", occupied, tuple(self._foot(labels == label) for label in large[:_POSITIONS]))

    def _foot(self, figure: NDArray[np.bool_]) -> tuple[float, float]:
        """A standing figure leans away from the camera's foot in the picture: its nearest point is on the floor."""
        spots = self._floor_m[figure & self._on_floor]
        nearest = np.argmin(np.sum((spots - self._camera.position_m[:2]) ** 2, axis=1))
        return float(spots[nearest, 0]), float(spots[nearest, 1])

    # the picture's geometry, made once

    def _floor_map(self) -> Array:
        """Where each pixel of the small picture looks on the floor: x, y in m, NaN above the horizon."""
        rows, columns = np.indices(self._shape)
        pixels = np.column_stack([columns.ravel(), rows.ravel()]).astype(np.float64)
        pixels = (pixels + 0.5) / self._scale - 0.5
        floor: Array = self._camera.to_plane(pixels).reshape(*self._shape, 2)
        self._on_floor = np.isfinite(floor).all(axis=2)
        return floor

    def _pixel_areas(self) -> Array:
        down, right = np.gradient(self._floor_m, axis=0), np.gradient(self._floor_m, axis=1)
        areas: Array = np.abs(down[..., 0] * right[..., 1] - down[..., 1] * right[..., 0])
        return np.nan_to_num(areas)

    def _inside(self, polygon: Polygon) -> NDArray[np.bool_]:
        """Which pixels look at the inside of `polygon` (even-odd rule)."""
        x, y = self._floor_m[..., 0], self._floor_m[..., 1]
        inside = np.zeros(self._shape, bool)
        for (x1, y1), (x2, y2) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
            if y1 != y2:
                inside ^= ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
        return inside
