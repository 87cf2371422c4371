"""The stated covariance of the robot's pose against rendered truth."""

import math
from pathlib import Path

import numpy as np
import pytest

from port_sensors.core import camera_model
from port_sensors.core.camera_model import CameraModel, rotation_of
from port_sensors.core.detection import MarkerFinder
from port_sensors.core.pose import estimate
from port_sim.world import RobotTruth
from tests import hall
from tests.unit.port_sensors.test_edges import MARKER, SCENE, photographed

DRAWS = 200


def wrongly_surveyed(random: np.random.Generator) -> CameraModel:
    """The camera as its survey has it, wrong by what the survey allows."""
    block = hall.overhead()
    true = camera_model.load(Path(block["calibration"]), block["pose"])
    place = true.position_m + random.normal(0.0, true.survey_sigma_m, 3)
    turn = rotation_of(*random.normal(0.0, true.survey_sigma_rad, 3)) @ true.rotation
    return CameraModel(**{**vars(true), "position_m": place, "rotation": turn})


def test_errors_over_the_floor_are_as_large_as_the_covariance_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Normalised error squared ~ χ²(3): its mean is 3 and 5 % lie over 7.81, within what chance allows."""
    random, normalised = np.random.default_rng(17), []
    for _ in range(DRAWS):
        truth = RobotTruth(*random.uniform((0.2, -2.2, -math.pi), (9.8, 2.2, math.pi)))
        monkeypatch.setattr(SCENE, "_marker_height_m", MARKER.height_m + random.normal(0.0, MARKER.height_sigma_m))
        seen = MarkerFinder("DICT_4X4_50", 7).find(photographed(truth, random))
        assert seen is not None, truth
        found = estimate(seen.pixels, MARKER, wrongly_surveyed(random), seen.sigma_px)
        assert found.floor is not None, found.reason
        error = found.floor.values() - (truth.x, truth.y, truth.yaw)
        error[2] = math.remainder(error[2], math.tau)
        normalised.append(error @ np.linalg.solve(found.floor.covariance, error))
    # The mean of 200 draws of χ²(3) has a standard deviation of 0.17, the share over 7.81 one of 1.5 %.
    assert np.mean(normalised) == pytest.approx(3.0, abs=0.6)
    assert np.mean(np.array(normalised) > 7.81) == pytest.approx(0.05, abs=0.05)
