"""A synthetic robot of known figures is stopped; the fit of its stops gives them back, within its own uncertainty."""

import random
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from port_session.robots.stop_fit import Fit, Stop, fit

_DT_S = 0.002


def recorded(
    start_mps: float,
    late_s: float,
    soft_s: float,
    slows_mps2: float,
    rate_hz: float,
    noise_mps: float,
    draw: random.Random,
) -> Stop:
    """A stop as a robot of these figures makes it, integrated in small steps, seen at `rate_hz` with noise."""
    command = [(index * 0.01, start_mps if index < 100 else 0.0) for index in range(500)]
    speed, phase_s, seen = start_mps, draw.random() / rate_hz, []
    next_s = 0.7 + phase_s
    for step in range(2500):
        at_s = step * _DT_S
        target = start_mps if at_s - late_s < 1.0 else 0.0
        speed += max(-slows_mps2 * _DT_S, (target - speed) * _DT_S / soft_s)
        if at_s >= next_s:
            seen.append((at_s, speed + draw.gauss(0.0, noise_mps)))
            next_s += 1.0 / rate_hz
    return Stop(*zip(*command, strict=True), *zip(*seen, strict=True))


def fitted(stops: Sequence[Stop]) -> Fit:
    return fit(stops, clock_s=0.001)


@settings(max_examples=15)
@given(
    late_s=st.floats(0.02, 0.4), soft_s=st.floats(0.05, 0.3), slows_mps2=st.floats(0.5, 2.5),
    rate_hz=st.sampled_from((20.0, 50.0, 100.0)), noise_mps=st.floats(0.001, 0.015), seed=st.integers(0, 10_000),
)  # fmt: skip
def test_the_figures_of_a_known_robot_come_out_within_their_uncertainty(
    late_s: float, soft_s: float, slows_mps2: float, rate_hz: float, noise_mps: float, seed: int
) -> None:
    draw = random.Random(seed)
    stops = [recorded(v, late_s, soft_s, slows_mps2, rate_hz, noise_mps, draw) for v in (0.5, 1.0, 1.5)]
    found = fitted(stops)
    for figure, truth in (
        (found.latency_s, late_s), (found.response_s, soft_s), (found.deceleration_mps2, slows_mps2),
    ):  # fmt: skip
        assert abs(figure.value - truth) <= 4.5 * figure.uncertainty + 0.004 * truth, (figure, truth)
    assert found.residual_mps <= 2.0 * noise_mps + 0.01


@settings(max_examples=5)
@given(noise_mps=st.floats(0.002, 0.02), seed=st.integers(0, 1000))
def test_more_stops_make_the_figures_more_certain(noise_mps: float, seed: int) -> None:
    draw = random.Random(seed)
    stops = [recorded(1.0, 0.1, 0.1, 1.2, 50.0, noise_mps, draw) for _ in range(6)]
    few, many = fitted(stops[:2]), fitted(stops)
    assert many.deceleration_mps2.uncertainty < few.deceleration_mps2.uncertainty
    assert many.response_s.uncertainty < few.response_s.uncertainty


def test_a_deceleration_that_was_never_reached_is_not_told() -> None:
    """At 0.2 m/s its drives ask for 0.2 / 0.3 = 0.67 m/s² at most; the brakes could do 3."""
    draw = random.Random(1)
    found = fitted([recorded(0.2, 0.1, 0.3, 3.0, 50.0, 0.003, draw) for _ in range(3)])
    assert not found.deceleration_mps2.told
    assert found.latency_s.told and abs(found.latency_s.value - 0.1) < 0.03


def test_a_robot_that_does_not_stop_as_the_model_says_leaves_much_over() -> None:
    draw = random.Random(2)
    good = recorded(1.0, 0.1, 0.1, 1.0, 50.0, 0.002, draw)
    swinging = [speed + (0.15 if index % 20 < 10 else -0.15) for index, speed in enumerate(good.speed_mps)]
    odd = Stop(good.command_s, good.command_mps, good.speed_s, tuple(swinging))
    assert fitted([odd]).residual_mps > 10.0 * fitted([good]).residual_mps


def test_what_is_uncertain_of_the_clocks_is_uncertain_of_the_latency() -> None:
    stops = [recorded(1.0, 0.1, 0.1, 1.0, 50.0, 0.002, random.Random(3))]
    assert fit(stops, clock_s=0.05).latency_s.uncertainty >= 0.05 > fit(stops).latency_s.uncertainty


def test_without_a_stop_there_is_nothing_to_fit() -> None:
    with pytest.raises(ValueError, match="no stop was recorded"):
        fit([])
    with pytest.raises(ValueError, match="too few"):
        Stop((0.0,), (1.0,), (0.0, 0.1), (1.0, 0.9))


def test_the_synthetic_robot_slows_no_faster_than_it_is_said_to() -> None:
    stop = recorded(1.0, 0.1, 0.05, 1.2, 100.0, 0.0, random.Random(4))
    slopes = [(b - a) / 0.01 for a, b in pairwise(stop.speed_mps)]
    assert min(slopes) == pytest.approx(-1.2, abs=0.15)


def test_a_latency_that_differs_from_stop_to_stop_is_uncertain_by_that() -> None:
    """As of legs, which wait for their next step."""
    draw, lates = random.Random(5), (0.1, 0.17, 0.24, 0.31)
    same = fitted([recorded(1.0, 0.2, 0.1, 1.2, 50.0, 0.003, draw) for _ in lates]).latency_s
    different = fitted([recorded(1.0, late_s, 0.1, 1.2, 50.0, 0.003, draw) for late_s in lates]).latency_s
    assert same.at_most < 0.24 and different.at_most > max(lates)
