"""Points and polygons on the ground plane, as far as checking a description needs them. Pure."""

import math

from port_session.description.values import Corner, Polygon


def inside(point: tuple[float, float], polygon: Polygon) -> bool:
    """Whether `point` lies within `polygon` (even-odd)."""
    x, y = point
    crossings = 0
    for (ax, ay), (bx, by) in _edges(polygon):
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            crossings += 1
    return crossings % 2 == 1


def distance_m(point: tuple[float, float], polygon: Polygon) -> float:
    """From `point` to the nearest edge of `polygon`, inside or outside."""
    return min(_to_segment(point, a, b) for a, b in _edges(polygon))


def _edges(polygon: Polygon) -> list[tuple[Corner, Corner]]:
    return list(zip(polygon, (*polygon[1:], polygon[0]), strict=True))


def _to_segment(point: tuple[float, float], a: Corner, b: Corner) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length2 = dx * dx + dy * dy
    along = ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length2 if length2 else 0.0
    along = min(1.0, max(0.0, along))
    return math.hypot(point[0] - a[0] - along * dx, point[1] - a[1] - along * dy)
