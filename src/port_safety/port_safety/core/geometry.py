"""Polygons on the floor: is a point inside, and which way and how far is each edge. Frame ground, metres."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Around:
    """How a polygon lies around a point: whether it contains it, and of each edge what `nearest_by_edge` gives."""

    inside: bool
    edges: tuple[tuple[float, float, float], ...]
    distance_m: float


@dataclass(frozen=True, slots=True)
class Polygon:
    """A simple polygon of three or more corners, in either direction of rotation, convex or not."""

    corners: tuple[Point, ...]
    _sides: tuple[tuple[float, float, float, float, float], ...] = field(init=False, repr=False)
    _last: list[tuple[Point, Around]] = field(init=False, repr=False, compare=False, default_factory=list)

    def __post_init__(self) -> None:
        if len(self.corners) < 3:
            raise ValueError(f"corners: a polygon has at least 3, this has {len(self.corners)}")
        if not all(math.isfinite(coordinate) for corner in self.corners for coordinate in corner):
            raise ValueError("corners: every coordinate must be a finite number")
        sides = []
        for (ax, ay), (bx, by) in self.edges():
            ex, ey = bx - ax, by - ay
            sides.append((ax, ay, ex, ey, ex * ex + ey * ey))
        object.__setattr__(self, "_sides", tuple(sides))  # computed once: every tick walks along them

    @classmethod
    def from_flat(cls, values: Sequence[float]) -> "Polygon":
        """From [x0, y0, x1, y1, …], the form that ROS parameters can carry."""
        if len(values) % 2:
            raise ValueError(f"polygon_m: {len(values)} numbers do not make x, y pairs")
        return cls(tuple(zip(values[0::2], values[1::2], strict=True)))

    def edges(self) -> Iterator[tuple[Point, Point]]:
        return zip(self.corners, self.corners[1:] + self.corners[:1], strict=True)

    def contains(self, point: Point) -> bool:
        """Even-odd rule; a point on an edge may count as either."""
        x, y = point
        inside = False
        for (ax, ay), (bx, by) in self.edges():
            if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                inside = not inside
        return inside

    def nearest_by_edge(self, point: Point) -> Iterator[tuple[float, float, float]]:
        """For each edge: distance to its nearest point, and the unit vector towards it (0, 0 if the point is on it)."""
        x, y = point
        for ax, ay, ex, ey, length_squared in self._sides:
            share = ((x - ax) * ex + (y - ay) * ey) / length_squared if length_squared else 0.0
            share = 0.0 if share < 0.0 else 1.0 if share > 1.0 else share
            dx, dy = ax + share * ex - x, ay + share * ey - y
            distance = math.hypot(dx, dy)
            yield (distance, dx / distance, dy / distance) if distance > 0.0 else (0.0, 0.0, 0.0)

    def around(self, point: Point) -> Around:
        """All of the above at once. The last point is remembered: a pose is looked at by many ticks until the next."""
        for last, around in self._last:
            if last == point:
                return around
        edges = tuple(self.nearest_by_edge(point))
        around = Around(self.contains(point), edges, min(edges)[0])
        self._last[:] = [(point, around)]
        return around

    def nearest_point(self, point: Point) -> Point:
        """The point of the polygon's area that is nearest to `point`: itself if it lies inside."""
        if self.contains(point):
            return point
        distance, ux, uy = min(self.nearest_by_edge(point))
        return point[0] + distance * ux, point[1] + distance * uy

    def distance(self, point: Point) -> float:
        """To the nearest point of the boundary, ≥ 0."""
        return min(distance for distance, _, _ in self.nearest_by_edge(point))
