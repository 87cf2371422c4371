"""The edges that a marker's corners are made of, and what a survey makes of the covariance."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from port_sensors.core import camera_model
from port_sensors.core.camera_model import CameraModel, rotation_of
from port_sensors.core.edges import sharpen
from port_sensors.core.marker import MarkerGeometry
from port_sensors.core.pose import estimate
from port_sim.devices.scene import Scene
from port_sim.world import RobotTruth
from tests import hall

MARKER = MarkerGeometry(size_m=0.5, height_m=0.6)
NOISE = np.random.default_rng(2).normal(0.0, 4.0, (3, 720, 1280)).astype(np.float32)
SCENE = Scene(hall.overhead(), hall.ground())


def photographed(robot: RobotTruth, random: np.random.Generator) -> NDArray[np.uint8]:
    """A rendered picture with blur and grain, through JPEG."""
    sharp = cv2.GaussianBlur(SCENE.render(robot, None), (0, 0), float(random.uniform(0.4, 1.2)))
    grainy = (sharp + NOISE[random.integers(len(NOISE))]).clip(0, 255).astype(np.uint8)
    picture: NDArray[np.uint8] | None = cv2.imdecode(cv2.imencode(".jpg", grainy)[1], cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return picture


def test_edges_bring_rough_corners_to_a_tenth_of_a_pixel() -> None:
    block = hall.overhead()
    model, random = camera_model.load(Path(block["calibration"]), block["pose"]), np.random.default_rng(4)
    for x, y, yaw in [(5.0, 0.0, 0.0), (1.0, 1.5, 0.7), (9.0, -2.0, 2.0)]:
        true, _ = model.project(MARKER.corners_m() @ rotation_of(0.0, 0.0, yaw).T + (x, y, 0.6))
        picture = photographed(RobotTruth(x, y, yaw), random)
        found = sharpen(picture, true + random.uniform(-2.0, 2.0, (4, 2)))
        assert found is not None
        assert np.abs(found.pixels - true).max() < 0.12
        assert 0.01 < found.sigma_px < 0.15


def test_where_no_edges_are_no_corners_are_made_up() -> None:
    square = np.array([[100.0, 100.0], [160.0, 100.0], [160.0, 160.0], [100.0, 160.0]])
    assert sharpen(np.full((300, 300), 128, np.uint8), square) is None
    assert sharpen(np.random.default_rng(1).integers(0, 255, (300, 300)).astype(np.uint8), square) is None
    assert sharpen(SCENE.render(None, None), square[:1].repeat(4, axis=0)) is None


def test_a_worse_survey_makes_a_wider_covariance() -> None:
    block = hall.overhead()
    model = camera_model.load(Path(block["calibration"]), block["pose"])
    shaky = CameraModel(**{**vars(model), "survey_sigma_rad": 0.005})
    corners, _ = model.project(MARKER.corners_m() + np.array([3.0, 1.0, 0.6]))
    good, bad = estimate(corners, MARKER, model).floor, estimate(corners, MARKER, shaky).floor
    assert good is not None
    assert bad is not None
    assert bad.covariance[0, 0] > 4 * good.covariance[0, 0]
    with pytest.raises(camera_model.CalibrationError, match="survey_sigma"):
        CameraModel(**{**vars(model), "survey_sigma_m": -1.0})
