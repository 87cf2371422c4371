"""Indicators over simulated runs whose truth is known: value and uncertainty hold; what is missing is named."""

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest

from port_session.trials.indicator import Indicator, NotMeasured, Result, indicators
from port_session.trials.jumping import by_flight_time, by_impulse
from port_session.trials.measure import measure_all
from port_session.trials.path import goal_distance, rated_speed, straightness, time_on_task
from port_session.trials.run_data import GateStop, JumpSeen, Passage, Poses, RunData
from port_session.trials.stopping import distances, times

#: Of the simulated cameras: what they see wrong all along, and from picture to picture; their word for both.
COMMON_M, NOISE_M, U_M = 0.01, 0.004, 0.012
SPEED_MPS, BRAKES_MPS2 = 1.2, 1.5


@dataclasses.dataclass
class Drive:
    """A robot drives a straight lane at SPEED_MPS and is stopped: truth and what was seen of it."""

    generator: np.random.Generator
    heading_rad: float = 0.3
    weave_m: float = 0.0

    def run(self) -> RunData:
        moving_s, braking_s = 8.0, SPEED_MPS / BRAKES_MPS2
        time_s = np.arange(0.0, moving_s + braking_s + 2.0, 1 / 30)
        way_m = np.where(time_s < moving_s, SPEED_MPS * time_s, 0.0)
        since_s = np.clip(time_s - moving_s, 0.0, braking_s)
        braked = SPEED_MPS * moving_s + SPEED_MPS * since_s - BRAKES_MPS2 * since_s**2 / 2
        way_m = np.where(time_s < moving_s, way_m, braked)
        across_m = self.weave_m * np.sin(2 * math.pi * way_m / way_m.max())
        common = self.generator.normal(0.0, COMMON_M, 2)
        noise = self.generator.normal(0.0, NOISE_M, (2, len(time_s)))
        cos, sin = math.cos(self.heading_rad), math.sin(self.heading_rad)
        x_m = cos * way_m - sin * across_m + common[0] + noise[0]
        y_m = sin * way_m + cos * across_m + common[1] + noise[1]
        passed = np.where(time_s < moving_s, SPEED_MPS, 0.0)
        truth_m = SPEED_MPS**2 / (2 * BRAKES_MPS2)
        stop = GateStop(moving_s, truth_m * self.generator.normal(1.0, 0.02), braking_s)
        return RunData(
            1, 0.0, float(time_s[-1]), 8.0, Poses(time_s, x_m, y_m, np.full(len(time_s), U_M)),
            Passage(time_s, passed, passed), (stop,), (),
            (math.cos(self.heading_rad) * 10.0, math.sin(self.heading_rad) * 10.0),
        )  # fmt: skip


END_M = SPEED_MPS * 8.0 + SPEED_MPS**2 / (2 * BRAKES_MPS2)
TRUTHS: dict[Callable[[RunData], list[Result]], float] = {
    rated_speed: SPEED_MPS, distances: SPEED_MPS**2 / (2 * BRAKES_MPS2), times: SPEED_MPS / BRAKES_MPS2,
    goal_distance: END_M - 10.0, straightness: 0.0, time_on_task: 8.0,
}  # fmt: skip


@pytest.mark.parametrize("measure", TRUTHS, ids=lambda measure: measure.__name__)
def test_of_a_hundred_runs_nineteen_of_twenty_hold_the_truth(measure: Callable[[RunData], list[Result]]) -> None:
    """Normalised error |value - truth| / (2 u) of at most 1."""
    drive = Drive(np.random.default_rng(3))
    errors = []
    for _ in range(100):
        (one,) = measure(drive.run())
        errors.append(abs(one.value - TRUTHS[measure]) / (2 * one.u))
    assert np.mean(np.array(errors) <= 1.0) >= 0.95


def test_a_robot_that_weaves_is_not_straight() -> None:
    (one,) = straightness(Drive(np.random.default_rng(4), weave_m=0.2).run())
    assert one.value == pytest.approx(0.2, abs=0.08)


def test_odometry_that_says_another_way_than_the_cameras_is_told() -> None:
    run = Drive(np.random.default_rng(5)).run()
    lying = dataclasses.replace(run.stops[0], distance_m=0.2)
    (one,) = distances(dataclasses.replace(run, stops=(lying,)))
    assert one.remark == "odometry says 0.200 m: they contradict" and one.value == pytest.approx(0.48, abs=0.05)
    (blind,) = distances(dataclasses.replace(run, poses=Poses()))
    assert blind.value == run.stops[0].distance_m and blind.u == pytest.approx(math.hypot(0.05 * blind.value, 0.005))


@pytest.mark.parametrize(
    ("measure", "changes", "said"),
    [
        (rated_speed, {"passage": Passage()}, "the gate let nothing through in this run"),
        (rated_speed, {"poses": Poses()}, "the cameras saw the robot 0 times; 10 are needed"),
        (straightness, {"poses": Poses()}, "the cameras saw the robot 0 times; 10 are needed"),
        (goal_distance, {"poses": Poses()}, "no camera saw the robot in the last 0.5 s of the run"),
        (goal_distance, {"goal_m": None}, "the trial has no goal on the ground"),
        (distances, {"stops": ()}, "the gate did not stop the robot in this run"),
        (times, {"stops": (GateStop(1.0, None, None),)}, "no stop of this run was seen to its end"),
        (by_impulse, {}, "no jump could be measured on the plates in this run"),
    ],
)
def test_what_is_missing_is_named(measure: Callable[[RunData], object], changes: dict[str, object], said: str) -> None:
    run = dataclasses.replace(Drive(np.random.default_rng(6)).run(), **changes)  # type: ignore[arg-type]
    with pytest.raises(NotMeasured, match=f"^{said}$"):
        measure(run)


def test_jumps_carry_their_own_uncertainty_and_say_when_two_methods_contradict() -> None:
    jump = JumpSeen(3.0, 0.25, 0.007, 0.24, 0.015, False)
    run = RunData(1, 0.0, 9.0, 5.0, jumps=(jump, dataclasses.replace(jump, at_s=6.0, contradicts=True)))
    told = [(one.value, one.u, bool(one.remark)) for one in by_impulse(run)]
    assert told == [(0.25, 0.007, False), (0.25, 0.007, True)]
    assert [one.value for one in by_flight_time(run)] == [0.24, 0.24]


def test_a_void_run_is_measured_and_does_not_count() -> None:
    drive = Drive(np.random.default_rng(8))
    runs = [dataclasses.replace(drive.run(), number=number) for number in (1, 2, 3)]
    found = measure_all(runs, [1, 3], list(indicators().values()), {}, "simple")
    speed = next(one for one in found if one.indicator.name == "rated_speed")
    assert set(speed.of_runs) == {1, 2, 3} and speed.figure is not None and speed.figure.n == 2
    jumped = next(one for one in found if one.indicator.name == "jump_height_impulse")
    assert jumped.figure is None and set(jumped.missing) == {1, 2, 3}


def test_every_indicator_says_what_it_is() -> None:
    for name, one in indicators().items():
        assert isinstance(one, Indicator) and one.name == name and one.unit and one.title and one.needs
        assert len(one.method) > 20 and one.source
