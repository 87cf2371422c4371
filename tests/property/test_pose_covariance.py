"""The stated covariance of the robot's pose against rendered truth."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from port_sensors.core import camera_model
from port_sensors.core.camera_model import CameraModel, rotation_of
from port_sensors.core.detection import MarkerFinder
from port_sensors.core.floor_pose import FloorPose
from port_sensors.core.marker import MarkerGeometry, turned
from port_sensors.core.pose import estimate
from port_sim.world import RobotTruth
from tests import hall
from tests.unit.port_sensors.test_edges import MARKER, SCENE, photographed

DRAWS = 200
#: What is drawn by geometry alone, without a picture.
MANY, SIGMA_PX = 500, 0.1
CAMERAS = {"overhead": [5.0, 0.0, 6.0, math.pi, 0.0, 0.0], "slanted": [5.0, -5.0, 4.0, -math.radians(125), 0.0, 0.0]}


def camera_at(pose: list[float]) -> CameraModel:
    return camera_model.load(Path(hall.overhead()["calibration"]), pose)


def wrongly_surveyed(true: CameraModel, random: np.random.Generator) -> CameraModel:
    """The camera as its survey has it, wrong by what the survey allows."""
    place = true.position_m + random.normal(0.0, true.survey_sigma_m, 3)
    turn = rotation_of(*random.normal(0.0, true.survey_sigma_rad, 3)) @ true.rotation
    return CameraModel(**{**vars(true), "position_m": place, "rotation": turn})


def normalised_squared(floor: FloorPose, truth: RobotTruth) -> float:
    error = floor.values() - (truth.x, truth.y, truth.yaw)
    error[2] = math.remainder(error[2], math.tau)
    return float(error @ np.linalg.solve(floor.covariance, error))


def drawn(pose: list[float], believed: MarkerGeometry) -> list[float]:
    """Of MANY markers in sight, each at a height of its own and seen by a camera surveyed a little wrong."""
    random, true, found = np.random.default_rng(29), camera_at(pose), list[float]()
    while len(found) < MANY:
        truth = RobotTruth(*random.uniform((-1.0, -3.0, -math.pi), (11.0, 3.0, math.pi)))
        height_m = MARKER.height_m + random.normal(0.0, MARKER.height_sigma_m)
        pixels, depths = true.project(MARKER.corners_m() @ turned(truth.yaw).T + (truth.x, truth.y, height_m))
        if not ((depths > 0).all() and (pixels > 2).all() and (pixels < (true.width_px - 3, true.height_px - 3)).all()):
            continue
        seen = estimate(
            pixels + random.normal(0.0, SIGMA_PX, (4, 2)), believed, wrongly_surveyed(true, random), SIGMA_PX
        )
        assert seen.floor is not None, seen.reason
        found.append(normalised_squared(seen.floor, truth))
    return found


@pytest.mark.parametrize("camera", CAMERAS)
def test_height_noise_and_survey_are_all_in_the_covariance(camera: str) -> None:
    normalised = drawn(CAMERAS[camera], MARKER)
    # The mean of 500 draws of χ²(3) has a standard deviation of 0.11, the share over 7.81 one of 1 %.
    print(f"{camera}: normalised error squared {np.mean(normalised):.2f}, of χ²(3) it is 3")
    assert np.mean(normalised) == pytest.approx(3.0, abs=0.45)
    assert np.mean(np.array(normalised) > 7.81) == pytest.approx(0.05, abs=0.04)


def test_a_height_believed_to_be_exact_would_make_the_covariance_a_lie() -> None:
    assert np.mean(drawn(CAMERAS["slanted"], replace(MARKER, height_sigma_m=1e-6))) > 6.0


def test_errors_over_the_floor_are_as_large_as_the_covariance_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Normalised error squared ~ χ²(3): its mean is 3 and 5 % lie over 7.81, within what chance allows."""
    random, normalised, true = np.random.default_rng(17), [], camera_at(hall.overhead()["pose"])
    for _ in range(DRAWS):
        truth = RobotTruth(*random.uniform((0.2, -2.2, -math.pi), (9.8, 2.2, math.pi)))
        monkeypatch.setattr(SCENE, "_marker_height_m", MARKER.height_m + random.normal(0.0, MARKER.height_sigma_m))
        seen = MarkerFinder("DICT_4X4_50", 7).find(photographed(truth, random))
        assert seen is not None, truth
        found = estimate(seen.pixels, MARKER, wrongly_surveyed(true, random), seen.sigma_px)
        assert found.floor is not None, found.reason
        normalised.append(normalised_squared(found.floor, truth))
    # The mean of 200 draws of χ²(3) has a standard deviation of 0.17, the share over 7.81 one of 1.5 %.
    assert np.mean(normalised) == pytest.approx(3.0, abs=0.6)
    assert np.mean(np.array(normalised) > 7.81) == pytest.approx(0.05, abs=0.05)
