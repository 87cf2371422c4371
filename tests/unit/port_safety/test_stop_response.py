"""`stop_response`: a robot that does not slow down, or moves while it is stopped, loses its power."""

import math
from dataclasses import replace
from typing import Any

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.model.readings import Odometry, Reading
from port_safety.model.verdict import Severity
from port_safety.rules.context import RuleContext
from port_safety.rules.stop_response import StopResponseRule
from port_safety.rules.stop_start import COMPLIANCE_GRACE_S, StopStart
from tests.gate_bench import ROBOT
from tests.unit.port_safety.rule_bench import EVEN, NOW, STAMP, STILL, S, context, moment, seen, told

RESPONSE = StopResponseRule(ROBOT, 0.05, 0.15)
BINARY = replace(EVEN, ramp_s=1.5)


def stopping(speed: float, elapsed_s: float, at_rest: bool = False, wz: float = 0.0, known: bool = True) -> RuleContext:
    start = StopStart(NOW - round(elapsed_s * S), Motion(1.0), 1.0)
    readings = {"odometry": Reading(Odometry(0.0, 0.0, 0.0, speed, 0.0, wz), NOW, NOW)}
    return context(readings=readings, stop=start, at_rest=at_rest, measured_mps=speed if known else math.nan)


@pytest.mark.parametrize(("speed", "elapsed_s"), [(1.0, 0.0), (1.0, 0.2), (0.7, 0.8), (0.04, 5.0)])
def test_a_robot_that_brakes_is_left_to_brake(speed: float, elapsed_s: float) -> None:
    assert not RESPONSE.judge(stopping(speed, elapsed_s))


@pytest.mark.parametrize(("speed", "elapsed_s"), [(1.3, 0.3), (1.0, 0.8), (0.15, 2.0)])
def test_a_robot_that_does_not_slow_down_loses_its_power(speed: float, elapsed_s: float) -> None:
    (verdict,) = RESPONSE.judge(stopping(speed, elapsed_s))
    assert verdict.severity is Severity.EMERGENCY_STOP and verdict.removes_power and not verdict.self_clearing
    assert verdict.value == speed


def test_a_robot_that_moves_while_stopped_loses_its_power() -> None:
    assert not RESPONSE.judge(stopping(0.0, 60.0, at_rest=True))
    (moves,) = RESPONSE.judge(stopping(0.1, 60.0, at_rest=True))
    (turns,) = RESPONSE.judge(stopping(0.0, 60.0, at_rest=True, wz=-0.3))
    assert (moves.value, moves.unit, turns.value, turns.unit) == (0.1, "m/s", 0.3, "rad/s")
    assert moves.removes_power and turns.removes_power


def test_without_a_stop_or_odometry_nothing_is_judged() -> None:
    assert not RESPONSE.judge(stopping(1.0, 2.0, known=False))
    assert not RESPONSE.judge(replace(stopping(1.0, 2.0), stop=None))


def responded(
    speed: float, elapsed_s: float, at_rest: bool = False, wz: float = 0.0, began: float = 1.0
) -> list[tuple[Any, ...]]:
    context = moment(odometry=Odometry(0.0, 0.0, 0.0, speed, 0.0, wz))
    start = StopStart(NOW - round(elapsed_s * S), Motion(began), began)
    verdicts = StopResponseRule(ROBOT, 0.05, 0.15).judge(
        replace(context, stop=start, at_rest=at_rest, measured_mps=speed)
    )
    assert all(each.removes_power for each in verdicts)
    return told(verdicts)


def test_a_robot_that_does_not_obey_a_stop_is_an_emergency() -> None:
    """ROBOT: 1.5 s for its ramp, 0.08 s latency, 0.15 s grace."""
    row_of = ("EMERGENCY_STOP", "stop_response", "robot")
    assert responded(0.05, 9.0, at_rest=True, wz=0.15) == [] == responded(0.06, 1.7299, wz=9.0)
    assert responded(0.0625, 9.0, at_rest=True) == [(*row_of, 0.0625, 0.05, "m/s", STAMP)]
    assert responded(0.0625, 1.7301) == [(*row_of, 0.0625, 0.05, "m/s", STAMP)]
    assert responded(0.0, 9.0, at_rest=True, wz=-0.25) == [(*row_of, 0.25, 0.15, "rad/s", STAMP)]
    assert responded(1.0, 1.23) == [(*row_of, 1.0, 0.05, "m/s", STAMP)], "it does not slow down"
    for bad in ({"rest_mps": 0.0}, {"rest_radps": 0.0}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            StopResponseRule(ROBOT, **{"rest_mps": 1.0, "rest_radps": 1.0, **bad})


def test_a_stop_is_held_against_its_deadline_to_the_nanosecond() -> None:
    rule = StopResponseRule(BINARY, 0.0625, 0.25)
    deadline_s = 1.5 + 0.25 + COMPLIANCE_GRACE_S
    began_ns = S
    for later_ns, stops in ((0, False), (1, True)):
        now_ns = began_ns + round(deadline_s * S) + later_ns
        context = seen(now_ns, odometry=replace(STILL, vx=0.125))
        (*said,) = rule.judge(replace(context, stop=StopStart(began_ns, ZERO, 0.125), measured_mps=0.125))
        assert [(each.value, each.unit) for each in said] == stops * [(0.125, "m/s")]


def test_a_resting_robot_may_turn_slowly() -> None:
    """What rests may turn slowly and what nobody measures is left to others."""
    rule = StopResponseRule(BINARY, 0.0625, 0.25)
    stopped: dict[str, Any] = {"stop": StopStart(NOW - 9 * S, ZERO, 0.0), "at_rest": True}
    turning = replace(seen(odometry=replace(STILL, wz=0.125)), measured_mps=0.0, **stopped)
    assert not rule.judge(turning)
    moving = replace(seen(), measured_mps=0.125, **stopped)
    (verdict,) = rule.judge(moving)
    assert (verdict.value, verdict.unit, verdict.stamp_ns) == (0.125, "m/s", 0)
    assert not rule.judge(replace(moving, measured_mps=math.nan)) and not rule.judge(replace(moving, stop=None))
    spins = replace(turning, readings=seen(odometry=replace(STILL, wz=-9.0)).readings, measured_mps=math.nan)
    assert not rule.judge(spins)
