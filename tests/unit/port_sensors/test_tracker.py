"""A knocked camera is named within two seconds and counts no longer, whoever notices it."""

import math

import numpy as np

from port_sensors.core.floor_pose import FloorPose
from port_sensors.core.floor_tags import TagCheck
from port_sensors.core.tracker import Tracker

START_NS = 10**18
FINE = TagCheck(True, 0.3, 0.002, 4, ())
OFF = TagCheck(False, 9.0, 0.08, 4, ())
UNSEEN = TagCheck(None, math.nan, math.nan, 0, ())


class Watched:
    """Two cameras at 15 Hz see a standing robot; their floor tags are looked at 2.5 times a second."""

    def __init__(self) -> None:
        self.tracker = Tracker(["north", "south"])
        self.offset_m = {"north": 0.0, "south": 0.0}
        self.tags: dict[str, TagCheck] = {"north": UNSEEN, "south": UNSEEN}
        self.tick = 0
        self.poses: list[FloorPose] = []

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 15)):
            self.tick += 1
            for number, name in enumerate(self.offset_m):
                stamp_ns = START_NS + self.tick * 66_000_000 + number * 10_000_000
                if self.tick % 6 == 0:
                    self.tracker.see_tags(name, stamp_ns, self.tags[name])
                pose = FloorPose(5.0 + self.offset_m[name], 0.0, 0.1, np.diag([2.5e-5] * 3))
                if fused := self.tracker.see_robot(name, stamp_ns, pose).fused:
                    self.poses.append(fused)

    def distrust(self) -> list[str]:
        return [name for name in self.offset_m if self.tracker.distrust(name, START_NS + self.tick * 66_000_000)]


def test_poses_that_leave_those_of_the_other_camera_are_noticed_and_left_out() -> None:
    watched = Watched()
    watched.run(2.0)
    watched.offset_m["south"] = 0.12
    watched.run(2.0)
    assert watched.distrust() == ["south"]
    assert "120 mm from those of the other cameras" in watched.tracker.distrust("south", START_NS)
    assert all(abs(pose.x_m - 5.0) < 0.02 for pose in watched.poses)


def test_floor_tags_name_a_lone_camera_too() -> None:
    watched = Watched()
    del watched.offset_m["north"]
    watched.tags["south"] = FINE
    watched.run(2.0)
    watched.tags["south"], watched.offset_m["south"] = OFF, 0.08
    watched.run(2.0)
    assert watched.distrust() == ["south"]
    count = len(watched.poses)
    watched.run(1.0)
    assert len(watched.poses) == count


def test_floor_tags_decide_between_two_that_contradict_each_other_from_the_start() -> None:
    watched = Watched()
    watched.offset_m["north"] = 0.3
    watched.tags = {"north": OFF, "south": FINE}
    watched.run(3.0)
    assert watched.distrust() == ["north"]
    assert watched.poses[-1].x_m == 5.0
    assert len(watched.poses) > 15


def test_without_floor_tags_two_that_contradict_each_other_are_both_named() -> None:
    watched = Watched()
    watched.offset_m["north"] = 0.3
    watched.run(2.0)
    assert watched.distrust() == ["north", "south"]
    assert len(watched.poses) <= 2


def test_a_camera_put_back_counts_again_after_long_agreement() -> None:
    watched = Watched()
    watched.run(1.0)
    watched.offset_m["south"] = 0.12
    watched.run(2.0)
    watched.offset_m["south"] = 0.0
    watched.run(4.0)
    assert watched.distrust() == ["south"]
    watched.run(2.0)
    assert watched.distrust() == []
