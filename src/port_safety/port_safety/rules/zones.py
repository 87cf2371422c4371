"""What `keep_in`, `keep_out` and `speed` share: slowing down towards the edges of a polygon."""

import math
from dataclasses import dataclass

from port_safety.model.geometry import Polygon
from port_safety.model.readings import Pose
from port_safety.model.robot_model import RobotModel
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.required_input import missing
from port_safety.rules.rule_type import RuleParameters


class ZoneParameters(RuleParameters, frozen=True):
    """polygon_m: flat x, y pairs in frame ground, m."""

    polygon_m: list[float]


@dataclass(frozen=True, slots=True)
class Approach:
    """How the robot comes too near to a line: the share of the linear request that may pass, 0..1, and speed and limit
    towards the edge that decides, m/s. stops: it is measured to be too fast; nobody knows what part of its command does
    that, so a limit cannot help. unknown: nobody measures how it moves.
    """

    scale: float
    speed_mps: float
    limit_mps: float
    stops: bool = False
    unknown: bool = False

    def verdict(self, rule: str, zone: str, where: str, why: str = "") -> Verdict:
        """What `rule` says of it. where: "towards the edge", say."""
        if self.unknown:
            return missing(rule, f"zone {zone}", f"{zone}: nobody measures how the robot moves", "odometry")
        reason = f"{zone}: {self.speed_mps:.2f} m/s {where}, {self.limit_mps:.2f} allowed here{why}"
        severity = Severity.PROTECTIVE_STOP if self.stops else Severity.LIMIT
        scale = 1.0 if self.stops else self.scale
        return Verdict(severity, rule, f"zone {zone}", reason, self.speed_mps, self.limit_mps, "m/s", scale)


def approach(
    polygon: Polygon,
    robot: RobotModel,
    context: RuleContext,
    pose: Pose,
    age_s: float,
    clearance_m: float,
    boundary_mps: float,
) -> Approach | None:
    """How the robot comes too near to the edges, so that `boundary_mps` would not hold at one; None if it does not.

    Each edge is an obstacle of its own, so corners and concave polygons need no special case. Only motion towards an
    edge counts: what leads away is never reduced. A robot that stands fixed approaches nothing. Of one that walks by
    its joints nobody knows where the request leads, so its measured motion is held against the same bound.
    """
    if robot.is_fixed:
        return None
    if context.request is None:
        return _measured_approach(polygon, robot, context, pose, age_s, clearance_m, boundary_mps)
    if not context.request.speed_mps > boundary_mps:
        return None
    measured = context.measured()
    if measured is None:
        return Approach(0.0, math.nan, math.nan, unknown=True)
    found: Approach | None = None
    scale = 1.0
    vx, vy = context.request.in_ground(pose.yaw)
    mx, my = measured.in_ground(pose.yaw)
    for distance_m, ux, uy in polygon.around((pose.x, pose.y)).edges:
        towards_mps = vx * ux + vy * uy
        if towards_mps <= boundary_mps:
            continue
        # The way that the robot goes at its measured speed before a command takes effect is taken off.
        allowed = robot.braking.allowed_approach_mps(distance_m - clearance_m, boundary_mps, age_s, mx * ux + my * uy)
        if allowed < towards_mps * scale:
            scale = allowed / towards_mps
            found = Approach(scale, towards_mps, allowed)
    return found


def _measured_approach(
    polygon: Polygon,
    robot: RobotModel,
    context: RuleContext,
    pose: Pose,
    age_s: float,
    clearance_m: float,
    boundary_mps: float,
) -> Approach | None:
    measured = context.measured()
    if measured is None:
        return Approach(0.0, math.nan, math.nan, unknown=True)
    mx, my = measured.in_ground(pose.yaw)
    worst: Approach | None = None
    for distance_m, ux, uy in polygon.around((pose.x, pose.y)).edges:
        towards_mps = mx * ux + my * uy
        allowed = robot.braking.allowed_approach_mps(distance_m - clearance_m, boundary_mps, age_s)
        if towards_mps > max(allowed, boundary_mps) and (worst is None or allowed < worst.limit_mps):
            worst = Approach(0.0, towards_mps, allowed, stops=True)
    return worst
