"""`tool_workspace`: a tool is stopped where it can still stand inside its box."""

import math
from dataclasses import replace
from typing import Any

import pytest

from port_safety.commands.twist import ZERO
from port_safety.model.braking_model import BrakingModel
from port_safety.model.history import History
from port_safety.model.readings import Reading, ToolPoint
from port_safety.model.verdict import Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.tool_workspace import ToolWorkspaceRule
from tests.gate_bench import ROBOT, robot_of
from tests.unit.port_safety.kind_rules import made_rule, row_of
from tests.unit.port_safety.rule_bench import LITTLE, MS, NOW, STAMP, S, moment, near, row, stamped_row, told

TOOL = ToolWorkspaceRule(
    robot_of("arm", braking=BrakingModel(0.1, 2.0, 0.1)), (0.0, -1.0, 0.0), (1.0, 1.0, 2.0), 3.0, 0.1
)


def tool(*points: tuple[float, float, float]) -> list[Verdict]:
    return list(made_rule("tool_workspace").judge(row_of(*(ToolPoint(*point) for point in points), name="tool_pose")))


def test_a_tool_is_stopped_before_it_overshoots_its_box() -> None:
    """A tool is stopped where it can still stand inside its box."""
    assert not tool((0.5, 0.0, 0.5), (0.51, 0.0, 0.5))
    (verdict,) = tool((0.69, 0.0, 0.5), (0.70, 0.0, 0.5))  # 1 m/s: 0.1 s and 0.25 m
    assert verdict.source == "tool x" and verdict.value == pytest.approx(1.05) and verdict.limit == 1.0
    assert not tool((0.99, 0.0, 0.5), (0.98, 0.0, 0.5)), "the way back is free"


@pytest.mark.parametrize("point", [(1.1, 0.0, 0.5), (0.5, -0.6, 0.5), (0.5, 0.0, 0.1)])
def test_a_tool_outside_is_a_stop_at_any_speed(point: tuple[float, float, float]) -> None:
    """A tool outside is a stop also when nothing says how fast it is."""
    assert len(tool(point)) == 1


@pytest.mark.parametrize(("axis", "low", "high"), [(0, 0.0, 1.0), (1, -1.0, 1.0), (2, 0.0, 2.0)])
def test_a_tool_may_come_as_far_as_it_can_still_stand(axis: int, low: float, high: float) -> None:
    """At 0.5 m/s the tool needs 0.5·0.2 + 0.25/6 m."""
    way_m = 0.1 + 0.25 / 6.0
    for edge, towards in ((low, -1.0), (high, 1.0)):
        for beyond in (False, True):
            at = edge - towards * (way_m + (-LITTLE if beyond else LITTLE))
            was, now = [0.5, 0.0, 0.5], [0.5, 0.0, 0.5]
            was[axis], now[axis] = at - towards * 0.005, at
            judged = told(TOOL.judge(row("tool_pose", ToolPoint(*was), ToolPoint(*now))))
            name = f"tool {'xyz'[axis]}"
            assert judged == (
                [("PROTECTIVE_STOP", "tool_workspace", name, near(edge), edge, "m", STAMP)] if beyond else []
            )


def test_a_tool_at_rest_may_touch_the_sides_of_its_box() -> None:
    """A tool that stands may touch the sides of its box and one outside is outside."""
    assert not TOOL.judge(row("tool_pose", ToolPoint(0.0, 1.0, 2.0), ToolPoint(0.0, 1.0, 2.0)))
    assert not TOOL.judge(moment(tool_pose=ToolPoint(1.0, -1.0, 0.0))), "one reading tells no speed"
    comes_back = TOOL.judge(row("tool_pose", ToolPoint(1.2, 0.0, 0.5), ToolPoint(1.1, 0.0, 0.5)))
    assert [each.value for each in comes_back] == [1.1]
    assert (comes_back[0].source, comes_back[0].limit) == ("tool x", 1.0)


def test_a_tool_whose_stamps_do_not_advance_has_no_speed() -> None:
    for later_ns in (0, -MS):
        history = History()
        for at, stamp_ns in ((0.9, STAMP), (0.5, STAMP + later_ns), (0.99, STAMP)):
            history.recent.append(Reading(ToolPoint(at, 0.99, 1.99), stamp_ns, STAMP))
        history.recent.pop()
        context = RuleContext(NOW, {"tool_pose": Reading(ToolPoint(0.99, 0.99, 1.99), STAMP, STAMP)}, ZERO, NOW, True)
        assert not TOOL.judge(replace(context, histories={"tool_pose": history}))
    assert TOOL._velocity(moment(tool_pose=ToolPoint(0.5, 0.0, 0.5))) == (0.0, 0.0, 0.0)
    three = row("tool_pose", ToolPoint(0.5, 0.0, 0.5), ToolPoint(0.6, 0.0, 0.5), ToolPoint(0.6, 0.1, 0.3))
    assert TOOL._velocity(three) == pytest.approx((0.0, 10.0, -20.0)), "of the last two"
    with_fault = row("tool_pose", ToolPoint(0.5, 0.0, 0.5), ToolPoint(math.nan, 0.0, 0.5))
    assert TOOL._velocity(with_fault) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "bad",
    [
        {"low_m": (0.0, 0.0)},
        {"high_m": (1.0, 1.0, 1.0, 1.0)},
        {"low_m": (1.0, -1.0, 0.0)},
        {"low_m": (0.0, 1.5, 0.0)},
        {"deceleration_mps2": 0.0},
        {"stale_s": math.inf},
    ],
)
def test_a_tool_workspace_that_is_none_cannot_be_born(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        replace(TOOL, **bad)


def test_the_speed_of_a_tool_is_by_the_time_between_its_stamps() -> None:
    rule = ToolWorkspaceRule(ROBOT, (-9.0,) * 3, (9.0,) * 3, 1.0, 0.1)
    context = stamped_row("tool_pose", (S, ToolPoint(0.0, 0.0, 0.0)), (3 * S, ToolPoint(1.0, -2.0, 4.0)))
    assert rule._velocity(context) == (0.5, -1.0, 2.0)
