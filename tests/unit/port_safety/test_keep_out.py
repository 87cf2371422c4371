"""`keep_out`: the robot is slowed before a closed zone, stopped in it, and driving past is free."""

import math

from port_safety.commands.twist import Motion
from port_safety.model.geometry import Polygon
from port_safety.model.verdict import Severity
from port_safety.rules.keep_out import KeepOutRule
from tests.gate_bench import DESK, ROBOT
from tests.unit.port_safety.rule_bench import placed

KEEP_OUT = KeepOutRule("desk", Polygon.from_flat(DESK), 0.05, ROBOT)


def test_keep_out_slows_before_and_stops_inside() -> None:
    (verdict,) = KEEP_OUT.judge(placed(3.0, 1.7, 0.0, Motion(1.5)))
    assert verdict.severity is Severity.LIMIT
    assert KEEP_OUT.judge(placed(3.0, 1.7, math.pi, Motion(1.5))) == ()
    (verdict,) = KEEP_OUT.judge(placed(5.0, 1.7, 0.0, Motion()))
    assert verdict.severity is Severity.PROTECTIVE_STOP


def test_driving_past_a_keep_out_zone_is_free() -> None:
    assert KEEP_OUT.judge(placed(3.0, 0.0, 0.0, Motion(1.5))) == ()
