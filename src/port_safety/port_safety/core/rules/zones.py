"""What `keep_in`, `keep_out` and `speed` share: slowing down towards the edges of a polygon."""

from collections.abc import Iterator

from port_safety.core.geometry import Polygon
from port_safety.core.motion import Motion
from port_safety.core.reading import Pose
from port_safety.core.view import Robot


def approach_scale(
    polygon: Polygon, robot: Robot, pose: Pose, age_s: float, request: Motion, clearance_m: float, boundary_mps: float
) -> tuple[float, float, float]:
    """The share of the linear request that may pass so that `boundary_mps` holds at every edge.

    Each edge is an obstacle of its own, so corners and concave polygons need no special case. Only motion towards an
    edge counts: what leads away is never reduced. The pose's age lengthens the reaction.
    Returns scale (0..1), and speed and limit towards the edge that decides (m/s; NaN if none does).
    """
    vx, vy = request.in_ground(pose.yaw)
    scale, speed, limit = 1.0, float("nan"), float("nan")
    for distance_m, allowed_of in _edges(polygon, robot, pose, age_s, clearance_m, boundary_mps):
        towards_mps = vx * distance_m[1] + vy * distance_m[2]
        if towards_mps > allowed_of:
            share = allowed_of / towards_mps
            if share < scale:
                scale, speed, limit = share, towards_mps, allowed_of
    return scale, speed, limit


def _edges(
    polygon: Polygon, robot: Robot, pose: Pose, age_s: float, clearance_m: float, boundary_mps: float
) -> Iterator[tuple[tuple[float, float, float], float]]:
    for nearest in polygon.nearest_by_edge((pose.x, pose.y)):
        yield nearest, robot.braking.allowed_approach_mps(nearest[0] - clearance_m, boundary_mps, age_s)
