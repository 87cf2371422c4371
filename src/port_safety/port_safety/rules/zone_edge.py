"""What `keep_in` and `keep_out` have in common: an edge that the robot slows down to and stops at.

The soft limit is a barrier on each edge (model/braking_model.py); the hard edge behind it is a protective stop as soon
as the footprint touches the line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from port_safety.model.geometry import Point, Polygon
from port_safety.model.robot_model import RobotModel
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.required_input import missing
from port_safety.rules.rule_type import HIGHER, number
from port_safety.rules.zones import ZoneParameters, approach


class ZoneEdgeParameters(ZoneParameters, frozen=True):
    """margin_m: kept free between footprint and edge by the soft limit."""

    margin_m: Annotated[float, number("m", ge=0.0, le=5.0, stricter=HIGHER)] = 0.05


@dataclass(frozen=True, slots=True)
class ZoneEdgeRule:
    """zone: its name. margin_m: kept free between footprint and edge by the soft limit.

    rule: its name. inside: the robot belongs inside, not outside. towards, beyond, reaches: how being on the way to the
    edge, over it, and reaching over it from a fixed base is called.
    """

    zone: str
    polygon: Polygon
    margin_m: float
    robot: RobotModel
    rule: ClassVar[str]
    inside: ClassVar[bool]
    towards: ClassVar[str]
    beyond: ClassVar[str]
    reaches: ClassVar[str]

    def __post_init__(self) -> None:
        base = self.robot.base
        if base is not None and (clear_m := self.clearance_m((base.x, base.y))) < 0.0:
            raise ValueError(
                f"polygon_m: {self.robot.name} reaches {-clear_m:.2f} m {self.reaches} from base_pose; "
                "move the arm, or state a smaller joints.reach_m and hold it by tool_workspace"
            )

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        seen = context.pose()
        if seen is None:
            reason = f"{self.zone}: nobody says where the robot is"
            return [missing(self.rule, f"zone {self.zone}", reason, "ground_pose")]
        pose, age_s = seen
        clear_m = self.clearance_m((pose.x, pose.y))
        if clear_m < 0.0:
            return [self._over(clear_m, context.pose_stamp_ns)]
        near = approach(
            self.polygon, self.robot, context, pose, age_s, self.robot.radius_m + self.margin_m, boundary_mps=0.0
        )
        return () if near is None else [near.verdict(self.rule, self.zone, self.towards)]

    @property
    def key(self) -> tuple[str, str]:
        return self.rule, f"zone {self.zone}"

    def clearance_m(self, point: Point) -> float:
        """How far on its own side of the edge the whole footprint is; below 0 it is over the edge."""
        around = self.polygon.around(point)
        on_its_side = around.inside is self.inside
        return (around.distance_m if on_its_side else -around.distance_m) - self.robot.radius_m

    def _over(self, clear_m: float, stamp_ns: int) -> Verdict:
        reason = f"{self.zone}: the robot is {-clear_m:.2f} m {self.beyond}"
        return Verdict(
            Severity.PROTECTIVE_STOP, self.rule, f"zone {self.zone}", reason, clear_m, 0.0, "m", stamp_ns=stamp_ns
        )
