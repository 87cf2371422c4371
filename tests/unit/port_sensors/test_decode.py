"""Pictures as cameras' firmware leaves them: decoded where the whole scan is there, refused where it was cut off."""

import cv2
import numpy as np
import pytest

from port_sensors.core.detection import decode_gray

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
