"""What `keep_in`, `keep_out` and `speed` share: slowing down towards the edges of a polygon."""

import math

from port_safety.model.geometry import Polygon
from port_safety.model.readings import Pose
from port_safety.model.robot_model import RobotModel
from port_safety.rules.context import RuleContext


def approach_scale(
    polygon: Polygon,
    robot: RobotModel,
    context: RuleContext,
    pose: Pose,
    age_s: float,
    clearance_m: float,
    boundary_mps: float,
) -> tuple[float, float, float]:
    """The share of the linear request that may pass so that `boundary_mps` holds at every edge.

    Each edge is an obstacle of its own, so corners and concave polygons need no special case. Only motion towards an
    edge counts: what leads away is never reduced. The way that the robot goes at its measured speed before a command
    takes effect is taken off (core/barrier.py).
    Returns scale (0..1), and speed and limit towards the edge that decides (m/s; NaN if none does).
    """
    scale, speed, limit = 1.0, math.nan, math.nan
    if not context.request.speed_mps > boundary_mps:
        return scale, speed, limit
    vx, vy = context.request.in_ground(pose.yaw)
    mx, my = context.measured().in_ground(pose.yaw)
    for distance_m, ux, uy in polygon.around((pose.x, pose.y)).edges:
        towards_mps = vx * ux + vy * uy
        if towards_mps <= boundary_mps:
            continue
        allowed = robot.braking.allowed_approach_mps(distance_m - clearance_m, boundary_mps, age_s, mx * ux + my * uy)
        if allowed < towards_mps * scale:
            scale, speed, limit = allowed / towards_mps, towards_mps, allowed
    return scale, speed, limit
