"""`joint_runaway`: a joint that is too fast, or jerks, in a row of readings is an emergency by name."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from port_safety.model.history import KEPT, History
from port_safety.model.readings import JointStates, Reading
from port_safety.model.verdict import Severity
from port_safety.rules.context import RuleContext
from port_safety.rules.joint_runaway import JointRunawayRule
from tests.unit.port_safety.kind_rules import joints, made_rule, row_of
from tests.unit.port_safety.rule_bench import NOW, STAMP, S, near, row, seen, stamped_row, told


def whip(*speeds: float) -> RuleContext:
    values = [joints((0.0, 0.0), (0.0, speed), (0.0, 0.0)) for speed in speeds]
    return row_of(*values, name="joints")


def test_a_joint_too_fast_in_a_row_of_readings_is_an_emergency() -> None:
    """A joint that is too fast in a row of readings is an emergency by name."""
    assert not made_rule("joint_runaway").judge(whip(0.0, 11.0, 11.0))
    (verdict,) = made_rule("joint_runaway").judge(whip(9.0, 11.0, 12.0, 11.5))
    assert (verdict.severity, verdict.source, verdict.value) == (Severity.EMERGENCY_STOP, "turns shoulder", 11.0)
    assert not made_rule("joint_runaway").judge(whip(11.0, 11.0, 11.0, 9.0))


def test_a_joint_that_jerks_to_and_fro_is_seen_before_it_is_fast() -> None:
    (verdict,) = made_rule("joint_runaway").judge(whip(6.0, -6.0, 6.0, -6.0))
    assert verdict.source == "jerks shoulder" and verdict.value == pytest.approx(1200.0)
    assert not made_rule("joint_runaway").judge(whip(6.0, 6.0, 6.0, -6.0)), "one odd sample is an encoder's"


def test_a_runaway_joint_is_told_by_name_and_figure() -> None:
    rule = JointRunawayRule(("a", "b"), 10.0, 500.0, 2, 0.1)

    def speeds(*pairs: tuple[float, float]) -> list[tuple[Any, ...]]:
        return told(rule.judge(row("joints", *(JointStates((0.0, 0.0), pair) for pair in pairs))))

    assert speeds((10.0, 0.0), (10.0, 0.0)) == [] == speeds((9.0, 0.0), (11.0, 0.0))
    assert speeds((0.0, -10.5), (0.0, 10.25)) == [
        ("EMERGENCY_STOP", "joint_runaway", "turns b", 10.25, 10.0, "rad/s", STAMP)
    ]
    assert speeds((0.0, 0.0), (5.0, 0.0), (0.0, 0.0)) == []
    assert speeds((0.0, 0.0), (5.25, 0.0), (-0.0, 0.0)) == [
        ("EMERGENCY_STOP", "joint_runaway", "jerks a", near(525.0), 500.0, "rad/s²", STAMP)
    ]
    assert speeds((0.0, 0.0), (5.25, 0.0)) == [], "two steps in a row are needed"
    assert JointRunawayRule(("a",), 1.0, 1.0, KEPT - 1, 0.1)
    with pytest.raises(ValueError, match="readings"):
        JointRunawayRule(("a",), 1.0, 1.0, KEPT, 0.1)


def flail(**other: Any) -> JointRunawayRule:
    return replace(JointRunawayRule(("a", "b"), 10.0, 4.0, 2, 0.1), **other)


def spun(*at: tuple[int, float]) -> list[tuple[str, float]]:
    context = stamped_row("joints", *((stamp_ns, JointStates((0.0, 0.0), (speed, 0.0))) for stamp_ns, speed in at))
    return [(each.source, each.value) for each in flail().judge(context)]


def test_a_runaway_takes_as_many_readings_as_are_asked_for() -> None:
    """A joint runaways in as many readings as are asked for and no fewer."""
    assert spun((S, 11.0)) == [], "one of two"
    assert spun((S, 0.0), (5 * S, 10.0), (9 * S, 0.0)) == []
    assert spun((S, 10.0), (2 * S, 0.0), (3 * S, 5.0), (4 * S, 0.0)) == [("jerks a", 5.0)]
    assert spun((S, 0.0), (2 * S, 0.0), (3 * S, 5.0), (4 * S, 0.0)) == [("jerks a", 5.0)], "of the last two alone"
    assert spun((S, 0.0), (3 * S, 10.0), (7 * S, -10.0)) == [("jerks a", 5.0)], "by the time between the stamps"


def test_a_stamp_that_does_not_advance_makes_no_acceleration() -> None:
    for later_ns in (0, -S):
        history = History()
        for number in range(3):
            value = JointStates((0.0, 0.0), (9.0 * (number % 2), 0.0))
            history.recent.append(Reading(value, NOW + number * later_ns, NOW))
        context = replace(seen(joints=JointStates((0.0, 0.0), (0.0, 0.0))), histories={"joints": history})
        assert not flail().judge(context) and not flail(acceleration_radps2=0.5).judge(context)


@pytest.mark.parametrize(
    "judge",
    [
        lambda: flail().judge(stamped_row("joints", *((n * S, JointStates((0.0,), (11.0,))) for n in (1, 2)))),
        lambda: flail().judge(stamped_row("joints", *((n * S, JointStates((0.0,), (11.0,) * n)) for n in (2, 3)))),
        lambda: flail()._jerking([Reading(JointStates((), (0.0,) * n), n * S, n * S) for n in (2, 3, 2)], 0),
    ],
)
def test_half_of_the_joints_is_never_judged(judge: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        judge()
