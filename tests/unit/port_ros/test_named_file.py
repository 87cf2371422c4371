"""What people name instead of a file is told at once, and nobody waits for it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from port_ros import named_file
from port_ros.secret_file import read_secret
from port_sensors.core.camera_model import CalibrationError, load
from port_telemetry.files import signing_key, verifying_key
from port_telemetry.key_files import private_key, public_key

POSE = (0.0, 0.0, 3.0, 3.14, 0.0, 0.0)


@pytest.fixture(params=["a named pipe", "a device", "a folder", "more than the"])
def other(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    path = tmp_path / "named"
    match request.param:
        case "a named pipe":
            os.mkfifo(path)
        case "a device":
            path.symlink_to("/dev/zero")
        case "a folder":
            path.mkdir()
        case _:
            with path.open("wb") as file:
                file.truncate(1 << 33)
    return path, request.param


def test_what_is_no_file_is_said_to_be_what_it_is(other: tuple[Path, str]) -> None:
    path, what = other
    readers: list[Callable[[Path], object]] = [named_file.read, signing_key, verifying_key, private_key, public_key]
    if what != "more than the":  # of a password only the first bytes are read, and told by what they are
        readers.append(read_secret)
    for read in readers:
        with pytest.raises(OSError) as refused:
            read(path)
        assert what in str(refused.value.strerror) and refused.value.filename == str(path)


def test_a_calibration_that_is_no_file_is_said_to_be_what_it_is(other: tuple[Path, str]) -> None:
    path, what = other
    with pytest.raises(CalibrationError) as refused:
        load(path, POSE)
    assert str(refused.value).startswith(f"{path}: ") and what in str(refused.value)
