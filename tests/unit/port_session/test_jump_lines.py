"""What the end of a session says about jumps: however many there were, a line of each kind."""

from dataclasses import replace

import numpy as np

from port_session.report.force import Jumps, lines
from port_session.report.jump import Jump

ONE = Jump(70.0, (0.0, 1.0), 2.0, 2.5, 2.4, 0.30, 0.001, 0.31, 0.015)


def jumps(*found: Jump, refused: tuple[str, ...] = ()) -> Jumps:
    return Jumps(np.array([10.0]), np.array([0.0]), found, refused)


def test_one_jump_and_many_jumps_are_one_line() -> None:
    assert lines(None) == () == lines(jumps())
    assert lines(jumps(ONE)) == ("Jump at 12.00 s: 30.0 ± 0.2 cm by impulse, 31.0 ± 3.0 cm by flight time (k = 2)",)
    more = [replace(ONE, takeoff_s=2.0 + n, height_impulse_m=0.30 + n / 1000) for n in range(27)]
    assert lines(jumps(*more)) == (
        "27 jumps from 12.00 to 38.00 s: 30.0 to 32.6 ± 0.2 cm by impulse, 31.0 ± 3.0 cm by flight time (k = 2)",
    )


def test_what_could_not_be_measured_is_told_once_for_each_reason() -> None:
    many = tuple(f"take-off at {n}.00 s: nobody stood quietly before it" for n in range(1, 28))
    assert lines(jumps(refused=(*many, "take-off at 40.00 s: samples are missing"))) == (
        "27 jumps not measured, take-off at 1.00 s to take-off at 27.00 s: nobody stood quietly before it",
        "Jump not measured, take-off at 40.00 s: samples are missing",
    )
    assert lines(jumps(refused=("the plates were not recorded at the same time",))) == (
        "Jump not measured: the plates were not recorded at the same time",
    )


def test_heights_that_contradict_each_other_are_said_to() -> None:
    apart = replace(ONE, height_flight_m=0.40)
    assert lines(jumps(apart))[0].endswith("; they contradict each other")
    assert lines(jumps(apart, ONE))[0].endswith("; 1 contradict")
