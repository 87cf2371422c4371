"""Intrinsics from OpenCV's own thirteen pictures, as its calibration sample has them."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from port_sensors.calibrate import cli
from port_sensors.core import camera_model

FOLDER = Path(__file__).parents[1] / "data" / "chessboards"
SAMPLE_RMS_PX, SAMPLE_FOCAL_PX = 0.3926, 535.92  # left_intrinsics.yml beside these pictures in OpenCV's samples


def test_the_lens_of_the_public_pictures_is_no_worse_than_what_the_sample_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, picture = tmp_path / "left.yaml", tmp_path / "coverage.png"
    words = ["intrinsics", str(FOLDER), "--board", "9x6", "--square", "0.025", "--name", "left"]
    assert cli.main([*words, "--out", str(file), "--coverage", str(picture)]) == 0
    said = capsys.readouterr().out
    assert "13 pictures of 640x480 px" in said
    rms_px = float(said.split("(RMS) ")[1].split()[0])
    assert 0.05 < rms_px < 1.1 * SAMPLE_RMS_PX
    lens = camera_model.load(file, [0.0] * 6)
    assert (lens.name, lens.width_px, lens.distortion_model) == ("left", 640, "plumb_bob")
    assert lens.matrix[0, 0] == pytest.approx(SAMPLE_FOCAL_PX, rel=0.01)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_file_has_every_key_that_camera_info_manager_reads(tmp_path: Path) -> None:
    file = tmp_path / "left.yaml"
    cli.main(["intrinsics", str(FOLDER), "--square", "0.025", "--out", str(file)])
    tree = yaml.safe_load(file.read_text())
    sizes = {"camera_matrix": 9, "distortion_coefficients": 5, "rectification_matrix": 9, "projection_matrix": 12}
    for key, size in sizes.items():
        assert tree[key]["rows"] * tree[key]["cols"] == len(tree[key]["data"]) == size
    assert np.isfinite(tree["camera_matrix"]["data"]).all()
    assert {"image_width", "image_height", "camera_name", "distortion_model"} <= tree.keys()
