"""All zones: how fast an edge may be approached, and that without a pose each of them is a stop."""

import math
from dataclasses import replace

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.model.geometry import Polygon
from port_safety.model.readings import Odometry, Pose
from port_safety.rules.context import RuleContext
from port_safety.rules.keep_in import KeepInRule
from port_safety.rules.keep_out import KeepOutRule
from port_safety.rules.speed import SpeedRule
from port_safety.rules.zones import approach
from tests.gate_bench import DESK, LANE, ROBOT
from tests.unit.port_safety.rule_bench import EVEN, NOW, above, seen

KEEP_IN = KeepInRule("lane", Polygon.from_flat(LANE), 0.05, ROBOT)
KEEP_OUT = KeepOutRule("desk", Polygon.from_flat(DESK), 0.05, ROBOT)
CROSSING = SpeedRule("crossing", 0.5, ROBOT, Polygon(((3.5, -1.5), (6.5, -1.5), (6.5, 1.5), (3.5, 1.5))), 0.0)
SQUARE_8M = Polygon.from_flat([0.0, 0.0, 8.0, 0.0, 8.0, 8.0, 0.0, 8.0])


def test_without_a_pose_each_zone_is_a_stop() -> None:
    nowhere = RuleContext(NOW, {}, Motion(1.0), NOW, True)
    for rule in (KEEP_IN, KEEP_OUT, CROSSING):
        (verdict,) = rule.judge(nowhere)
        assert verdict.stops and verdict.missing_input == "ground_pose"


def approached(pose: Pose, request: Motion, boundary_mps: float, measured: Motion = ZERO) -> tuple[float, float, float]:
    odometry = Odometry(0.0, 0.0, 0.0, measured.vx, measured.vy, measured.wz)
    context = replace(seen(request=request, odometry=odometry), measured_mps=measured.speed_mps)
    near = approach(SQUARE_8M, EVEN, context, pose, 0.0, 0.5, boundary_mps)
    return (1.0, math.nan, math.nan) if near is None else (near.scale, near.speed_mps, near.limit_mps)


def test_a_request_below_the_edges_limit_is_free() -> None:
    """Straight to the corner the part of this request towards it is above its speed by a rounding."""
    corner, request = Pose(-0.375, -0.015625, -2.35), Motion(-0.1536618088160038, 0.14313646813930364)
    allowed = EVEN.braking.allowed_approach_mps(0.5)
    for pose, asked, boundary_mps in (
        (corner, request, request.speed_mps),
        (corner, request, above(request.speed_mps)),
        (Pose(7.0, 4.0, 0.0), Motion(0.25), 0.5),
        (Pose(7.0, 4.0, 0.0), Motion(allowed), 0.0),
    ):
        scale, speed, limit = approached(pose, asked, boundary_mps)
        assert scale == 1.0 and math.isnan(speed) and math.isnan(limit)


def test_measured_motion_towards_an_edge_counts_with_both_parts() -> None:
    """From 3 m left of the square and 4 m below it the way to its corner is (0.6, 0.8)."""
    corner = Pose(-3.0, -4.0, 0.0)
    for measured in (Motion(2.0, 6.0), Motion(6.0, 2.0)):
        towards = 0.6 * measured.vx + 0.8 * measured.vy
        scale, speed, limit = approached(corner, Motion(6.0, 8.0), 0.0, measured)
        allowed = EVEN.braking.allowed_approach_mps(4.5, 0.0, 0.0, towards)
        assert allowed != EVEN.braking.allowed_approach_mps(4.5, 0.0, 0.0, 0.0)
        assert (scale, speed, limit) == pytest.approx((allowed / 10.0, 10.0, allowed))


def test_the_tightest_edge_decides_whichever_comes_first() -> None:
    for x, y in ((6.5, 7.0), (7.0, 6.5)):
        scale, _, limit = approached(Pose(x, y, 0.0), Motion(3.0, 3.0), 0.0)
        assert limit == EVEN.braking.allowed_approach_mps(0.5) and scale == limit / 3.0
