"""Calibration files as people have them: many coefficients, without a name, rectified, and no pinhole at all."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from port_sensors.core.camera_model import Array, CalibrationError, CameraModel, load

POSE = [1.0, -2.0, 6.0, np.pi, 0.1, 0.2]
FX, FY, CX, CY = 900.0, 905.0, 963.0, 538.0
#: Of a real kind of lens: k1 k2 p1 p2 k3, k4 k5 k6, s1 s2 s3 s4, τx τy.
COEFFICIENTS = [-0.31, 0.11, 7e-4, -4e-4, 0.02, 0.05, -0.02, 0.01, 1e-3, -5e-4, 8e-4, 2e-4, 0.012, -0.009]


def tree(count: int = 14, **changes: Any) -> dict[str, Any]:
    """A file as camera_info_manager writes it."""
    return {
        "image_width": 1920, "image_height": 1080, "camera_name": "north",
        "camera_matrix": {"rows": 3, "cols": 3, "data": [FX, 0.0, CX, 0.0, FY, CY, 0.0, 0.0, 1.0]},
        "distortion_model": "plumb_bob" if count < 6 else "rational_polynomial",
        "distortion_coefficients": {"rows": 1, "cols": count, "data": COEFFICIENTS[:count]},
        **changes,
    }  # fmt: skip


def loaded(folder: Path, content: dict[str, Any] | str) -> CameraModel:
    file = folder / "hall_north.yaml"
    file.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return load(file, POSE)


def bent(rays: Array, k: list[float]) -> Array:
    """Pixels of rays x, y, 1 by the formula of OpenCV's manual (calib3d, detailed description)."""
    k1, k2, p1, p2, k3, k4, k5, k6, s1, s2, s3, s4, tilt_x, tilt_y = [*k, *[0.0] * (14 - len(k))]
    x, y = rays[:, 0], rays[:, 1]
    r2 = x * x + y * y
    radial = (1 + k1 * r2 + k2 * r2**2 + k3 * r2**3) / (1 + k4 * r2 + k5 * r2**2 + k6 * r2**3)
    u = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x) + s1 * r2 + s2 * r2**2
    v = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y + s3 * r2 + s4 * r2**2
    (cx, sx), (cy, sy) = (np.cos(tilt_x), np.sin(tilt_x)), (np.cos(tilt_y), np.sin(tilt_y))
    turn = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]]) @ np.array([[1, 0, 0], [0, cx, sx], [0, -sx, cx]])
    level = np.array([[turn[2, 2], 0, -turn[0, 2]], [0, turn[2, 2], -turn[1, 2]], [0, 0, 1]])
    seen = np.column_stack([u, v, np.ones(len(u))]) @ (level @ turn).T
    pixels: Array = seen[:, :2] / seen[:, 2:] * (FX, FY) + (CX, CY)
    return pixels


@pytest.mark.parametrize("count", [4, 5, 8, 12, 14])
def test_every_coefficient_counts_both_ways(tmp_path: Path, count: int) -> None:
    camera = loaded(tmp_path, tree(count))
    x, y = np.meshgrid(np.linspace(-0.9, 0.9, 13), np.linspace(-0.5, 0.5, 9))
    rays = np.column_stack([x.ravel(), y.ravel(), np.ones(x.size)])
    pixels = bent(rays, COEFFICIENTS[:count])
    projected, _ = camera.project(camera.position_m + 4.0 * rays @ camera.rotation.T)
    assert np.abs(projected - pixels).max() < 1e-6
    ideal = rays[:, :2] * (FX, FY) + (CX, CY)
    assert np.abs(camera.undistort(pixels) - ideal).max() < 1e-3, "5 rounds of the iteration miss by 100 px here"
    assert (camera.distortion_model, camera.distortion.size) == (tree(count)["distortion_model"], count)


def test_a_file_without_a_name_is_called_by_its_file(tmp_path: Path) -> None:
    nameless = {key: value for key, value in tree().items() if key != "camera_name"}
    assert loaded(tmp_path, nameless).name == "hall_north"
    assert loaded(tmp_path, tree(camera_name=None)).name == "hall_north"
    assert loaded(tmp_path, tree()).name == "north"


def test_rectification_and_projection_are_kept_and_change_no_pixel(tmp_path: Path) -> None:
    turned = [0.999, 0.01, 0.0, -0.01, 0.999, 0.0, 0.0, 0.0, 1.0]
    other = [850.0, 0.0, 950.0, -85.0, 0.0, 850.0, 530.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    plain = loaded(tmp_path, tree())
    camera = loaded(
        tmp_path,
        tree(
            rectification_matrix={"rows": 3, "cols": 3, "data": turned},
            projection_matrix={"rows": 3, "cols": 4, "data": other},
        ),
    )
    assert camera.projection is not None
    assert camera.rectification.ravel().tolist() == turned
    assert camera.projection.ravel().tolist() == other
    points = np.array([[1.0, -2.0, 0.0], [2.0, -1.0, 0.5]])
    assert camera.project(points)[0].tolist() == plain.project(points)[0].tolist()


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    file = tmp_path / "north.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + yaml.safe_dump(tree()).replace("\n", "\r\n").encode())
    assert load(file, POSE).name == "north"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (tree(4, distortion_model="equidistant"), "equidistant is a fisheye lens's, which is not supported; calibrate"),
        (tree(4, distortion_model="fisheye"), "fisheye is a fisheye lens's"),
        (tree(14, distortion_model="plumb_bob"), "plumb_bob has 4 or 5 coefficients, not 14; with so many it is "),
        (tree(5, distortion_model="rational_polynomial"), "not 5; with so many it is distortion_model: plumb_bob"),
        (tree(7), "rational_polynomial has 8 or 12 or 14 coefficients, not 7"),
        (tree(5, distortion_model="division"), "distortion_model 'division' is none of plumb_bob, rational_polynomial"),
        (tree(5, camera_matrix={"data": [1.0] * 8}), "camera_matrix: 8 numbers, not 3 × 3"),
        (tree(5, projection_matrix={"data": [1.0] * 9}), "projection_matrix: 9 numbers, not 3 × 4"),
        (tree(5, camera_matrix={"data": ["a"] * 9}), "camera_matrix: holds something else than numbers"),
        (tree(5, projection_matrix={"data": [float("nan")] * 12}), "a value is not finite"),
        (tree(5, image_width="wide"), "image_width: 'wide' is no number of pixels"),
        (tree(5, image_width=float("nan")), "image_width: nan is no number of pixels"),
        ({"image_width": 640}, "image_height is missing"),
        (tree(5, image_width=100_000_000), "image_width: 100000000 px is outside 16…10000"),
        (tree(5, image_height=8), "image_height: 8 px is outside 16…10000"),
        ("north camera, 2026\n", "is no camera_info YAML"),
        ("", "is no camera_info YAML"),
        ("%YAML:1.0\n---\nmatrix: !!opencv-matrix\n", "hall_north.yaml"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(tmp_path: Path, content: dict[str, Any] | str, words: str) -> None:
    with pytest.raises(CalibrationError, match=r"hall_north\.yaml: ") as refused:
        loaded(tmp_path, content)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
