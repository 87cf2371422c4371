"""The marker's and the robot's pose against projected and rendered truth."""

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from port_sensors.core import camera_model
from port_sensors.core.camera_model import CalibrationError, CameraModel
from port_sensors.core.detection import MarkerFinder, decode_gray
from port_sensors.core.marker import MarkerGeometry
from port_sensors.core.pose import estimate, quaternion
from port_sim.devices.scene import Scene
from port_sim.world import RobotTruth
from tests import hall

MARKER = MarkerGeometry(size_m=0.5, height_m=0.6)
Array = NDArray[np.float64]


def camera(pose: list[float] | None = None) -> CameraModel:
    block = hall.overhead()
    return camera_model.load(Path(block["calibration"]), pose or block["pose"])


def corners(model: CameraModel, x: float, y: float, yaw: float, height_m: float = 0.6, tilt: float = 0.0) -> Array:
    """True pixels of the marker's corners."""
    turn = camera_model.rotation_of(tilt, 0.0, yaw)
    pixels, _ = model.project(MARKER.corners_m() @ turn.T + (x, y, height_m))
    return pixels


def yaw_error(a: float, b: float) -> float:
    return abs(math.remainder(a - b, math.tau))


SLANTED = [5.0, -5.0, 4.0, -math.radians(125), 0.0, 0.0]


@pytest.mark.parametrize("pose", [None, SLANTED], ids=["straight down", "slanted"])
def test_noise_free_corners_give_the_exact_pose(pose: list[float] | None) -> None:
    model = camera(pose)
    for x, y, yaw in [(5.0, 0.0, 0.0), (2.0, -1.0, 2.5), (8.0, 1.0, -1.0)]:
        found = estimate(corners(model, x, y, yaw), MARKER, model)
        assert found.valid, found.reason
        assert found.floor is not None
        assert (found.floor.x_m, found.floor.y_m) == pytest.approx((x, y), abs=1e-4)
        assert yaw_error(found.floor.yaw_rad, yaw) < 1e-4
        assert found.position_m == pytest.approx((x, y, 0.6), abs=1e-3)


def test_noise_stays_within_bounds_and_within_the_stated_covariance() -> None:
    """0.25 px on each corner coordinate: ≤ 10 mm and ≤ 1.5° in each of 300 places, and 95 % within two sigma."""
    model, random = camera(), np.random.default_rng(3)
    apart = []
    for _ in range(300):
        x, y, yaw = random.uniform((0.5, -1.2, -3.1), (9.5, 1.2, 3.1))
        found = estimate(corners(model, x, y, yaw) + random.normal(0, 0.25, (4, 2)), MARKER, model)
        assert found.floor is not None, found.reason
        assert math.hypot(found.floor.x_m - x, found.floor.y_m - y) < 0.010
        assert yaw_error(found.floor.yaw_rad, yaw) < math.radians(1.5)
        sigma = np.sqrt(np.diag(found.floor.covariance))
        apart.append([abs(found.floor.x_m - x), abs(found.floor.y_m - y), yaw_error(found.floor.yaw_rad, yaw)] / sigma)
    assert (np.array(apart) < 2.0).mean(axis=0) == pytest.approx(np.full(3, 0.97), abs=0.04)


def test_of_both_solutions_the_level_one_is_taken() -> None:
    """A small marker far away: the tilted solution often explains the noisy corners better, and is not taken."""
    model, random = camera(SLANTED), np.random.default_rng(5)
    small = MarkerGeometry(size_m=0.2, height_m=0.6)
    tilted_was_better = 0
    for _ in range(200):
        x, y, yaw = random.uniform((2.0, 1.0, -3.1), (8.0, 4.0, 3.1))
        turn = camera_model.rotation_of(0.0, 0.0, yaw)
        pixels, _ = model.project(small.corners_m() @ turn.T + (x, y, 0.6))
        noisy = pixels + random.normal(0, 0.3, (4, 2))
        count, turns, _, errors = cv2.solvePnPGeneric(
            small.corners_m(), noisy.reshape(-1, 1, 2), model.matrix, None, flags=cv2.SOLVEPNP_IPPE
        )
        ups = [(model.rotation @ cv2.Rodrigues(one)[0])[2, 2] for one in turns]
        tilted_was_better += count == 2 and ups[0] < 0.8 < ups[1] and errors[0] < errors[1]
        found = estimate(noisy, small, model)
        assert found.floor is not None, found.reason
        assert math.hypot(found.floor.x_m - x, found.floor.y_m - y) < 0.05
    assert tilted_was_better > 10  # otherwise this test shows nothing


def test_a_tilted_marker_is_refused() -> None:
    model = camera()
    found = estimate(corners(model, 4.0, 0.5, 0.3, tilt=math.radians(40)), MARKER, model)
    assert not found.valid
    assert "not level" in found.reason
    assert found.floor is None


def test_a_marker_at_another_height_is_refused() -> None:
    model = camera()
    found = estimate(corners(model, 4.0, 0.5, 0.3, height_m=1.2), MARKER, model)
    assert not found.valid
    assert "not 0.6 m" in found.reason


def test_a_marker_that_may_sink_is_placed_at_the_height_where_it_is_seen() -> None:
    """A robot that kneels at the end of the lane: taken for standing, it would be seen 0.4 m beside itself."""
    model, random = camera(), np.random.default_rng(11)
    kneels = MarkerGeometry(size_m=0.5, height_m=1.5, sinks_m=0.45)
    apart = []
    for _ in range(200):
        (x, y, yaw), height_m = random.uniform((0.0, -1.2, -3.1), (10.0, 1.2, 3.1)), random.uniform(1.1, 1.5)
        found = estimate(corners(model, x, y, yaw, height_m) + random.normal(0, 0.1, (4, 2)), kneels, model)
        assert found.floor is not None, found.reason
        off_m = np.array([found.floor.x_m - x, found.floor.y_m - y])
        assert np.hypot(*off_m) < 0.05
        apart.append(np.abs(off_m) / np.sqrt(np.diag(found.floor.covariance)[:2]))
    assert (np.array(apart) < 2.0).mean() > 0.93


def test_a_marker_lower_than_it_may_sink_is_refused() -> None:
    kneels = MarkerGeometry(size_m=0.5, height_m=1.5, sinks_m=0.45)
    found = estimate(corners(camera(), 4.0, 0.5, 0.3, height_m=0.75), kneels, camera())
    assert not found.valid and "seems to be at 0.75 m" in found.reason
    with pytest.raises(ValueError, match="sinks_m"):
        MarkerGeometry(size_m=0.5, height_m=0.6, sinks_m=0.7)


def test_the_marker_of_a_robot_that_kneels_is_drawn_where_it_is_and_of_a_fallen_one_not_at_all() -> None:
    ground = hall.ground()
    ground["robot"] = {"marker_height_m": 1.5, "footprint_radius_m": 0.4}
    scene, model = Scene(hall.overhead(), ground), camera()
    kneels = MarkerGeometry(size_m=0.5, height_m=1.5, sinks_m=0.45)
    for sunk_m in (0.0, 0.4):
        seen = MarkerFinder("DICT_4X4_50", 7).find(scene.render(RobotTruth(2.0, 0.3, 0.2, sunk_m=sunk_m), None))
        assert seen is not None
        found = estimate(seen.pixels, kneels, model, seen.sigma_px)
        assert found.floor is not None, found.reason
        assert (found.floor.x_m, found.floor.y_m) == pytest.approx((2.0, 0.3), abs=0.02)
        assert found.position_m[2] == pytest.approx(1.5 - sunk_m, abs=0.03)
    fallen = RobotTruth(2.0, 0.3, 0.2, sunk_m=0.75, fallen=True)
    assert MarkerFinder("DICT_4X4_50", 7).find(scene.render(fallen, None)) is None


@pytest.mark.parametrize(
    "shape", [[[0, 0]] * 4, [[0, 0], [10, 0], [20, 0], [30, 0]], [[9, 9], [300, 2], [5, 400], [7, 8]]]
)
def test_corners_of_no_square_are_refused(shape: list[list[float]]) -> None:
    found = estimate(np.array(shape, dtype=float), MARKER, camera())
    assert not found.valid
    assert found.reason


@pytest.mark.slow
def test_rendered_pictures_give_the_robot_within_5_mm_and_1_degree() -> None:
    """Through drawing, JPEG, detection and pose, over the whole lane; the renderer has its own projection."""
    scene, model, random = Scene(hall.overhead(), hall.ground()), camera(), np.random.default_rng(7)
    for _ in range(40):
        x, y, yaw = random.uniform((0.0, -1.0, -0.3), (10.0, 1.0, 0.3))
        picture = scene.render(RobotTruth(x, y, yaw), None)
        gray = decode_gray(cv2.imencode(".jpg", picture)[1].tobytes())
        assert gray is not None
        seen = MarkerFinder("DICT_4X4_50", 7).find(gray)
        assert seen is not None, (x, y, yaw)
        found = estimate(seen.pixels, MARKER, model, seen.sigma_px)
        assert found.floor is not None, found.reason
        assert math.hypot(found.floor.x_m - x, found.floor.y_m - y) < 0.005
        assert yaw_error(found.floor.yaw_rad, yaw) < math.radians(1.0)


def test_the_marker_is_followed_lost_and_found_again() -> None:
    scene, finder = Scene(hall.overhead(), hall.ground()), MarkerFinder("DICT_4X4_50", 7)
    for step in range(10):
        assert finder.find(scene.render(RobotTruth(2.0 + 0.1 * step), None)) is not None
    assert finder.find(scene.render(None, None)) is None
    assert finder.find(scene.render(RobotTruth(9.0, -1.0), None)) is not None
    assert finder.find(scene.render(RobotTruth(1.0, 1.0), None)) is not None  # a jump: out of where it was looked for
    assert finder.find(np.zeros((32, 32), np.uint8)) is None  # and into a smaller picture


def test_distortion_is_taken_out() -> None:
    plain = camera()
    bent = CameraModel(**{**vars(plain), "distortion": np.array([-0.2, 0.05, 1e-3, -1e-3, 0.0])})
    found = estimate(corners(bent, 3.0, 1.0, 0.4), MARKER, bent)
    assert found.floor is not None
    assert (found.floor.x_m, found.floor.y_m) == pytest.approx((3.0, 1.0), abs=1e-3)


def test_rays_above_the_horizon_meet_no_floor() -> None:
    level = camera([0.0, 0.0, 2.0, -math.pi / 2, 0.0, 0.0])
    met = level.to_plane(np.array([[640.0, 100.0], [640.0, 700.0]]))
    assert np.isnan(met[0]).all()
    assert np.isfinite(met[1]).all()


def test_a_quaternion_turns_as_its_matrix() -> None:
    random = np.random.default_rng(1)
    for angles in [*random.uniform(-math.pi, math.pi, (50, 3)), (math.pi, 0.0, 0.0), (0.0, 0.0, math.pi)]:
        matrix = camera_model.rotation_of(*angles)
        x, y, z, w = quaternion(matrix)
        turn, _ = cv2.Rodrigues(matrix)
        half = np.linalg.norm(turn) / 2
        assert w == pytest.approx(abs(math.cos(half)), abs=1e-6)
        assert math.hypot(x, y, z, w) == pytest.approx(1.0)
        axis = turn.ravel() / (2 * half) * math.sin(half)
        assert np.allclose((x, y, z), axis, atol=1e-6) or np.allclose((x, y, z), -axis, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"camera_matrix": {"data": [0, 0, 1, 0, 640, 1, 0, 0, 1]}}, "focal"),
        ({"distortion_coefficients": {"data": [0, 0]}}, "4 or 5 coefficients, not 2"),
        ({"image_width": None}, "image_width: None is no number of pixels"),
        ({"distortion_model": "fisheye"}, "fisheye"),
    ],
)
def test_a_bad_calibration_is_named(tmp_path: Path, change: dict[str, object], words: str) -> None:
    block = hall.overhead()
    tree = yaml.safe_load(Path(block["calibration"]).read_text()) | change
    file = tmp_path / "bad.yaml"
    file.write_text(yaml.safe_dump(tree))
    with pytest.raises(CalibrationError, match=words) as caught:
        camera_model.load(file, block["pose"])
    assert str(file) in str(caught.value)


def test_a_missing_calibration_is_named(tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match=r"none\.yaml"):
        camera_model.load(tmp_path / "none.yaml", [0.0] * 6)
