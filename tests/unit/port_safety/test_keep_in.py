"""`keep_in`: the robot is slowed towards the edge of its area, stopped over it, and its way back stays open."""

import math
from dataclasses import replace
from typing import Any

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.gate.gate import Gate
from port_safety.gate.state_machine import State
from port_safety.model.braking_model import SETTLE_S, BrakingModel
from port_safety.model.geometry import Polygon
from port_safety.model.readings import Pose
from port_safety.model.verdict import Severity
from port_safety.rules.keep_in import KeepInRule
from port_safety.rules.registry import make_envelope
from port_safety.rules.rule_type import Site
from port_sim.robots.wheeled import Limits
from port_sim.robots.wheeled import Motion as Place
from tests.closed_loop import LOOKOUT, STATION, Camera, ClosedLoop
from tests.gate_bench import BLOCKS, LANE, ROBOT, robot_of
from tests.unit.port_safety.rule_bench import placed

KEEP_IN = KeepInRule("lane", Polygon.from_flat(LANE), 0.05, ROBOT)
L_SHAPE = Polygon(((0.0, 0.0), (4.0, 0.0), (4.0, 1.0), (1.0, 1.0), (1.0, 4.0), (0.0, 4.0)))
#: 2 m wide; an arm of 0.8 m reach fits only near its middle.
CELL = Polygon.from_flat([0.0, 0.0, 4.0, 0.0, 4.0, 2.0, 0.0, 2.0])
EDGE_M, MARGIN_M = 4.0, 0.05
LATE = Camera(latency_s=0.12, rate_hz=15.0, noise_m=0.005)


def test_keep_in_says_nothing_in_the_middle() -> None:
    assert KEEP_IN.judge(placed(5.0, 0.0, 0.0, Motion(1.5))) == ()


def test_keep_in_slows_towards_the_edge_by_the_braking_way_left() -> None:
    (verdict,) = KEEP_IN.judge(placed(10.0, 0.0, 0.0, Motion(1.5)))
    assert verdict.severity is Severity.LIMIT
    allowed = 1.5 * verdict.scale
    assert ROBOT.braking.stopping_distance_m(allowed) + SETTLE_S * allowed == pytest.approx(11.0 - 10.0 - 0.4 - 0.05)


def test_a_robot_that_comes_too_fast_is_slowed_more() -> None:
    """A robot that comes faster than allowed is given the way that it still goes."""
    (slow,) = KEEP_IN.judge(placed(9.5, 0.0, 0.0, Motion(1.5)))
    (fast,) = KEEP_IN.judge(replace(placed(9.5, 0.0, 0.0, Motion(1.5), speed=1.5), measured_mps=1.5))
    assert fast.scale < slow.scale
    (leaving,) = KEEP_IN.judge(replace(placed(9.5, 0.0, 0.0, Motion(1.5), speed=-1.5), measured_mps=1.5))
    assert leaving.scale == slow.scale


def test_keep_in_leaves_the_way_back_open() -> None:
    assert KEEP_IN.judge(placed(10.5, 0.0, math.pi, Motion(1.5))) == ()
    assert KEEP_IN.judge(placed(10.5, 0.0, 0.0, Motion(-1.5))) == ()


def test_keep_in_stops_when_the_footprint_is_over_the_edge() -> None:
    (verdict,) = KEEP_IN.judge(placed(10.7, 0.0, math.pi, Motion(0.5)))
    assert verdict.severity is Severity.PROTECTIVE_STOP
    assert verdict.value == pytest.approx(-0.1) and verdict.unit == "m"


def test_keep_in_stops_when_the_robot_is_outside_altogether() -> None:
    (verdict,) = KEEP_IN.judge(placed(20.0, 0.0, 0.0, Motion()))
    assert verdict.severity is Severity.PROTECTIVE_STOP and verdict.value == pytest.approx(-9.4)


def test_an_old_pose_leaves_less_speed() -> None:
    (young,) = KEEP_IN.judge(placed(10.0, 0.0, 0.0, Motion(1.5)))
    (old,) = KEEP_IN.judge(placed(10.0, 0.0, 0.0, Motion(1.5), age_s=0.3))
    assert old.scale < young.scale


def test_a_concave_polygon_needs_no_special_case() -> None:
    rule = KeepInRule("l", L_SHAPE, 0.0, ROBOT)
    (inner_corner,) = rule.judge(placed(0.5, 0.5, math.pi / 4, Motion(1.5)))
    assert inner_corner.severity is Severity.LIMIT
    (outside_the_l,) = rule.judge(placed(2.5, 2.5, 0.0, Motion()))
    assert outside_the_l.severity is Severity.PROTECTIVE_STOP


def test_an_arm_that_reaches_out_is_refused_with_how_far() -> None:
    with pytest.raises(ValueError, match=r"^polygon_m: bench reaches 0\.30 m over its edge from base_pose"):
        KeepInRule("cell", CELL, 0.05, robot_of("arm", base=Pose(2.0, 0.5, 0.0)))


def test_an_arm_that_reaches_as_far_as_the_edge_is_taken() -> None:
    rule = KeepInRule("cell", CELL, 0.05, robot_of("arm", base=Pose(2.0, 0.8, 0.0)))
    assert rule.clearance_m((2.0, 0.8)) == pytest.approx(0.0)


def drive_at_the_edge(top_mps: float, latency_s: float, response_s: float, deceleration_mps2: float) -> ClosedLoop:
    """From standstill in the middle, at full speed, until it hardly moves any more."""
    braking = BrakingModel(latency_s, deceleration_mps2, response_s)
    robot = replace(ROBOT, speed_mps=top_mps, braking=braking)
    walls = [-9.0, -9.0, EDGE_M, -9.0, EDGE_M, 9.0, -9.0, 9.0]
    blocks: dict[str, Any] = {
        "input_timeout": BLOCKS["input_timeout"],
        "lane": {"type": "keep_in", "polygon_m": walls, "margin_m": MARGIN_M},
        "acceleration": {"type": "acceleration", "acceleration_mps2": 1.0, "yaw_acceleration_radps2": 4.0},
    }
    gate = Gate("t", robot, make_envelope(list(blocks), blocks, Site(robot, (STATION,), (), (LOOKOUT,))))
    physics = Limits(top_mps, 1.5, 1.0, deceleration_mps2, latency_s, response_s)
    loop = ClosedLoop(gate, physics, LATE, 1, start=Place(), plates=(), tick_s=0.01)
    while not loop.arm() and loop.now_s < 2.0:
        loop.step(ZERO)
    for _ in range(round(20.0 / loop.tick_s)):
        loop.step(Motion(top_mps) if loop.ticks > 150 else ZERO)
        assert gate.state in (State.RUN, State.REDUCED), gate.reason
        if loop.now_s > 4.0 and loop.robot.motion.v < 0.01:
            break
    return loop


@pytest.mark.parametrize(
    ("top_mps", "latency_s", "response_s", "deceleration_mps2"),
    [(1.5, 0.08, 0.1, 1.2), (3.0, 0.05, 0.1, 3.0), (0.5, 0.3, 0.3, 0.5), (2.0, 0.0, 0.02, 0.6), (1.5, 0.25, 0.2, 0.6)],
)
def test_a_robot_driven_at_the_edge_ends_before_it(
    top_mps: float, latency_s: float, response_s: float, deceleration_mps2: float
) -> None:
    """A robot driven at the edge ends before it without a stop."""
    loop = drive_at_the_edge(top_mps, latency_s, response_s, deceleration_mps2)
    left_m = EDGE_M - ROBOT.footprint_radius_m - loop.robot.motion.x
    assert 0.0 < left_m < MARGIN_M + 0.15
