"""What `keep_in` and `keep_out` have in common: where exactly the edge is, and how fast it may be approached."""

import math
from dataclasses import replace

import pytest

from port_safety.commands.twist import Motion
from port_safety.model.geometry import Polygon
from port_safety.model.readings import Pose
from port_safety.rules.keep_in import KeepInRule
from port_safety.rules.keep_out import KeepOutRule
from tests.gate_bench import ROBOT
from tests.unit.port_safety.rule_bench import EVEN, LITTLE, STAMP, above, below, exactly, moment, near, seen, told

SQUARE_10M = Polygon.from_flat([0.0, 0.0, 10.0, 0.0, 10.0, 10.0, 0.0, 10.0])
SQUARE_8M = Polygon.from_flat([0.0, 0.0, 8.0, 0.0, 8.0, 8.0, 0.0, 8.0])


@pytest.mark.parametrize("outside", [False, True])
def test_the_edge_of_a_zone_is_where_the_footprint_touches(outside: bool) -> None:
    rule = (KeepOutRule if outside else KeepInRule)("z", SQUARE_10M, 0.05, ROBOT)
    kind, edge_x = ("keep_out", -0.4) if outside else ("keep_in", 0.4)
    into = 1.0 if outside else -1.0
    assert rule.key == (kind, "zone z") and rule.clearance_m((edge_x, 5.0)) == near(0.0)
    assert not rule.judge(moment(ground_pose=Pose(edge_x - into * LITTLE, 5.0, 0.0)))
    assert told(rule.judge(moment(ground_pose=Pose(edge_x + into * LITTLE, 5.0, 0.0)))) == [
        ("PROTECTIVE_STOP", kind, "zone z", near(0.0), 0.0, "m", STAMP)
    ]
    assert rule.clearance_m((5.0, 5.0)) == (-5.4 if outside else 4.6)
    assert rule.clearance_m((-3.0, 5.0)) == pytest.approx(2.6 if outside else -3.4)
    (over,) = rule.judge(moment(ground_pose=Pose(edge_x + into * 0.25, 5.0, 0.0)))
    assert (over.value, over.limit, over.stops) == (near(-0.25), 0.0, True)
    (slower,) = rule.judge(moment(Motion(into * 2.0), ground_pose=Pose(edge_x - into * 0.25, 5.0, 0.0)))
    late_s = 0.08 + 0.002 + 0.2
    allowed = math.sqrt((1.2 * late_s) ** 2 + 2.4 * 0.2) - 1.2 * late_s
    assert (slower.value, slower.limit, slower.unit) == (2.0, exactly(allowed), "m/s")
    assert slower.scale == pytest.approx(allowed / 2.0) and slower.scale_angular == 1.0
    aside = Motion(0.0, into * 2.0)
    (y_slower,) = rule.judge(moment(aside, ground_pose=Pose(5.0, edge_x - into * 0.25, 0.0)))
    assert y_slower.limit == pytest.approx(allowed) and not rule.judge(
        moment(replace(aside, vy=-aside.vy), ground_pose=Pose(5.0, edge_x - into * 0.25, 0.0))
    )


def test_a_robot_whose_edge_is_on_the_line_is_on_its_own_side() -> None:
    for rule, at, over in (
        (KeepInRule("z", SQUARE_8M, 0.0, EVEN), 0.5, below(0.5)),
        (KeepOutRule("z", SQUARE_8M, 0.0, EVEN), -0.5, above(-0.5)),
    ):
        assert not rule.judge(seen(ground_pose=Pose(at, 4.0, 0.0)))
        assert rule.judge(seen(ground_pose=Pose(over, 4.0, 0.0)))[0].stops
