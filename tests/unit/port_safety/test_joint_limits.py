"""`joint_limits`: a joint is stopped where it can still stand before its limit, and no joint is too fast."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_safety.model.readings import JointStates
from port_safety.model.verdict import Verdict
from port_safety.rules.joint_limits import JointLimitsRule
from tests.unit.port_safety.kind_rules import joints, made_rule, row_of
from tests.unit.port_safety.rule_bench import LITTLE, STAMP, above, below, exactly, moment, near, seen, told

LIMITS = JointLimitsRule(("a", "b"), 0.1, (-1.0, -2.0), (1.0, 2.0), (2.0, 3.0), 4.0, 0.25, 0.1)


def arm(place: float, speed: float) -> list[Verdict]:
    return list(made_rule("joint_limits").judge(row_of(joints((0.0, 0.0), (0.0, 0.0), (place, speed)), name="joints")))


def test_a_joint_is_stopped_before_it_overshoots_its_limit() -> None:
    """A joint is stopped where it can still stand before its limit."""
    needs_rad = 1.0 * 0.1 + 1.0 / (2 * 4.0)
    assert not arm(2.0 - needs_rad - 0.01, 1.0)
    (verdict,) = arm(2.0 - needs_rad + 0.01, 1.0)
    assert (verdict.source, verdict.value, verdict.limit) == ("elbow", exactly(2.01), 2.0)
    assert not arm(1.99, -1.0), "the way back is free"
    assert arm(-1.95, -1.0) and arm(2.01, 0.0)


def test_a_joint_that_is_faster_than_it_may_be_is_a_stop() -> None:
    (verdict,) = arm(0.0, -3.1)
    assert (verdict.value, verdict.limit, verdict.unit) == (3.1, 3.0, "rad/s")


@given(place=st.floats(-1.9, 1.9), speed=st.floats(-3.0, 3.0))
def test_a_joint_that_stops_when_told_stands_within_its_limits(place: float, speed: float) -> None:
    if not arm(place, speed):
        stands = place + speed * 0.1 + speed * abs(speed) / 8.0
        assert -2.0 - 1e-9 <= stands <= 2.0 + 1e-9


@pytest.mark.parametrize(
    ("place", "speed", "stands", "limit"),
    [
        (0.75, 0.0, 0.75, 0.75),
        (-0.75, 0.0, -0.75, -0.75),
        (0.15, 2.0, 0.15 + 0.2 + 0.5 - 0.1, 0.75),  # the way of its reaction and of its brakes
        (0.05, 2.0, 0.75, 0.75),
        (-0.05, -2.0, -0.75, -0.75),
    ],
)
def test_a_joint_may_come_as_far_as_it_can_still_stand(place: float, speed: float, stands: float, limit: float) -> None:
    """A hair beyond that place it is a stop."""
    way = speed * 0.1 + speed * abs(speed) / 8.0
    outward = math.copysign(LITTLE, limit)
    at_edge = limit - way

    def judged(position: float) -> list[tuple[Any, ...]]:
        return told(LIMITS.judge(moment(joints=JointStates((position, 0.0), (speed, 0.0)))))

    assert judged(at_edge - outward) == []
    assert judged(at_edge + outward) == [("PROTECTIVE_STOP", "joint_limits", "a", near(limit), limit, "rad", STAMP)]


def test_a_joint_beyond_its_limit_may_come_back_slowly() -> None:
    """A joint beyond its limit may come back and none may be too fast."""
    for place, speed in ((0.9, -1.0), (-0.9, 1.0)):
        assert not LIMITS.judge(moment(joints=JointStates((place, 0.0), (speed, 0.0))))
    assert not LIMITS.judge(moment(joints=JointStates((0.0, 0.0), (-2.0, 3.0))))
    for speeds, name, fastest in (((-2.01, 0.0), "a", 2.0), ((0.0, 3.01), "b", 3.0)):
        assert told(LIMITS.judge(moment(joints=JointStates((0.0, 0.0), speeds)))) == [
            ("PROTECTIVE_STOP", "joint_limits", name, fastest + 0.01, fastest, "rad/s", STAMP)
        ]
    (high,) = LIMITS.judge(moment(joints=JointStates((0.5, 0.0), (2.0, 0.0))))
    (low,) = LIMITS.judge(moment(joints=JointStates((-0.5, 0.0), (-2.0, 0.0))))
    assert (high.source, high.value, high.limit) == ("a", near(1.2), 0.75)
    assert (low.source, low.value, low.limit) == ("a", near(-1.2), -0.75)


def test_a_joint_that_stands_at_its_very_limit_is_within() -> None:
    for place, out in ((0.75, above(0.75)), (-0.75, below(-0.75))):
        assert not LIMITS.judge(seen(joints=JointStates((place, 0.0), (0.0, 0.0))))
        assert LIMITS.judge(seen(joints=JointStates((out, 0.0), (0.0, 0.0))))


def test_a_reading_of_half_of_the_joints_is_an_error() -> None:
    with pytest.raises(ValueError, match="shorter"):
        LIMITS.judge(seen(joints=JointStates((0.0, 0.0), (0.0,))))


def test_any_number_of_joints_has_its_limits_and_an_age() -> None:
    names, of_all = tuple(map(str, range(300))), (1.0,) * 300
    assert JointLimitsRule(names, 0.1, (-1.0,) * 300, of_all, of_all, 4.0, 0.25, 0.1)
