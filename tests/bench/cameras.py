"""Cameras: what a marker costs, how true the pose is at each distance, how the occupancy watch does on real people."""

import math
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml

from port_sensors.core import camera_model
from port_sensors.core.camera_model import CameraModel, rotation_of
from port_sensors.core.detection import MarkerFinder
from port_sensors.core.edges import Gray
from port_sensors.core.floor_pose import FloorPose
from port_sensors.core.marker import MarkerGeometry, turned
from port_sensors.core.view import View
from port_sim.devices.scene import Scene
from port_sim.world import RobotTruth
from tests import hall, pedestrians

MARKER = MarkerGeometry(size_m=0.5, height_m=0.6)
FRAMES, DRAWS = 60, 400
#: Cameras for the accuracy: straight down, and from beside the lane.
POSES = {"overhead": [5.0, 0.0, 6.0, math.pi, 0.0, 0.0], "slanted": [5.0, -5.0, 4.0, -math.radians(125), 0.0, 0.0]}
BANDS_M = (0.0, 6.0, 7.0, 8.0, 9.0)
#: How well the marker's height is known: what a profile says if it says nothing, and what a tape measure gives.
UNMEASURED_M, MEASURED_M = MARKER.height_sigma_m, 0.002


def measure(rounds: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Figures by key, and what stands behind them."""
    with tempfile.TemporaryDirectory() as folder, _one_core():
        ours, plain = _costs_ms(Path(folder), rounds)
        exact, measured, errors = (
            {name: _errors(Path(folder), pose, sigma_m) for name, pose in POSES.items()}
            for sigma_m in (None, MEASURED_M, UNMEASURED_M)
        )
    sure, everywhere = (np.vstack(list(each.values())) for each in (exact, errors))
    cells, people = pedestrians.scores(pedestrians.watched())
    figures = {
        "sensors.marker_1080p_ms": float(np.median(ours)),
        "sensors.marker_1080p_p99_ms": float(np.percentile(ours, 99)),
        "sensors.marker_plain_1080p_ms": float(np.median(plain)),
        "sensors.marker_ratio": float(np.median(ours) / np.median(plain)),
        "sensors.pose_p95_mm": float(np.percentile(sure[:, 1], 95) * 1e3),
        "sensors.pose_p95_deg": float(np.percentile(sure[:, 2], 95)),
        "sensors.pose_surveyed_p95_mm": float(np.percentile(everywhere[:, 1], 95) * 1e3),
        "sensors.pose_surveyed_p95_deg": float(np.percentile(everywhere[:, 2], 95)),
        "sensors.pose_nees_mean": float(everywhere[:, 3].mean()),
        "sensors.occupancy_cell_precision": cells.precision(),
        "sensors.occupancy_cell_recall": cells.recall(),
        "sensors.occupancy_person_precision": people.precision(),
        "sensors.occupancy_person_recall": people.recall(),
    }
    return figures, {
        f"pose_by_distance_{kind}": {name: by_distance(f"{name}, {words}", each) for name, each in many.items()}
        for kind, words, many in (
            ("exact", "survey and marker height exact", exact),
            ("measured", f"surveyed, marker height ± {MEASURED_M * 1e3:g} mm", measured),
            ("surveyed", f"surveyed, marker height ± {UNMEASURED_M * 1e3:g} mm", errors),
        )
    }


def by_distance(name: str, errors: np.ndarray) -> list[dict[str, float]]:
    """p95 of position and heading in bands of the distance camera to marker; prints them too."""
    print(f"pose by distance, {name}:", file=sys.stderr)
    rows = []
    for near, far in pairwise(BANDS_M):
        band = errors[(errors[:, 0] >= near) & (errors[:, 0] < far)]
        if len(band) >= 10:
            mm, deg = np.percentile(band[:, 1], 95) * 1e3, np.percentile(band[:, 2], 95)
            rows.append({"from_m": near, "to_m": far, "count": len(band), "p95_mm": float(mm), "p95_deg": float(deg)})
            print(
                f"  {near:.1f} to {far:.1f} m: p95 {mm:.1f} mm, {deg:.2f} deg ({len(band)} poses)",
                file=sys.stderr,
            )
    return rows


@contextmanager
def _one_core() -> Iterator[None]:
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def camera_1080p(folder: Path, pose: list[float]) -> tuple[CameraModel, Scene]:
    """A 1080p camera at `pose` and what it sees of the hall."""
    tree = yaml.safe_load(Path(hall.overhead()["calibration"]).read_text())
    tree |= {"image_width": 1920, "image_height": 1080}
    tree["camera_matrix"]["data"] = [960.0, 0.0, 960.0, 0.0, 960.0, 540.0, 0.0, 0.0, 1.0]
    path = folder / "camera.yaml"
    path.write_text(yaml.safe_dump(tree))
    return camera_model.load(path, pose), Scene({"calibration": str(path), "pose": pose}, hall.ground())


def _costs_ms(folder: Path, rounds: int) -> tuple[list[float], list[float]]:
    """JPEG to pose, frame by frame, ours and the plain way in turn."""
    model, scene = camera_1080p(folder, POSES["overhead"])
    jpegs = [_jpeg(scene.render(RobotTruth(1.0 + number * 0.05, 0.2, 0.3), None)) for number in range(FRAMES)]
    ours: list[float] = []
    plain: list[float] = []
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50))
    for number in range(rounds):
        print(f"cameras: round {number + 1} of {rounds}", file=sys.stderr)
        view = View(MarkerFinder("DICT_4X4_50", 7), MARKER, model, None)
        for index, jpeg in enumerate(jpegs):
            began = time.thread_time()
            seen = view.look(jpeg, index * 66_000_000)
            ours.append((time.thread_time() - began) * 1e3)
            assert seen.marker is not None
            began = time.thread_time()
            _plain(jpeg, detector, model)
            plain.append((time.thread_time() - began) * 1e3)
    return ours, plain


def _plain(jpeg: bytes, detector: Any, model: CameraModel) -> None:
    """What one would write first: decode, detect at full size, refine, solve."""
    gray = cv2.cvtColor(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2GRAY)
    corners, ids, _ = detector.detectMarkers(gray)
    for one, number in zip(corners, ids.ravel(), strict=True):
        if number == 7:
            refined = cv2.cornerSubPix(gray, one.reshape(4, 1, 2), (5, 5), (-1, -1), (3, 30, 0.01))
            cv2.solvePnP(MARKER.corners_m(), refined, model.matrix, model.distortion, flags=cv2.SOLVEPNP_IPPE)


def _errors(folder: Path, pose: list[float], height_sigma_m: float | None) -> np.ndarray:
    """Distance in m, error in m and in degrees, normalised error squared, over the floor where the marker is in sight.

    Each pose has its own marker height and error of the camera's survey, as wrong as is stated of them; none with None.
    """
    exact, marker = height_sigma_m is None, replace(MARKER, height_sigma_m=height_sigma_m or UNMEASURED_M)
    model, scene = camera_1080p(folder, pose)
    random = np.random.default_rng(23)
    rows: list[list[float]] = []
    grain = random.normal(0.0, 3.0, (1080, 1920)).astype(np.float32)
    while len(rows) < DRAWS // len(POSES):
        truth = RobotTruth(*random.uniform((-1.0, -3.0, -math.pi), (11.0, 3.0, math.pi)))
        if not _in_sight(model, truth):
            continue
        surveyed = model if exact else _wrongly_surveyed(model, random)
        scene._marker_height_m = MARKER.height_m + (0.0 if exact else random.normal(0.0, marker.height_sigma_m))
        blurred = cv2.GaussianBlur(scene.render(truth, None), (0, 0), 0.7) + np.roll(grain, len(rows) * 7, axis=1)
        view = View(MarkerFinder("DICT_4X4_50", 7), marker, surveyed, None)
        seen = view.look(_jpeg(blurred.clip(0, 255).astype(np.uint8)), 0)
        distance_m = math.dist(model.position_m, (truth.x, truth.y, MARKER.height_m))
        if seen.marker is None or seen.marker.floor is None:
            print(f"cameras: no pose at {truth}: {seen.marker and seen.marker.reason}", file=sys.stderr)
            rows.append([distance_m, 1.0, 180.0, 1e3])  # counts as wrong
            continue
        rows.append([distance_m, *_error(seen.marker.floor, truth)])
    return np.array(rows)


def _in_sight(model: CameraModel, truth: RobotTruth) -> bool:
    """Whether the marker's whole sheet, with its white rim, is in the picture."""
    sheet = MARKER.corners_m() * 1.4 @ turned(truth.yaw).T + (truth.x, truth.y, MARKER.height_m)
    pixels, depths = model.project(sheet)
    return bool((depths > 0).all() and (pixels > 2).all() and (pixels < (1917, 1077)).all())


def _wrongly_surveyed(true: CameraModel, random: np.random.Generator) -> CameraModel:
    place = true.position_m + random.normal(0.0, true.survey_sigma_m, 3)
    turn = rotation_of(*random.normal(0.0, true.survey_sigma_rad, 3)) @ true.rotation
    return CameraModel(**{**vars(true), "position_m": place, "rotation": turn})


def _error(floor: FloorPose, truth: RobotTruth) -> tuple[float, float, float]:
    error = floor.values() - (truth.x, truth.y, truth.yaw)
    error[2] = math.remainder(error[2], math.tau)
    normalised = float(error @ np.linalg.solve(floor.covariance, error))
    return math.hypot(error[0], error[1]), abs(math.degrees(error[2])), normalised


def _jpeg(picture: Gray) -> bytes:
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])[1])
