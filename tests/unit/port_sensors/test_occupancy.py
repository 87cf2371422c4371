"""Zone occupancy on rendered scenes: who is there, and that the robot is not."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from port_sensors.core import camera_model
from port_sensors.core.floor_pose import FloorPose
from port_sensors.core.occupancy import Occupancy, OccupancySettings, OccupancyWatch
from port_sim.devices.scene import Scene
from port_sim.world import RobotTruth
from tests import hall

PERIOD_NS = 66_666_667
SCENE = Scene(hall.overhead(), hall.ground())
NOISE = np.random.default_rng(11).normal(0.0, 3.0, (4, 720, 1280)).astype(np.float32)
AT_START = RobotTruth()


class Watched:
    """A watch fed with rendered pictures at 15 Hz."""

    def __init__(self, robot: RobotTruth | None = AT_START) -> None:
        block = hall.overhead()
        camera = camera_model.load(Path(block["calibration"]), block["pose"])
        zones = {"crossing": hall.zone("crossing")}
        self._watch = OccupancyWatch(camera, zones, OccupancySettings())
        self._stamp_ns, self.robot, self.marker_seen = 0, robot, True
        self.light = 1.0

    def picture(self, person: tuple[float, float] | None = None) -> Occupancy:
        self._stamp_ns += PERIOD_NS
        noise = NOISE[self._stamp_ns // PERIOD_NS % 4]
        bright = SCENE.render(self.robot, person) * np.float32(self.light) + noise
        seen = self.robot if self.marker_seen else None
        pose = FloorPose(seen.x, seen.y, seen.yaw, np.eye(3)) if seen else None
        return self._watch.judge(bright.clip(0, 255).astype(np.uint8), self._stamp_ns, pose)

    def settled(self) -> "Watched":
        for _ in range(30):
            self.picture()
        return self

    def all(self, count: int, step: Callable[[int], tuple[float, float] | None]) -> list[Occupancy]:
        return [self.picture(step(number)) for number in range(count)]


def test_nothing_is_said_before_the_floor_is_known() -> None:
    first = Watched().picture()
    assert not first.valid
    assert first.reason == "the empty floor is being learnt"
    assert first.occupied == {"crossing": True}


def test_an_empty_ground_is_empty() -> None:
    assert Watched().settled().picture() == Occupancy(True, "", {"crossing": False}, ())


@pytest.mark.parametrize("place", [(5.0, 0.9), (5.0, -1.2), (4.0, 0.0), (6.2, 1.2), (3.8, -1.2)])
def test_a_person_in_the_zone_is_seen_where_they_stand(place: tuple[float, float]) -> None:
    seen = Watched().settled().picture(place)
    assert seen.occupied == {"crossing": True}
    assert len(seen.positions_m) == 1
    assert math.dist(seen.positions_m[0], place) < 0.45


def test_a_person_beside_the_zone_is_seen_and_not_in_it() -> None:
    seen = Watched().settled().picture((2.0, 2.4))
    assert seen.occupied == {"crossing": False}
    assert math.dist(seen.positions_m[0], (2.0, 2.4)) < 0.45


def test_two_people_are_two() -> None:
    watched = Watched().settled()
    empty = SCENE._floor.copy()
    try:
        SCENE._draw_person(SCENE._floor, 1.5, 2.0)
        seen = watched.picture((5.0, 0.9))
    finally:
        SCENE._floor = empty
    assert len(seen.positions_m) == 2


@pytest.mark.slow
def test_the_robot_and_its_shadow_are_no_person_anywhere_on_the_lane() -> None:
    watched = Watched().settled()
    for number in range(140):
        watched.robot = RobotTruth(number / 14, 0.5 * math.sin(number / 9), 0.4 * math.cos(number / 9))
        seen = watched.picture()
        assert (seen.valid, seen.occupied, seen.positions_m) == (True, {"crossing": False}, ()), watched.robot


@pytest.mark.slow
def test_what_the_robot_covered_at_first_is_learnt_when_it_leaves() -> None:
    watched = Watched(RobotTruth(5.0, 0.0)).settled()
    for number in range(60):
        watched.robot = RobotTruth(5.0 + number / 14)
        assert watched.picture().occupied == {"crossing": False}
    assert watched.picture((5.0, 0.0)).occupied == {"crossing": True}


@pytest.mark.slow
def test_a_robot_recognised_late_leaves_no_ghost() -> None:
    watched = Watched(RobotTruth(5.0, 0.0))
    watched.marker_seen = False
    watched.settled()
    watched.marker_seen = True
    watched.picture()
    for number in range(60):
        watched.robot = RobotTruth(5.0 + number / 14)
        assert watched.picture().occupied == {"crossing": False}


@pytest.mark.slow
def test_who_stands_still_is_seen_for_minutes() -> None:
    watched = Watched().settled()
    assert all(seen.occupied["crossing"] for seen in watched.all(3 * 60 * 15, lambda _: (5.0, 0.9)))
    assert watched.picture().occupied == {"crossing": False}


@pytest.mark.slow
def test_who_stands_still_is_seen_for_half_a_minute_and_leaves_no_ghost() -> None:
    watched = Watched().settled()
    assert all(seen.occupied["crossing"] for seen in watched.all(450, lambda _: (5.0, 0.9)))
    assert watched.picture().occupied == {"crossing": False}


def test_a_person_walking_in_is_seen_from_the_edge_of_the_zone_on() -> None:
    watched = Watched().settled()
    path = [3.2 - number * 1.6 / 15 for number in range(23)]
    seen = watched.all(23, lambda number: (5.0, path[number]))
    first = next(number for number, one in enumerate(seen) if one.occupied["crossing"])
    assert path[first] == pytest.approx(1.5, abs=0.35)
    assert all(one.occupied["crossing"] for one in seen[first:])


def test_a_person_beside_the_robot_is_seen() -> None:
    watched = Watched(RobotTruth(4.2, 0.0)).settled()
    assert watched.picture((5.0, 0.9)).occupied == {"crossing": True}
    assert watched.picture((5.1, 0.2)).occupied == {"crossing": True}


@pytest.mark.slow
def test_a_robot_lost_for_a_moment_is_no_person_lost_for_long_it_counts() -> None:
    watched = Watched(RobotTruth(5.0, 0.0)).settled()
    for number in range(40):
        watched.robot = RobotTruth(5.0 - number / 30)
        watched.picture()
    watched.robot = RobotTruth(5.0, 0.0)
    watched.picture()
    watched.marker_seen = False
    seen = watched.all(12, lambda _: None)
    assert [one.occupied["crossing"] for one in seen] == [False] * 7 + [True] * 5


@pytest.mark.slow
@pytest.mark.slow
def test_a_robot_whose_marker_is_lost_where_it_stood_from_the_start_leaves_no_ghost() -> None:
    """A camera that is knocked and put back, a hand before the marker: nobody ever saw the floor below it empty."""
    watched = Watched(RobotTruth(5.0, 0.0)).settled()
    watched.marker_seen = False
    for _ in range(60):
        watched.picture()
    watched.marker_seen = True
    for number in range(70):
        watched.robot = RobotTruth(5.0 + number / 14)
        seen = watched.picture()
        assert seen.occupied == {"crossing": False}, number
    assert seen.positions_m == ()
    assert watched.picture((5.0, 0.0)).occupied == {"crossing": True}, "and the place is watched again"


def test_light_that_drifts_is_no_person() -> None:
    watched = Watched().settled()
    for number in range(150):
        watched.light = 1.0 + 0.1 * math.sin(number / 15)
        assert watched.picture().occupied == {"crossing": False}


@pytest.mark.slow
def test_a_changed_picture_is_unknown_and_then_learnt_anew() -> None:
    watched = Watched().settled()
    flipped = SCENE._floor
    try:
        stripes = np.indices(flipped.shape)[1] // 40 % 2 * 120
        SCENE._floor = (flipped // 2 + stripes).astype(np.uint8)
        assert not watched.picture().valid
        seen = watched.all(6 * 15 + 30, lambda _: None)
    finally:
        SCENE._floor = flipped
    assert seen[-1].valid
    assert seen[-1].occupied == {"crossing": False}


def test_a_zone_out_of_sight_is_refused() -> None:
    block = hall.overhead()
    camera = camera_model.load(Path(block["calibration"]), block["pose"])
    with pytest.raises(ValueError, match="does not see all"):
        OccupancyWatch(camera, {"far": [(0.0, 0.0), (20.0, 0.0), (20.0, 1.0)]}, OccupancySettings())


def test_settings_name_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="threshold"):
        OccupancySettings(threshold=0.0)
