"""`keep_in`: the robot stays inside a polygon. It slows towards the edge; over the edge it stops.

The soft limit is a barrier on each edge (core/barrier.py); the hard edge behind it is a protective stop as soon as the
footprint touches the line.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from port_safety.model.geometry import Point, Polygon
from port_safety.model.robot_model import RobotModel
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.zones import approach_scale


@dataclass(frozen=True, slots=True)
class KeepInRule:
    """zone: its name. margin_m: kept free between footprint and edge by the soft limit."""

    zone: str
    polygon: Polygon
    margin_m: float
    robot: RobotModel

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        seen = context.pose()
        if seen is None:
            return ()  # `fresh` says so
        pose, age_s = seen
        inside_m = self.clearance_m((pose.x, pose.y))
        if inside_m < 0.0:
            return [self._out(inside_m, context.readings["ground_pose"].stamp_ns)]
        clearance_m = self.robot.footprint_radius_m + self.margin_m
        scale, speed, limit = approach_scale(self.polygon, self.robot, context, pose, age_s, clearance_m, 0.0)
        if scale >= 1.0:
            return ()
        reason = f"{self.zone}: {speed:.2f} m/s towards the edge, {limit:.2f} allowed here"
        return [Verdict(Severity.LIMIT, "keep_in", f"zone {self.zone}", reason, speed, limit, "m/s", scale)]

    @property
    def key(self) -> tuple[str, str]:
        return "keep_in", f"zone {self.zone}"

    def clearance_m(self, point: Point) -> float:
        """How far inside the polygon the whole footprint is; below 0 it is over the edge."""
        around = self.polygon.around(point)
        return (around.distance_m if around.inside else -around.distance_m) - self.robot.footprint_radius_m

    def _out(self, inside_m: float, stamp_ns: int) -> Verdict:
        reason = f"{self.zone}: the robot is {-inside_m:.2f} m over the edge"
        return Verdict(
            Severity.PROTECTIVE_STOP, "keep_in", f"zone {self.zone}", reason, inside_m, 0.0, "m", stamp_ns=stamp_ns
        )
