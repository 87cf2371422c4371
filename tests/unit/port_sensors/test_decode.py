"""Pictures as cameras' firmware leaves them: decoded where the whole scan is there, refused where it was cut off."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from port_sensors.core.camera_model import SIDE_PX_MOST, load
from port_sensors.core.detection import MarkerFinder, decode_gray
from port_sensors.core.jpeg import size_px
from port_sensors.core.marker import MarkerGeometry
from port_sensors.core.view import View
from tests.hall import overhead

_NOISE = np.random.default_rng(1).integers(0, 256, (240, 320), dtype=np.uint8)
PICTURE = cv2.GaussianBlur(_NOISE, (0, 0), 3)
END = b"\xff\xd9"
FILES = {
    "gray": bytes(cv2.imencode(".jpg", PICTURE)[1]),
    "colour": bytes(cv2.imencode(".jpg", cv2.merge([PICTURE, PICTURE, PICTURE]))[1]),
    "progressive": bytes(cv2.imencode(".jpg", PICTURE, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1]),
}
#: A thumbnail inside of a picture has an end of its own.
THUMBNAIL = b"\xff\xe1" + (2 + 60).to_bytes(2, "big") + b"Exif\0\0\xff\xd8" + bytes(50) + END


@pytest.fixture(params=FILES)
def jpeg(request: pytest.FixtureRequest) -> bytes:
    return FILES[request.param]


def test_bytes_behind_the_end_and_a_missing_end_change_no_pixel(jpeg: bytes) -> None:
    whole = decode_gray(jpeg)
    assert whole is not None
    for odd in (jpeg + bytes(60), jpeg + b"firmware 1.2", jpeg + END, jpeg.removesuffix(END)):
        decoded = decode_gray(odd)
        assert decoded is not None and (decoded == whole).all()


@pytest.mark.parametrize("share", [0.9, 0.5, 0.2])
def test_a_scan_that_was_cut_off_is_no_picture(share: float) -> None:
    """What is missing would be painted in one gray, and nobody be seen in it."""
    for name in ("gray", "colour"):
        cut = FILES[name][: int(share * len(FILES[name]))]
        assert cv2.imdecode(np.frombuffer(cut + END, np.uint8), cv2.IMREAD_GRAYSCALE) is not None, "it does decode"
        assert decode_gray(cut) is None
        assert decode_gray(cut[:2] + THUMBNAIL + cut[2:]) is None


def test_a_thumbnail_in_a_whole_picture_is_no_end_of_it(jpeg: bytes) -> None:
    whole = decode_gray(jpeg)
    decoded = decode_gray(jpeg[:2] + THUMBNAIL + jpeg[2:].removesuffix(END))
    assert whole is not None and decoded is not None and (decoded == whole).all()


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8\xff\xd9", b"no picture", b"\xff\xda" * 5])
def test_what_is_no_picture_is_none(data: bytes) -> None:
    assert decode_gray(data) is None


def of_size(width: int, height: int) -> bytes:
    """A small file whose header says that the picture is so large."""
    at = FILES["gray"].index(b"\xff\xc0")
    sides = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return FILES["gray"][: at + 5] + sides + FILES["gray"][at + 9 :]


def test_the_header_tells_the_size_whatever_is_before_it(jpeg: bytes) -> None:
    assert size_px(jpeg) == size_px(jpeg[:2] + THUMBNAIL + jpeg[2:]) == size_px(jpeg[:2] + b"firmware" + jpeg[2:])
    assert size_px(jpeg) == (320, 240)
    assert all(size_px(jpeg[:cut]) in (None, (320, 240)) for cut in range(len(jpeg)))


def test_a_picture_larger_than_any_cameras_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "imdecode", None)
    assert decode_gray(of_size(20_000, 20_000)) is None
    assert decode_gray(of_size(320, SIDE_PX_MOST + 1)) is None


def test_a_picture_of_another_size_than_calibrated_is_told_and_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    camera = load(Path(overhead()["calibration"]), overhead()["pose"])
    view = View(MarkerFinder("DICT_4X4_50", 7), MarkerGeometry(0.2, 0.3), camera, None)
    monkeypatch.setattr(cv2, "imdecode", None)
    calibrated = f"{camera.width_px}×{camera.height_px}"
    assert view.look(of_size(9_000, 9_000), 1).problem == (
        f"pictures are 9000×9000 px, but the camera is calibrated for {calibrated}"
    )
