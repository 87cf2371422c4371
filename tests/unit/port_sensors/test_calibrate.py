"""Lens and place of a camera from rendered boards and floor tags whose truth is known."""

import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from port_sensors.calibrate import cli
from port_sensors.core import camera_model
from port_sensors.core.board import BoardView, Charuco, Chessboard
from port_sensors.core.camera_model import CalibrationError, rotation_of
from port_sensors.core.edges import Corners
from port_sensors.core.extrinsics import angles_of, locate
from port_sensors.core.floor_tags import FloorTags
from port_sensors.core.intrinsics import calibrate, shortcomings
from port_sim.devices.scene import Scene
from tests import hall

K = np.array([[600.0, 0.0, 322.0], [0.0, 603.0, 238.0], [0.0, 0.0, 1.0]])
BENT = np.array([-0.25, 0.08, 0.001, -0.0005, 0.0])
SIZE = (640, 480)
HALL = str(hall.CONFIG / "hall_lane.yaml")
BOARD = str(Path(__file__).parents[2] / "data" / "chessboards" / "left01.jpg")


def board_views(count: int, seed: int = 1, tilt: float = 0.5) -> list[BoardView]:
    """Corners of a 9×6 board of 30 mm squares as a bent lens would see them, with 0.1 px of noise."""
    random = np.random.default_rng(seed)
    views: list[BoardView] = []
    grid = np.column_stack([np.mgrid[0:9, 0:6].T.reshape(-1, 2) * 0.03, np.zeros(54)])
    while len(views) < count:
        turn = random.uniform((-tilt, -tilt, -math.pi), (tilt, tilt, math.pi))
        place = random.uniform((-0.25, -0.2, 0.35), (0.25, 0.2, 0.8))
        middle = rotation_of(*turn) @ (grid - grid.mean(axis=0)).T
        pixels, _ = cv2.projectPoints(middle.T + place, np.zeros(3), np.zeros(3), K, BENT)
        pixels = pixels.reshape(-1, 2) + random.normal(0.0, 0.1, (54, 2))
        if (pixels > 0).all() and (pixels < SIZE).all():
            views.append(BoardView(f"view {len(views)}", grid, pixels))
    return views


def test_the_lens_is_found_as_well_as_it_says() -> None:
    lens = calibrate(board_views(20), SIZE)
    off = np.abs(lens.matrix[[0, 1, 0, 1], [0, 1, 2, 2]] - K[[0, 1, 0, 1], [0, 1, 2, 2]])
    assert (off < 4 * lens.sigmas_px).all()
    assert off.max() < 3.0
    assert lens.rms_px == pytest.approx(0.14, abs=0.03)  # 0.1 px in both coordinates
    assert not [one for one in shortcomings(lens) if "RMS" in one or "focal" in one]


def test_what_makes_a_calibration_weak_is_said() -> None:
    few = shortcomings(calibrate(board_views(6), SIZE))
    assert any("only 6 pictures" in one for one in few)
    flat = shortcomings(calibrate(board_views(12, tilt=0.05), SIZE))
    assert any("tilt it" in one for one in flat)
    near = [replace_pixels(view, view.pixels * 0.5) for view in board_views(12)]
    assert any("cells" in one for one in shortcomings(calibrate(near, SIZE)))


def replace_pixels(view: BoardView, pixels: np.ndarray) -> BoardView:
    return BoardView(view.name, view.points_m, pixels)


def test_too_few_pictures_are_refused() -> None:
    with pytest.raises(CalibrationError, match="found in 3 pictures"):
        calibrate(board_views(3), SIZE)
    with pytest.raises(CalibrationError, match="fisheye"):
        calibrate(board_views(5), SIZE, "fisheye")


def test_a_charuco_board_is_found_though_a_part_is_out_of_sight() -> None:
    board = Charuco(8, 6, 0.03, 0.022, "DICT_5X5_100")
    sheet = board.board.generateImage((800, 600), marginSize=0)
    whole = board.find(cv2.copyMakeBorder(sheet, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=255), "whole")
    part = board.find(np.ascontiguousarray(sheet[:, :480]), "part")
    assert whole is not None
    assert part is not None
    assert len(whole.pixels) == 35
    assert 8 <= len(part.pixels) < 35
    assert whole.pixels[0] - (40, 40) == pytest.approx(whole.points_m[0, :2] / 0.03 * 100 - 0.5, abs=0.6)
    assert board.find(np.full((480, 640), 200, np.uint8), "none") is None


def test_boards_that_are_none_are_refused() -> None:
    for wrong, said in (
        (lambda: Chessboard(2, 6, 0.03), "3x3"),
        (lambda: Chessboard(9, 6, 0.0), "in metres"),
        (lambda: Charuco(8, 6, 30.0, 22.0, "DICT_5X5_100"), "in metres"),
    ):
        with pytest.raises(CalibrationError, match=said):
            wrong()
    with pytest.raises(CalibrationError, match="dictionary"):
        Charuco(8, 6, 0.03, 0.02, "5X5")
    with pytest.raises(CalibrationError, match="smaller"):
        Charuco(8, 6, 0.03, 0.03, "DICT_5X5_100")


@given(st.floats(-3.1, 3.1), st.floats(-1.5, 1.5), st.floats(-3.1, 3.1))
def test_roll_pitch_yaw_and_back(roll: float, pitch: float, yaw: float) -> None:
    turn = rotation_of(roll, pitch, yaw)
    assert rotation_of(*angles_of(turn)) == pytest.approx(turn, abs=1e-9)


def tags_seen(pose: list[float]) -> tuple[list[dict[int, Corners]], FloorTags, camera_model.CameraModel]:
    tree = hall.ground()["floor_tags"]
    tags = FloorTags(tree["dictionary"], tree["size_m"], {tag: (x, y, yaw) for tag, x, y, yaw in tree["places"]})
    model = camera_model.load(Path(hall.overhead()["calibration"]), pose)
    random = np.random.default_rng(6)
    looks = [
        {
            tag: Corners(model.project(tags.corners_m(tag))[0] + random.normal(0, 0.1, (4, 2)), 0.1)
            for tag in tags.places
        }
        for _ in range(5)
    ]
    return looks, tags, model


def test_a_camera_is_placed_by_floor_tags_as_well_as_it_says() -> None:
    looks, tags, model = tags_seen([5.1, -0.2, 5.9, math.pi - 0.1, 0.05, 0.02])
    found = locate(looks, tags, replace(model, position_m=np.zeros(3), rotation=np.eye(3)))
    assert np.linalg.norm(found.camera.position_m - model.position_m) < 4 * found.camera.survey_sigma_m < 0.05
    assert found.pose()[3:] == pytest.approx((math.pi - 0.1, 0.05, 0.02), abs=0.002)
    assert found.suspect == ()
    assert found.rms_px < 0.2


def test_a_tag_measured_wrongly_is_named() -> None:
    looks, tags, model = tags_seen([5.0, 0.0, 6.0, math.pi, 0.0, 0.0])
    more = {**tags.places, 30: (3.0, 1.0, 0.0), 31: (7.0, -1.0, 0.0), 32: (5.0, 2.0, 0.0)}
    every = FloorTags(tags.dictionary, tags.size_m, more)
    looks = [{tag: Corners(model.project(every.corners_m(tag))[0], 0.1) for tag in more}]
    wrong = FloorTags(tags.dictionary, tags.size_m, {**more, 31: (7.0, -0.9, 0.0)})
    assert locate(looks, wrong, model).suspect == (31,)


def test_too_few_floor_tags_are_refused() -> None:
    looks, tags, model = tags_seen([5.0, 0.0, 6.0, math.pi, 0.0, 0.0])
    with pytest.raises(CalibrationError, match="1 of the 4 floor tags"):
        locate([{20: looks[0][20]}], tags, model)


def test_the_command_places_a_camera_by_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pose = [5.2, 0.1, 6.1, math.pi - 0.03, 0.02, 0.01]
    cv2.imwrite(str(tmp_path / "one.png"), Scene({**hall.overhead(), "pose": pose}, hall.ground()).render(None, None))
    words = ["extrinsics", "--ground", HALL, "--camera", "overhead", str(tmp_path)]
    assert cli.main(words) == 0
    printed = capsys.readouterr().out.split("block:\n")[1]
    block = yaml.safe_load(printed)
    assert block["pose"][:3] == pytest.approx(pose[:3], abs=0.01)
    assert block["pose"][3:] == pytest.approx(pose[3:], abs=0.002)
    assert 0 < block["survey_sigma_m"] < 0.02


def test_pictures_without_the_board_say_what_to_look_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "x.yaml")
    assert cli.main(["intrinsics", "--square", "0.025", "--board", "8x5", "--out", out, BOARD]) == 1
    assert "is it --board 8x5 inner corners (squares less one)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["intrinsics", "--square", "0.03", "--out", "x.yaml", "/nowhere"], "/nowhere"),
        (["intrinsics", "--square", "0.03", "--out", "x.yaml"], "--live"),
        (["intrinsics", "--square", "0.03", "--out", "x.yaml", "--board", "9", "."], "9x6"),
        (["intrinsics", "--square", "25", "--out", "x.yaml", BOARD], "in metres"),
        (["intrinsics", "--square", "0.03", "--out", "/nowhere/x.yaml", "."], "no folder /nowhere"),
        (
            ["extrinsics", "--ground", HALL, "--camera", "overhead", BOARD],
            "is 640x480 px",
        ),
        (["extrinsics", "--ground", "/nowhere.yaml", "--camera", "a", "."], "nowhere.yaml"),
        (["extrinsics", "--ground", HALL, "--camera", "none", "."], "none"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
