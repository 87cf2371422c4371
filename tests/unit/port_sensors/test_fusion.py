"""Several cameras, one robot: what is believed, what is refused, and what the stamps do."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_sensors.core.floor_pose import FloorPose
from port_sensors.core.fusion import Fusion, FusionSettings, Judged, Sighting, weighed
from port_sensors.core.trust import Trust, TrustSettings

MS = 1_000_000
SIGMA = np.array([0.004, 0.004, 0.003])


def pose(x: float, y: float = 0.0, yaw: float = 0.0, by_height: tuple[float, float, float] = (0, 0, 0)) -> FloorPose:
    lean = np.array(by_height, dtype=float)
    return FloorPose(x, y, yaw, np.diag(SIGMA**2) + np.outer(lean, lean), lean)


class Ground:
    """Cameras at 15 Hz, out of step, that see a robot drive by with 1 m/s; each with an offset of its own in y."""

    def __init__(self, *cameras: str, seed: int = 1) -> None:
        self.fusion, self._random = Fusion(), np.random.default_rng(seed)
        self.offset_m = dict.fromkeys(cameras, 0.0)
        self.speed_mps, self._tick = 1.0, 0

    def run(self, seconds: float, distrusted: tuple[str, ...] = ()) -> dict[str, list[Judged]]:
        judged: dict[str, list[Judged]] = {name: [] for name in self.offset_m}
        for _ in range(round(seconds * 15)):
            self._tick += 1
            for number, (name, offset) in enumerate(self.offset_m.items()):
                stamp_ns = 10**18 + self._tick * 66 * MS + number * 20 * MS
                x, y, yaw = self.truth(stamp_ns) + self._random.normal(0.0, SIGMA)
                judged[name].append(self.fusion.take(Sighting(name, stamp_ns, pose(x, y + offset, yaw)), distrusted))
        return judged

    def pause(self, seconds: float) -> None:
        """Nobody sees anything for a while: a busy machine."""
        self._tick += round(seconds * 15)

    def truth(self, stamp_ns: int) -> np.ndarray:
        return np.array([self.speed_mps * (stamp_ns - 10**18) / 1e9, 0.0, 0.0])


def errors(ground: Ground, judged: dict[str, list[Judged]]) -> list[float]:
    found = [one for each in judged.values() for one in each if one.fused]
    return [math.dist((one.fused.x_m, one.fused.y_m), ground.truth(one.stamp_ns)[:2]) for one in found if one.fused]


def test_one_camera_alone_passes_as_it_is() -> None:
    judged = Fusion().take(Sighting("north", 10**18, pose(1.0, 2.0, 0.5)))
    assert judged.fused is not None
    assert judged.fused.values() == pytest.approx([1.0, 2.0, 0.5])
    assert (judged.believed, judged.votes) == (("north",), {})


def test_two_cameras_are_better_than_one_though_they_look_at_different_instants() -> None:
    ground = Ground("north", "south")
    judged = ground.run(4.0)
    assert all(one.believed == ("north", "south") for one in judged["north"][10:])
    assert np.percentile(errors(ground, judged), 95) < 0.012
    assert np.mean(errors(ground, judged)[20:]) < 0.006  # 66 ms of driving are 66 mm: the stamps were respected


def test_an_outlier_of_one_camera_is_left_out() -> None:
    ground = Ground("north", "south", "east")
    ground.run(1.0)
    ground.offset_m["south"] = 0.08
    judged = ground.run(0.2)
    assert [one.believed for one in judged["east"]] == [("north", "east")] * 3
    assert all(not one.votes["south"][0] for one in judged["south"])
    assert max(errors(ground, judged)) < 0.03
    assert judged["south"][-1].votes["south"][1] == pytest.approx(0.08, abs=0.03)


def test_of_two_that_contradict_each_other_the_one_is_believed_where_the_robot_was_expected() -> None:
    ground = Ground("north", "south")
    ground.run(1.0)
    ground.offset_m["south"] = 0.15
    ground.run(0.07)
    judged = ground.run(1.0)
    assert all(one.believed in (("north",), ()) for one in judged["north"])
    assert sum(one.fused is not None for one in judged["north"]) > 12
    assert max(errors(ground, judged)) < 0.05


@pytest.mark.parametrize("first", [("south", "north"), ("north", "south")])
def test_one_that_was_in_the_wrong_does_not_become_right_by_speaking_first_after_a_pause(
    first: tuple[str, str],
) -> None:
    ground = Ground(*first)
    ground.speed_mps = 0.0
    ground.run(1.0)
    ground.offset_m["south"] = 0.15
    ground.run(0.3)
    for _ in range(20):
        ground.pause(0.5)
        judged = ground.run(0.4)
        assert all(one.votes.get("north", (True, 0.0))[0] for one in judged["north"]), "never the innocent"
        assert any(not one.votes["south"][0] for one in judged["south"] if one.votes), "the knocked one, each time"
        assert max(errors(ground, judged), default=0.0) < 0.05


@pytest.mark.parametrize("order", [("south", "north"), ("north", "south")])
def test_where_nobody_knows_who_is_right_after_a_pause_no_pose_is_given(order: tuple[str, str]) -> None:
    """It was knocked while nobody saw anything."""
    ground = Ground(*order)
    ground.speed_mps = 0.0
    ground.run(1.0)
    ground.offset_m["south"] = 0.15
    ground.pause(0.5)
    judged = ground.run(1.0)
    assert not errors(ground, judged)
    assert all(not one.votes["south"][0] for one in judged["south"][4:])


def test_after_a_pause_one_that_is_left_alone_is_believed_when_the_other_stays_away() -> None:
    ground = Ground("north", "south")
    ground.run(1.0)
    del ground.offset_m["south"]
    ground.pause(0.5)
    judged = ground.run(2.0)["north"]
    given = [number for number, one in enumerate(judged) if one.fused]
    assert given[0] == pytest.approx(7, abs=2) and len(given) == len(judged) - given[0]


def test_one_that_agreed_again_is_not_in_the_wrong_any_more() -> None:
    ground = Ground("north", "south")
    ground.speed_mps = 0.0
    ground.run(1.0)
    ground.offset_m["south"] = 0.15
    ground.run(0.3)
    ground.offset_m["south"] = 0.0
    ground.run(1.0)
    del ground.offset_m["north"]
    ground.pause(2.0)
    assert sum(one.fused is not None for one in ground.run(0.3)["south"]) > 2


def test_two_that_contradict_each_other_from_the_start_give_no_pose() -> None:
    ground = Ground("north", "south")
    ground.offset_m["south"] = 0.3
    judged = ground.run(1.0)
    given = [one for each in judged.values() for one in each if one.fused]
    assert len(given) <= 2  # the very first, before a second camera knew the motion and could contradict
    assert all(not one.votes["south"][0] for one in judged["south"][3:])


def test_a_distrusted_camera_is_compared_but_not_believed() -> None:
    ground = Ground("north", "south")
    judged = ground.run(1.0, distrusted=("south",))
    assert all(one.fused is None and one.votes["south"][0] for one in judged["south"][3:])
    assert all(one.believed == ("north",) for one in judged["north"][3:])


def test_a_lone_camera_that_jumps_once_is_not_followed_and_one_that_insists_is() -> None:
    ground = Ground("north")
    ground.run(1.0)
    ground.offset_m["north"] = 0.5
    assert [one.fused is None for one in ground.run(0.27)["north"]] == [True, True, False, False]


def test_a_picture_that_comes_late_moves_nothing_backwards() -> None:
    fusion = Fusion()
    arrivals = [("a", 0), ("b", 30), ("a", 66), ("a", 132), ("b", 100), ("a", 198), ("b", 170), ("a", 264)]
    judged = [fusion.take(Sighting(name, 10**18 + ms * MS, pose(ms / 1000))) for name, ms in arrivals]
    given_ns = [one.stamp_ns for one in judged if one.fused]
    assert len(given_ns) > 3
    assert all(before < after for before, after in pairwise(given_ns))
    assert judged[6].fused is None  # late
    assert judged[7].believed == ("a", "b")  # but counted


def test_a_clock_that_steps_back_interrupts_nothing() -> None:
    ground = Ground("north")
    ground.run(1.0)
    judged = ground.fusion.take(Sighting("north", 10**18 - 3_600_000 * MS, pose(1.0)))
    assert judged.fused is not None


def test_cameras_on_opposite_sides_correct_the_height_of_the_marker() -> None:
    """Both see a marker that is one sigma (20 mm of parallax) higher than stated."""
    left, right = pose(1.0, 0.02, 0.0, (0, 0.02, 0)), pose(1.0, -0.02, 0.0, (0, -0.02, 0))
    both, twice = weighed([left, right]), weighed([left, left])
    assert both.y_m == pytest.approx(0.0, abs=1e-6)
    assert math.sqrt(both.covariance[1, 1]) < 0.005
    assert math.sqrt(twice.covariance[1, 1]) > 0.019  # twice the same view is no proof


@given(st.lists(st.tuples(*[st.floats(-0.01, 0.01)] * 3), min_size=1, max_size=6))
def test_weighing_lies_between_and_never_widens(offsets: list[tuple[float, float, float]]) -> None:
    poses = [pose(5.0 + x, y, math.pi + yaw) for x, y, yaw in offsets]
    fused = weighed(poses)
    assert min(x for x, _, _ in offsets) - 1e-9 <= fused.x_m - 5.0 <= max(x for x, _, _ in offsets) + 1e-9
    assert (np.diag(fused.covariance) <= SIGMA**2 + 1e-12).all()
    assert abs(abs(fused.yaw_rad) - math.pi) < 0.011


def test_fusion_settings_name_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="gate"):
        FusionSettings(gate=0.0)
    with pytest.raises(ValueError, match="window_s"):
        TrustSettings(window_s=-1.0)


def votes(trust: Trust, seconds: float, agrees: bool, start_s: float = 0.0) -> float | None:
    """15 votes a second; when the camera was first distrusted (or believed again), s after `start_s`."""
    before = bool(trust.reason)
    for tick in range(round(seconds * 15)):
        trust.hear(round((start_s + tick / 15) * 1e9), agrees, "0.10 m from the others")
        if bool(trust.reason) != before:
            return tick / 15
    return None


def test_a_camera_that_stays_in_contradiction_is_distrusted_within_two_seconds() -> None:
    trust = Trust()
    assert votes(trust, 10.0, True) is None
    assert votes(trust, 3.0, False, 10.0) == pytest.approx(0.9, abs=0.3)
    assert trust.reason == "0.10 m from the others"


def test_it_is_believed_again_after_long_agreement_only() -> None:
    trust = Trust()
    votes(trust, 2.0, False)
    assert votes(trust, 4.9, True, 2.0) is None
    trust.hear(round(7.0e9), False, "again")
    assert votes(trust, 6.0, True, 7.1) == pytest.approx(5.0, abs=0.1)


def test_single_odd_pictures_cost_no_trust() -> None:
    trust = Trust()
    for tick in range(300):
        trust.hear(tick * 66 * MS, tick % 3 > 0, "odd")
    assert not trust.reason
