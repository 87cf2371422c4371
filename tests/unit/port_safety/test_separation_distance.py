"""The distance that `separation` keeps: its terms, what share of a motion keeps it, and which brakes count."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_safety.model.braking_model import BrakingModel
from port_safety.rules.registry import EnvelopeError, make_rule
from port_safety.rules.rule_type import Site
from port_safety.rules.separation import People, SeparationParameters, SeparationRule, measured_deceleration_mps2
from tests.gate_bench import ROBOT
from tests.unit.port_safety.rule_bench import EVEN, SITE, below, exactly

SEPARATION = SeparationRule(ROBOT, People(intrusion_m=0.2), 1.2)
#: v_h 1.6 m/s; C + Z_d + Z_r = 1 m; a = 2 m/s².
PEOPLE = SeparationRule(ROBOT, People(), 2.0)
#: S at rest is 1·(0.25 + 0.25) + 0.5 = 1 m.
ONES = People(1.0, 0.25, 0.5, 0.0, 0.0, 0.25, 0.5)
PLATE_SITE = Site(ROBOT, ("one",), ("left",), ("camera",))


def test_the_distance_is_the_sum_of_its_terms() -> None:
    reaction_s, v, a = 0.2, 0.5, 1.2
    terms = 1.6 * (reaction_s + v / a) + v * reaction_s + v * v / (2 * a) + 0.2 + 0.1 + 0.05
    assert SEPARATION.distance_m(v, v, reaction_s) == pytest.approx(terms)


def test_a_robot_that_passes_by_still_needs_the_time_to_stand() -> None:
    assert SEPARATION.distance_m(1.5, 0.0, 0.2) == pytest.approx(1.6 * (0.2 + 1.5 / 1.2) + 0.35)
    assert SEPARATION.distance_m(1.5, -1.5, 0.2) < SEPARATION.distance_m(1.5, 0.0, 0.2)


@given(
    gap_m=st.floats(0.0, 8.0), speed=st.floats(0.01, 3.0), cosine=st.floats(-1.0, 1.0), reaction_s=st.floats(0.01, 0.5)
)
def test_the_allowed_share_needs_exactly_the_distance(
    gap_m: float, speed: float, cosine: float, reaction_s: float
) -> None:
    share = SEPARATION.allowed_share(gap_m, speed, cosine * speed, reaction_s)
    needed_m = SEPARATION.distance_m(share * speed, share * cosine * speed, reaction_s)
    assert 0.0 <= share <= 1.0
    if 0.0 < share < 1.0:
        assert needed_m == pytest.approx(gap_m, abs=1e-6)
    elif share == 1.0:
        assert needed_m <= gap_m + 1e-6
    else:
        assert SEPARATION.distance_m(0.0, 0.0, reaction_s) >= gap_m - 1e-6


@pytest.mark.parametrize(
    ("speed_mps", "towards_mps", "distance_m"),
    [
        (0.0, 0.0, 1.0 + 1.6 * 0.25),
        (1.0, 0.0, 1.0 + 1.6 * 0.75),
        (1.0, 0.5, 1.0 + 1.6 * 0.75 + 0.5 * 0.5),
        (1.0, -0.5, 1.0 + 1.6 * 0.75 - 0.5 * 0.5),
    ],
)
def test_the_separation_distance_is_that_of_the_standard(
    speed_mps: float, towards_mps: float, distance_m: float
) -> None:
    assert PEOPLE.distance_m(speed_mps, towards_mps, 0.25) == exactly(distance_m)


@pytest.mark.parametrize(
    ("distance_m", "speed_mps", "towards_mps", "share"),
    [
        (2.0, 1.0, 0.5, 0.6),  # 0.125·s² + 0.925·s = 0.6
        (2.45 + 1e-9, 1.0, 0.5, 1.0),
        (1.4, 1.0, 0.5, 0.0),
        (1.3, 1.0, 0.5, 0.0),
        (1.41, 1.0, 0.0, 0.01 / 0.8),
        (1.4, 1.0, -8.0, 1.0),  # away: nearer than S at rest, further than S with the way that it makes
        (0.2, 1.0, -1.0, 0.0),
    ],
)
def test_the_share_that_may_pass_is_where_the_distance_is_kept(
    distance_m: float, speed_mps: float, towards_mps: float, share: float
) -> None:
    assert PEOPLE.allowed_share(distance_m, speed_mps, towards_mps, 0.25) == exactly(share, abs=1e-6)


def test_the_terms_of_the_distance_each_by_its_own_figure() -> None:
    rule = SeparationRule(EVEN, ONES, 3.0)
    assert rule.distance_m(2.0, 1.5, 0.5) == pytest.approx((0.5 + 2.0 / 3.0) + 1.5 * (0.5 + 2.0 / 6.0) + 0.5)
    for distance_m in (2.0, 2.5):
        share = rule.allowed_share(distance_m, 2.0, 1.5, 0.5)
        assert 0.0 < share < 1.0 and rule.distance_m(2.0 * share, 1.5 * share, 0.5) == pytest.approx(distance_m)


def test_a_share_is_all_at_the_very_distance_and_never_more() -> None:
    """A person who stands still and a robot without latency: S = s·t·v/2a."""
    alone = SeparationRule(EVEN, People(0.0, 0.0, 0.0, 0.0, 0.0), 2.0)
    assert alone.allowed_share(1.0, 2.0, 2.0, 0.0) == 1.0 and alone.allowed_share(0.25, 2.0, 2.0, 0.0) == 0.5
    assert alone.allowed_share(0.0, 2.0, 2.0, 0.0) == 0.0
    # Away, S first grows and then falls: at 1.5 m/s it is 0.375 m, and as much at a third of that.
    away = SeparationRule(EVEN, People(1.0, 0.0, 0.0, 0.0, 0.0), 1.0)
    assert away.allowed_share(0.375, 1.5, -1.5, 0.0) == 1.0
    assert away.allowed_share(below(0.375), 1.5, -1.5, 0.0) == pytest.approx(1.0 / 3.0)
    # Here the root is above 1 by a rounding.
    rounded = SeparationRule(EVEN, People(1.0, 0.0, 0.0, 0.0, 0.0), 1.2)
    assert rounded.allowed_share(0.4541666666666667, 0.7, -0.7, 0.25) == 1.0
    assert replace(away, deceleration_mps2=0.5).allowed_share(9.0, 1e308, -1e308, 0.0) == 0.0, "no number can tell"


def test_the_worst_measured_stop_decides() -> None:
    """ROBOT reacts in 0.08 s and brakes with 1.2 m/s²."""
    assert measured_deceleration_mps2(ROBOT, []) == 1.2
    assert measured_deceleration_mps2(ROBOT, [(2.0, 2.16), (1.0, 1.08), (0.5, 0.1)]) == exactly(0.5)
    assert measured_deceleration_mps2(ROBOT, [(1.0, 0.08), (0.0, 1.0), (0.0, 0.0)]) == 1.2
    assert measured_deceleration_mps2(ROBOT, [(0.5, 0.29)]) == exactly(0.5)


def test_a_longer_measured_stop_counts_and_a_shorter_one_not() -> None:
    """A measured stop that is longer counts and a shorter one does not."""
    assert measured_deceleration_mps2(ROBOT, [(1.0, 1.08)]) == pytest.approx(0.5)
    assert measured_deceleration_mps2(ROBOT, [(1.0, 0.2), (0.5, 0.01)]) == ROBOT.braking.deceleration_mps2
    block = {"type": "separation", "measured_stop_mps": [1.0], "measured_stop_m": [1.08]}
    rule = make_rule("separation", block, SITE)
    assert isinstance(rule, SeparationRule) and rule.deceleration_mps2 == pytest.approx(0.5)


def test_a_robot_with_other_brakes_needs_another_distance() -> None:
    weak = replace(ROBOT, braking=BrakingModel(0.08, 0.4))
    rule = make_rule("separation", {"type": "separation"}, Site(weak, (), ()))
    assert isinstance(rule, SeparationRule) and rule.deceleration_mps2 == 0.4


def test_a_measured_stop_without_way_or_speed_counts_for_nothing() -> None:
    """A stop that took no way or had no speed says nothing of the brakes."""
    assert measured_deceleration_mps2(ROBOT, [(1.0, 0.05), (-1.0, 1.08)]) == ROBOT.braking.deceleration_mps2


def test_every_measured_stop_has_its_speed_and_its_way() -> None:
    for speeds, ways in (([1.0], []), ([], [1.0]), ([1.0], [1.0, 2.0])):
        block = {"type": "separation", "measured_stop_mps": speeds, "measured_stop_m": ways}
        with pytest.raises(EnvelopeError, match="a way for each speed"):
            make_rule("separation", block, PLATE_SITE)
    many = {"type": "separation", "measured_stop_mps": [1.0] * 300, "measured_stop_m": [0.5] * 300}
    assert isinstance(make_rule("separation", many, PLATE_SITE), SeparationRule)


@pytest.mark.parametrize("name", ["walk_mps", "reaction_s", "intrusion_m", "margin_m", "stale_s"])
def test_terms_that_make_no_sense_are_refused(name: str) -> None:
    for value in (-0.1, math.inf, math.nan):
        with pytest.raises(ValueError, match=name):
            People(**{name: value})


def test_terms_may_be_nothing_but_an_age_may_not() -> None:
    assert People(walk_mps=0.0, margin_m=0.0, stale_s=0.5).walk_mps == 0.0
    with pytest.raises(ValueError, match="stale_s"):
        People(stale_s=0.0)


def test_default_terms_are_those_of_the_standard() -> None:
    """The terms are those of the standard where nobody says otherwise."""
    assert People() == People(1.6, 0.05, 0.85, 0.1, 0.05, 0.4, 0.5)


def test_the_terms_of_separation_are_the_same_in_its_block() -> None:
    block = SeparationParameters()
    assert People(**{name: getattr(block, name) for name in People.__dataclass_fields__}) == People()
