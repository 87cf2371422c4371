"""`stuck_input`: a value that stays the same while the robot is told to move is a stop."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from port_safety.commands.twist import Motion
from port_safety.model.history import History
from port_safety.model.readings import Pose, Reading
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import LastOutput, RuleContext
from port_safety.rules.stuck_input import StuckInputRule
from tests.unit.port_safety.rule_bench import NOW, STAMP, STILL, S, context, exactly, row, stamped_row, told

STUCK = StuckInputRule(1.0, 8)


def told_to_move(for_s: float | None, same: int, over_s: float) -> RuleContext:
    history = History()
    for number in range(same):
        at_ns = NOW - round(over_s * S * (same - 1 - number) / max(1, same - 1))
        history.note(Reading(Pose(1.0, 2.0, 0.5), at_ns, at_ns))
    since_ns = None if for_s is None else NOW - round(for_s * S)
    reading = Reading(Pose(1.0, 2.0, 0.5), NOW, NOW)
    return context(
        readings={"ground_pose": reading}, histories={"ground_pose": history},
        last_output=LastOutput(Motion(0.4), NOW, NOW, since_ns),
    )  # fmt: skip


def test_a_value_that_stays_the_same_in_motion_is_stuck() -> None:
    """A value that stays the same while the robot is told to move is frozen."""
    (verdict,) = STUCK.judge(told_to_move(1.5, 20, 1.4))
    assert (verdict.severity, verdict.rule, verdict.source) == (Severity.PROTECTIVE_STOP, "stuck_input", "ground_pose")
    assert (verdict.value, verdict.limit, verdict.unit) == (exactly(1.4), 1.0, "s")


@pytest.mark.parametrize("moment", [(None, 500, 60.0), (0.5, 500, 60.0), (1.5, 20, 0.5), (1.5, 4, 1.4)])
def test_a_robot_at_rest_or_just_begun_is_not_stuck(moment: tuple[float | None, int, float]) -> None:
    """A robot that stands or has just begun may stay where it is."""
    assert not STUCK.judge(told_to_move(*moment))


def same_pose(for_s: float, times: int, moving_s: float | None) -> list[tuple[Any, ...]]:
    values = [Pose(1.0, 2.0, 3.0)] * times
    context = row("ground_pose", *values, period_ms=round(for_s * 1000 / (times - 1)))
    since_ns = None if moving_s is None else NOW - round(moving_s * S)
    return told(StuckInputRule(1.0, 5).judge(replace(context, last_output=LastOutput(Motion(1.0), 0, 0, since_ns))))


def test_a_pose_is_stuck_after_its_time_and_readings() -> None:
    assert same_pose(1.0, 5, 1.0) == [("PROTECTIVE_STOP", "stuck_input", "ground_pose", 1.0, 1.0, "s", STAMP)]
    assert (
        same_pose(0.996, 5, 1.0) == [] == same_pose(1.2, 4, 1.0) == same_pose(1.0, 5, 0.999) == same_pose(1.0, 5, None)
    )
    with pytest.raises(ValueError, match="readings"):
        StuckInputRule(1.0, 1)
    assert StuckInputRule(1.0, 2)


def same_pose_since(same_s: float, times: int, moving_s: float, began_ns: int = S) -> Sequence[Verdict]:
    """The same pose `times` times over `same_s`, the first one at `began_ns`."""
    stamps = [began_ns + round(same_s * S) * number // (times - 1) for number in range(times)]
    context = stamped_row("ground_pose", *((stamp_ns, Pose(1.0, 2.0, 3.0)) for stamp_ns in stamps))
    since_ns = context.now_ns - round(moving_s * S)
    return StuckInputRule(1.0, 5).judge(replace(context, last_output=LastOutput(Motion(1.0), 0, 0, since_ns)))


def test_a_value_is_stuck_however_often_it_was_the_same() -> None:
    """A value is frozen however long and however often it was the same."""
    assert [(each.value, each.limit) for each in same_pose_since(1.5, 7, 1.25)] == [(1.5, 1.0)]
    assert same_pose_since(1.0, 5, 1.0, began_ns=8 * S) and same_pose_since(2.0, 5, 2.5)
    assert not same_pose_since(1.5, 5, 0.5) and not same_pose_since(0.75, 5, 2.0)


def test_an_input_without_a_reading_is_not_stuck() -> None:
    """What has no reading or no history is not frozen."""
    context = stamped_row("odometry", *((number * S, STILL) for number in range(1, 9)))
    told = replace(context, last_output=LastOutput(Motion(1.0), 0, 0, S))
    assert StuckInputRule(1.0, 5).judge(told)
    nothing: list[dict[str, Any]] = [{"readings": {}}, {"histories": {}}]
    for without in nothing:
        assert not StuckInputRule(1.0, 5).judge(replace(told, **without))
