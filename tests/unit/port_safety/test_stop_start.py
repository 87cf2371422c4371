"""Compliance: how fast a robot that is told to stop may still be, worked out by hand."""

import math
from dataclasses import replace

from port_safety.commands.twist import ZERO, Motion
from port_safety.model.braking_model import BrakingModel
from port_safety.rules.stop_start import StopStart, complies
from tests.gate_bench import ROBOT


def obeys(elapsed_s: float, speed_mps: float, began_mps: float = 1.0, passed_mps: float = 1.5) -> bool:
    """ROBOT: 0.08 s latency, 1.2 m/s², at most 1.5 m/s. Granted: 0.15 s more, half the brakes, 0.2 m/s."""
    return complies(ROBOT, StopStart(0, Motion(passed_mps), began_mps), elapsed_s, speed_mps)


def test_a_stopping_robot_must_stay_below_half_its_brakes() -> None:
    """A robot that is told to stop must be below a ramp of half its brakes."""
    assert obeys(0.229, 99.0), "the reaction that it is granted"
    for braking_s, bound_mps in ((0.5, 1.4), (1.0, 1.1), (2.0, 0.5), (2.5, 0.2), (10.0, 0.2)):
        assert obeys(0.23 + braking_s, bound_mps - 1e-6) and not obeys(0.23 + braking_s, bound_mps + 1e-6)


def test_a_robot_at_the_very_bound_obeys() -> None:
    at_once = replace(ROBOT, braking=BrakingModel(0.0, 1.2))
    assert complies(at_once, StopStart(0, ZERO, 0.0), 0.15, 99.0) and obeys(10.0, 0.2)


def test_the_ramp_begins_at_the_greater_of_told_and_measured() -> None:
    """The ramp begins at what was told or measured whichever is more."""
    for began_mps, passed_mps in ((2.0, 1.0), (1.0, 2.0)):
        assert obeys(1.23, 1.6 - 1e-6, began_mps, passed_mps) and not obeys(1.23, 1.6 + 1e-6, began_mps, passed_mps)


def test_without_a_speed_the_ramp_begins_at_the_robots_most() -> None:
    """Without a measured speed the ramp begins at the most that the robot can."""
    assert obeys(1.23, 1.1 - 1e-6, math.nan, 0.0) and not obeys(1.23, 1.1 + 1e-6, math.nan, 0.0)
    assert obeys(1.23, math.nan), "an unknown speed is left to the deadline"
