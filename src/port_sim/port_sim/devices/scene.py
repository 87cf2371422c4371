"""What the simulated camera sees: the floor with its zones, the robot under its marker, a person.

The floor is painted once; a frame redraws only where the robot and the person are. It opens no connection. The lens is
ideal: a calibration with distortion is refused. The projection is written out here and not shared with the code that
reads these pictures, so that a mistake in one shows against the other.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from port_ros.yaml_file import read_yaml
from port_sim.world import RobotTruth

Gray = NDArray[np.uint8]
Array = NDArray[np.float64]

_FINE = 4  # the robot and the person are drawn this much finer, then averaged: edges stay true to a part of a pixel
_BITS = 4  # fraction bits of OpenCV's drawing coordinates


class Lens:
    """An ideal pinhole camera at a pose in frame ground."""

    def __init__(self, calibration: Path, pose: list[float]) -> None:
        tree = read_yaml(calibration)
        if any(tree["distortion_coefficients"]["data"]):
            raise ValueError(f"{calibration}: the simulated camera has no lens distortion; write zeros")
        self.size_px = int(tree["image_width"]), int(tree["image_height"])
        matrix = np.array(tree["camera_matrix"]["data"], dtype=float).reshape(3, 3)
        roll, pitch, yaw = pose[3:]
        turn = _turn_z(yaw) @ _turn_y(pitch) @ _turn_x(roll)
        self._position: Array = np.array(pose[:3], dtype=float)
        #: 3×4: homogeneous ground point → homogeneous pixel
        self.projection: Array = matrix @ turn.T @ np.column_stack([np.eye(3), -self._position])

    def pixels(self, points_m: Array) -> Array:
        """Ground points (N×3) as pixels (N×2)."""
        seen = np.column_stack([points_m, np.ones(len(points_m))]) @ self.projection.T
        pixels: Array = seen[:, :2] / seen[:, 2:]
        return pixels

    def plane_to_pixels(self, z_m: float) -> Array:
        """The 3×3 homography of the level plane at `z_m`: (x, y, 1) → pixel."""
        homography: Array = np.column_stack(
            [self.projection[:, 0], self.projection[:, 1], self.projection[:, 2] * z_m + self.projection[:, 3]]
        )
        return homography


def _turn_x(angle: float) -> Array:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def _turn_y(angle: float) -> Array:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def _turn_z(angle: float) -> Array:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


class Patch:
    """A finer copy of a part of the picture to draw in; `put_back` averages it into the picture."""

    def __init__(self, picture: Gray, points_px: Array, margin_px: int = 3) -> None:
        height, width = picture.shape
        low = np.floor(points_px.min(axis=0)).astype(int) - margin_px
        high = np.ceil(points_px.max(axis=0)).astype(int) + margin_px
        self._left, self._top = int(max(0, low[0])), int(max(0, low[1]))
        right, bottom = int(min(width, high[0])), int(min(height, high[1]))
        self._picture = picture[self._top : max(bottom, self._top), self._left : max(right, self._left)]
        self.outside = self._picture.size == 0
        self.fine: Gray = np.repeat(np.repeat(self._picture, _FINE, axis=0), _FINE, axis=1)

    def shift(self) -> Array:
        """3×3: pixels of the picture → pixels of the fine copy (pixel centres are whole numbers in both)."""
        half = (_FINE - 1) / 2
        return np.array(
            [[_FINE, 0, half - _FINE * self._left], [0, _FINE, half - _FINE * self._top], [0, 0, 1]], dtype=float
        )

    def fill(self, points_px: Array, gray: int) -> None:
        """Fill the hull of `points_px`."""
        fine = cv2.perspectiveTransform(points_px.reshape(-1, 1, 2), self.shift())
        hull = cv2.convexHull(np.round(fine * (1 << _BITS)).astype(np.int32))
        cv2.fillConvexPoly(self.fine, hull, gray, lineType=cv2.LINE_8, shift=_BITS)

    def shade(self, points_px: Array, share: float) -> None:
        """Darken the hull of `points_px`, softly at its rim."""
        mask = np.zeros_like(self.fine)
        whole, self.fine = self.fine, mask
        self.fill(points_px, 255)
        self.fine = whole
        soft = cv2.blur(mask, (6 * _FINE, 6 * _FINE)).astype(np.float32) * (share / 255)
        self.fine = (whole * (1 - soft)).astype(np.uint8)

    def put_back(self) -> None:
        height, width = self._picture.shape
        self._picture[:] = cv2.resize(self.fine, (width, height), interpolation=cv2.INTER_AREA)


class Sheet:
    """A printed sheet, 8×8 cells (a marker of 6 and a white rim), lying level at `place` (x, y, yaw) and `height_m`."""

    def __init__(self, face: Gray, marker_m: float, place: tuple[float, float, float], height_m: float) -> None:
        self._face, self._marker_m, self._place, self._height_m = face, marker_m, place, height_m

    def stick(self, patch: Patch, lens: Lens) -> None:
        """Draw it."""
        x, y, yaw = self._place
        side = self._face.shape[0]
        metre = self._marker_m * 8 / 6 / side
        c, s, middle = math.cos(yaw), math.sin(yaw), (side - 1) / 2
        to_plane = np.array([[c, -s, x], [s, c, y], [0, 0, 1]]) @ np.array(
            [[metre, 0, -metre * middle], [0, -metre, metre * middle], [0, 0, 1]]
        )
        warp = patch.shift() @ lens.plane_to_pixels(self._height_m) @ to_plane
        size = patch.fine.shape[1], patch.fine.shape[0]
        cv2.warpPerspective(
            self._face, warp, size, dst=patch.fine, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT
        )


class Scene:
    """Renders gray frames of the ground. Raises ValueError for what cannot be rendered.

    camera: `calibration` (path) and `pose`. ground: `zones`, `robot_marker` (dictionary, id, size_m), `robot`
    (marker_height_m, footprint_radius_m) and, where there are some, `floor_tags`, as the resolved ground file has them.
    """

    def __init__(self, camera: Mapping[str, Any], ground: Mapping[str, Any]) -> None:
        self._lens = Lens(Path(camera["calibration"]), [float(value) for value in camera["pose"]])
        marker, robot = ground["robot_marker"], ground["robot"]
        self._marker_m, self._marker_height_m = float(marker["size_m"]), float(robot["marker_height_m"])
        self._marker = _marker_face(str(marker["dictionary"]), int(marker["id"]))
        self._radius_m = float(robot["footprint_radius_m"])
        self._floor = _floor(self._lens, ground.get("zones") or {})
        if tags := ground.get("floor_tags"):
            self._glue(tags)

    def render(self, robot: RobotTruth | None, person: tuple[float, float] | None) -> Gray:
        """One frame, height × width."""
        picture = self._floor.copy()
        if robot is not None:
            self._draw_robot(picture, robot)
        if person is not None:
            self._draw_person(picture, *person)
        return picture

    def _draw_robot(self, picture: Gray, robot: RobotTruth) -> None:
        top_m = max(0.05, self._marker_height_m - robot.sunk_m)
        foot, shadow = _disc(robot.x, robot.y, self._radius_m, 0.0), _disc(robot.x, robot.y, self._radius_m + 0.1, 0.0)
        deck = _disc(robot.x, robot.y, self._radius_m, top_m - 0.02)
        patch = Patch(picture, self._lens.pixels(np.vstack([shadow, deck])), margin_px=8)
        if patch.outside:
            return
        patch.shade(self._lens.pixels(shadow), 0.35)
        patch.fill(self._lens.pixels(np.vstack([foot, deck])), 45)
        patch.fill(self._lens.pixels(deck), 60)
        if not robot.fallen:  # it lies on its side then
            self._stick_marker(patch, robot, top_m)
        patch.put_back()

    def _glue(self, tags: Mapping[str, Any]) -> None:
        """Glue the floor tags to the floor."""
        size_m = float(tags["size_m"])
        for tag, x, y, yaw in tags["places"]:
            sheet = Sheet(_marker_face(str(tags["dictionary"]), int(tag)), size_m, (x, y, yaw), 0.0)
            patch = Patch(self._floor, self._lens.pixels(_disc(x, y, size_m, 0.0)))
            if not patch.outside:
                sheet.stick(patch, self._lens)
                patch.put_back()

    def _stick_marker(self, patch: Patch, robot: RobotTruth, height_m: float) -> None:
        """The marker's sheet, marker x axis forward, printed top to the robot's left."""
        sheet = Sheet(self._marker, self._marker_m, (robot.x, robot.y, robot.yaw), height_m)
        sheet.stick(patch, self._lens)

    def _draw_person(self, picture: Gray, x: float, y: float) -> None:
        feet, shadow = _disc(x, y, 0.18, 0.0), _disc(x + 0.1, y, 0.3, 0.0)
        shoulders = _disc(x, y, 0.24, 1.4)
        crown = _disc(x, y, 0.1, 1.72)
        patch = Patch(picture, self._lens.pixels(np.vstack([shadow, shoulders, crown])), margin_px=8)
        if patch.outside:
            return
        patch.shade(self._lens.pixels(shadow), 0.3)
        patch.fill(self._lens.pixels(np.vstack([feet, shoulders])), 70)
        patch.fill(self._lens.pixels(shoulders), 205)
        patch.fill(self._lens.pixels(np.vstack([_disc(x, y, 0.09, 1.5), crown])), 30)
        patch.put_back()


def _disc(x: float, y: float, radius: float, z: float) -> Array:
    angles = np.linspace(0.0, math.tau, 32, endpoint=False)
    return np.column_stack([x + radius * np.cos(angles), y + radius * np.sin(angles), np.full(32, z)])


def _marker_face(dictionary: str, marker_id: int) -> Gray:
    """The printed sheet, 8×8 cells: marker with a white rim (what detectors need around it)."""
    book = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, dictionary))
    cell = 40
    if book.markerSize != 4:
        raise ValueError(f"robot_marker.dictionary: {dictionary}: only 4×4 markers are rendered")
    face: Gray = cv2.aruco.generateImageMarker(book, marker_id, 6 * cell)
    # Ink and paper are never quite black and white.
    printed = (30 + face.astype(np.float32) * (200 / 255)).astype(np.uint8)
    sheet: Gray = cv2.copyMakeBorder(printed, cell, cell, cell, cell, cv2.BORDER_CONSTANT, value=230)
    return sheet


def _floor(lens: Lens, zones: Mapping[str, Any]) -> Gray:
    """The painted hall floor as the camera sees it."""
    width, height = lens.size_px
    rows, columns = np.indices((height, width), dtype=np.float64)
    to_plane = np.linalg.inv(lens.plane_to_pixels(0.0))
    at = np.stack([columns, rows, np.ones_like(rows)], axis=-1) @ to_plane.T
    x, y = at[..., 0] / at[..., 2], at[..., 1] / at[..., 2]
    gray = 138.0 + _mottle((height, width)) - 12.0 * _joints(x, y)
    picture = gray.clip(0, 255).astype(np.uint8)
    for name, zone in zones.items():
        corners = np.array([(*corner, 0.0) for corner in zone["polygon_m"]], dtype=float)
        line = np.round(lens.pixels(corners) * (1 << _BITS)).astype(np.int32)
        paint = 182 if name == "lane" else 160
        cv2.polylines(picture, [line], True, paint, thickness=4, lineType=cv2.LINE_AA, shift=_BITS)
    return picture


def _mottle(shape: tuple[int, int]) -> Array:
    """Concrete: soft spots of some gray levels and fine grain, the same each time."""
    random = np.random.default_rng(7)
    height, width = shape
    spots = cv2.resize(
        random.normal(0.0, 6.0, (height // 60, width // 60)), (width, height), interpolation=cv2.INTER_CUBIC
    )
    mottle: Array = spots + cv2.blur(random.normal(0.0, 4.0, shape), (3, 3))
    return mottle


def _joints(x: Array, y: Array) -> Array:
    """1 on the joints between slabs of 1.5 m, else 0."""
    joints: Array = ((np.abs(np.mod(x, 1.5) - 0.75) > 0.74) | (np.abs(np.mod(y, 1.5) - 0.75) > 0.74)).astype(float)
    return joints
