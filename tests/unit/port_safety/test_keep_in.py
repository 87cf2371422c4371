"""`keep_in`: what it promises of robots that stand fixed."""

import pytest

from port_safety.model.geometry import Polygon
from port_safety.model.readings import Pose
from port_safety.rules.keep_in import KeepInRule
from tests.gate_bench import robot_of

#: 2 m wide; an arm of 0.8 m reach fits only near its middle.
CELL = Polygon.from_flat([0.0, 0.0, 4.0, 0.0, 4.0, 2.0, 0.0, 2.0])


def test_an_arm_that_reaches_out_is_refused_with_how_far() -> None:
    with pytest.raises(ValueError, match=r"^polygon_m: bench reaches 0\.30 m over its edge from base_pose"):
        KeepInRule("cell", CELL, 0.05, robot_of("arm", base=Pose(2.0, 0.5, 0.0)))


def test_an_arm_that_reaches_as_far_as_the_edge_is_taken() -> None:
    rule = KeepInRule("cell", CELL, 0.05, robot_of("arm", base=Pose(2.0, 0.8, 0.0)))
    assert rule.clearance_m((2.0, 0.8)) == pytest.approx(0.0)
