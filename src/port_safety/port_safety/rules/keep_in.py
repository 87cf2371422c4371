"""`keep_in`: the robot stays inside a polygon. It slows towards the edge; over the edge it stops.

The soft limit is a barrier on each edge (model/braking_model.py); the hard edge behind it is a protective stop as soon
as the footprint touches the line. Of an arm everything that it reaches from its base has to lie inside.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from port_safety.model.geometry import Point, Polygon
from port_safety.model.robot_model import RobotModel
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.required_input import missing
from port_safety.rules.rule_type import HIGHER, RuleType, Site, number
from port_safety.rules.zones import ZoneParameters, approach


@dataclass(frozen=True, slots=True)
class KeepInRule:
    """zone: its name. margin_m: kept free between footprint and edge by the soft limit."""

    zone: str
    polygon: Polygon
    margin_m: float
    robot: RobotModel

    def __post_init__(self) -> None:
        base = self.robot.base
        if base is not None and (inside_m := self.clearance_m((base.x, base.y))) < 0.0:
            raise ValueError(
                f"polygon_m: {self.robot.name} reaches {-inside_m:.2f} m over its edge from base_pose; "
                "move the arm, or state a smaller joints.reach_m and hold it by tool_workspace"
            )

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        seen = context.pose()
        if seen is None:
            return [
                missing("keep_in", f"zone {self.zone}", f"{self.zone}: nobody says where the robot is", "ground_pose")
            ]
        pose, age_s = seen
        inside_m = self.clearance_m((pose.x, pose.y))
        if inside_m < 0.0:
            return [self._out(inside_m, context.pose_stamp_ns)]
        clearance_m = self.robot.radius_m + self.margin_m
        near = approach(self.polygon, self.robot, context, pose, age_s, clearance_m, 0.0)
        return () if near is None else [near.verdict("keep_in", self.zone, "towards the edge")]

    @property
    def key(self) -> tuple[str, str]:
        return "keep_in", f"zone {self.zone}"

    def clearance_m(self, point: Point) -> float:
        """How far inside the polygon the whole footprint is; below 0 it is over the edge."""
        around = self.polygon.around(point)
        return (around.distance_m if around.inside else -around.distance_m) - self.robot.radius_m

    def _out(self, inside_m: float, stamp_ns: int) -> Verdict:
        reason = f"{self.zone}: the robot is {-inside_m:.2f} m over the edge"
        return Verdict(
            Severity.PROTECTIVE_STOP, "keep_in", f"zone {self.zone}", reason, inside_m, 0.0, "m", stamp_ns=stamp_ns
        )


class KeepInParameters(ZoneParameters, frozen=True):
    """margin_m: kept free between footprint and edge by the soft limit."""

    margin_m: Annotated[float, number("m", ge=0.0, le=5.0, stricter=HIGHER)] = 0.05


def _make(name: str, parameters: KeepInParameters, site: Site) -> KeepInRule:
    return KeepInRule(name, Polygon.from_flat(parameters.polygon_m), parameters.margin_m, site.robot)


RULE = RuleType("keep_in", KeepInParameters, _make, needs=lambda site: site.place_inputs, has_place=True)
