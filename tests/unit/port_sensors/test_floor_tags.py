"""Floor tags tell a camera that was knocked from one that stands as surveyed."""

import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from port_sensors.core import camera_model
from port_sensors.core.camera_model import CameraModel
from port_sensors.core.edges import Corners
from port_sensors.core.floor_tags import FloorTags, TagReader, check
from port_sim.devices.scene import Scene
from tests import hall

PLACES = {20: (1.0, 2.4, 0.3), 21: (9.0, 2.4, -2.0), 22: (1.0, -2.4, 0.0), 23: (6.5, -2.4, 1.0)}
TAGS = FloorTags("DICT_4X4_50", 0.3, PLACES)
GROUND = {
    **hall.ground(),
    "floor_tags": {"dictionary": "DICT_4X4_50", "size_m": 0.3, "places": [[tag, *at] for tag, at in PLACES.items()]},
}


def surveyed() -> CameraModel:
    block = hall.overhead()
    return camera_model.load(Path(block["calibration"]), block["pose"])


@cache
def seen_from(*knock: float) -> dict[int, Corners]:
    """The tags in a rendered picture of the camera, moved by x, y, z (m), roll, pitch, yaw (rad)."""
    block = hall.overhead()
    pose = [value + moved for value, moved in zip(block["pose"], knock or (0,) * 6, strict=True)]
    return TagReader(TAGS).read(Scene({**block, "pose": pose}, GROUND).render(None, None))


def test_where_the_camera_stands_as_surveyed_all_tags_are_where_they_should_be() -> None:
    found = check(seen_from(), TAGS, surveyed())
    assert (found.agrees, found.seen, found.moved) == (True, 4, ())
    assert found.shift_px < 0.2


@pytest.mark.parametrize(
    "knock",
    [
        (0, 0, 0, math.radians(0.5), 0, 0),
        (0, 0, 0, 0, 0, math.radians(1.0)),
        (0.05, 0, 0, 0, 0, 0),
        (0, 0, -0.1, 0, 0, 0),
    ],
    ids=["tilted by half a degree", "turned by one degree", "pushed by 50 mm", "sunk by 100 mm"],
)
def test_a_knocked_camera_contradicts_its_floor_tags(knock: tuple[float, ...]) -> None:
    found = check(seen_from(*knock), TAGS, surveyed())
    assert found.agrees is False
    assert found.shift_m > 0.01
    assert "from where they were surveyed" in found.reason()


def test_one_tag_that_was_moved_speaks_against_itself_and_not_against_the_camera() -> None:
    elsewhere = FloorTags("DICT_4X4_50", 0.3, {**PLACES, 22: (1.2, -2.4, 0.0)})
    found = check(seen_from(), elsewhere, surveyed())
    assert (found.agrees, found.moved) == (True, (22,))


def test_without_a_tag_in_sight_nothing_is_said() -> None:
    assert check({}, TAGS, surveyed()).agrees is None
    assert TagReader(TAGS).read(np.full((720, 1280), 130, np.uint8)) == {}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dictionary": "4X4"}, "dictionary: '4X4' is none of OpenCV's"),
        ({"size_m": 0.0}, "size_m: 0.0"),
        ({"places": {50: (0.0, 0.0, 0.0)}}, "has no 50"),
        ({"places": {1: (0.0, math.nan, 0.0)}}, "places: .* of tag 1 is not finite"),
    ],
)
def test_floor_tags_name_what_is_wrong(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        FloorTags(**{"dictionary": "DICT_4X4_50", "size_m": 0.3, "places": PLACES, **changes})  # type: ignore[arg-type]
