"""The braking model: how long a stop is, and how fast a line may be approached."""

import math

import pytest

from port_safety.model.braking_model import SETTLE_S, BrakingModel
from tests.unit.port_safety.rule_bench import exactly

BRAKES = BrakingModel(0.25, 2.0, 0.25)


def test_a_stop_takes_the_way_of_reaction_and_of_brakes() -> None:
    """A stop takes the way of the reaction and the way of the brakes."""
    assert BRAKES.reaction_s == 0.5
    assert BRAKES.stopping_distance_m(3.0) == exactly(3.0 * 0.5 + 9.0 / 4.0)
    assert BRAKES.stopping_distance_m(0.0) == 0.0
    assert BrakingModel(0.25, 1.5, 0.25).stopping_distance_m(3.0) == exactly(3.0 * 0.5 + 9.0 / 3.0)


def test_weaker_brakes_allow_less() -> None:
    weak, lag = BrakingModel(0.25, 1.5, 0.25), 1.5 * 0.7
    assert weak.allowed_approach_mps(1.0, 0.5) == exactly(math.sqrt(lag * lag + 0.25 + 3.0) - lag)
    assert weak.allowed_approach_mps(1.0, 0.5, 0.0, 1.5) == exactly(math.sqrt(0.09 + 0.25 + 0.75) - 0.3)


@pytest.mark.parametrize(
    ("distance_m", "boundary_mps", "age_s", "towards_mps", "allowed"),
    [
        # lag = 2·(0.5 + 0.2) = 1.4: √(1.96 + 4·d) − 1.4
        (1.0, 0.0, 0.0, 0.0, math.sqrt(5.96) - 1.4),
        (1.0, 0.5, 0.0, 0.0, math.sqrt(1.96 + 0.25 + 4.0) - 1.4),
        (1.0, 0.0, 0.3, 0.0, math.sqrt(4.0 + 4.0) - 2.0),
        # comes at 1.5 m/s, faster than allowed: 0.75 m are gone before it brakes, the rest is closed with 0.2 s
        (1.0, 0.0, 0.0, 1.5, math.sqrt(0.16 + 1.0) - 0.4),
        (1.0, 0.0, 0.0, 4.0, 0.0),
        (0.0, 0.0, 0.0, 0.0, 0.0),
        (0.0, 0.3, 0.0, 0.0, 0.3),
        (-1.0, 0.3, 0.0, 0.0, 0.3),
        (-0.5, 0.3, 0.0, 0.0, 0.3),
        (math.nan, 0.3, 0.0, 0.0, 0.3),
        (1.0, 0.0, 0.0, math.nan, 0.0),  # nobody knows: as if it came too fast
        (1.0, 0.0, 0.0, -math.inf, math.sqrt(5.96) - 1.4),
        (1.0, 0.0, 0.0, math.inf, 0.0),
        (1e-9, 0.0, 0.0, 0.0, 1e-9 * 4.0 / 2.8),
    ],
)
def test_a_line_is_approached_at_this_speed_worked_out_by_hand(
    distance_m: float, boundary_mps: float, age_s: float, towards_mps: float, allowed: float
) -> None:
    assert BRAKES.allowed_approach_mps(distance_m, boundary_mps, age_s, towards_mps) == exactly(allowed, rel=1e-6)


def test_a_line_is_approached_down_to_rest_by_default() -> None:
    """A line is approached down to rest by one who is seen now and stands where nobody says otherwise."""
    assert (
        BRAKES.allowed_approach_mps(0.5)
        == BRAKES.allowed_approach_mps(0.5, 0.0, 0.0, 0.0)
        == exactly(math.sqrt(3.96) - 1.4)
    )


@pytest.mark.parametrize(
    "bad", [(-0.1, 1.0), (math.inf, 1.0), (0.0, 0.0), (0.0, -1.0), (0.0, math.inf), (0.0, 1.0, -0.1)]
)
def test_brakes_that_make_no_sense_cannot_be_born(bad: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="must be"):
        BrakingModel(*bad)


def test_brakes_may_work_at_once_and_weakly() -> None:
    assert BrakingModel(0.0, 0.5).reaction_s == 0.0 and BrakingModel(0.0, 0.5, 0.0).response_s == 0.0


def test_braking_allows_exactly_what_stops_in_time() -> None:
    braking = BrakingModel(0.1, 1.2)
    for distance in (0.01, 0.5, 3.0):
        allowed = braking.allowed_approach_mps(distance)
        assert braking.stopping_distance_m(allowed) + SETTLE_S * allowed == pytest.approx(distance)
    assert braking.allowed_approach_mps(0.0) == 0.0
    assert braking.allowed_approach_mps(-1.0, 0.3) == 0.3


def test_the_lag_of_the_drives_counts_like_their_latency() -> None:
    assert BrakingModel(0.08, 1.2, 0.1).stopping_distance_m(1.0) == pytest.approx(0.18 + 1.0 / 2.4)
    assert BrakingModel(0.08, 1.2, 0.1).allowed_approach_mps(1.0) == BrakingModel(0.18, 1.2).allowed_approach_mps(1.0)
    with pytest.raises(ValueError, match="response_s: -1"):
        BrakingModel(0.08, 1.2, -1.0)
