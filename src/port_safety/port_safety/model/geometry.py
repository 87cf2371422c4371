"""Polygons on the floor: is a point inside, and which way and how far is each edge. Frame ground, metres."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

Point = tuple[float, float]

#: Corners nearer to each other than this are one, and what is smaller than this is no area.
_SAME_M = 1e-3
_NO_AREA_M2 = 1e-6


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
            raise ValueError(f"polygon_m: expected three or more corners, got {len(self.corners)}")
        if not all(math.isfinite(coordinate) for corner in self.corners for coordinate in corner):
            raise ValueError("polygon_m: every coordinate must be a finite number")
        self._check_simple()
        sides = []
        for (ax, ay), (bx, by) in self.edges():
            ex, ey = bx - ax, by - ay
            sides.append((ax, ay, ex, ey, ex * ex + ey * ey))
        object.__setattr__(self, "_sides", tuple(sides))  # computed once: every tick walks along them

    def _check_simple(self) -> None:
        """Raises ValueError where the edges touch or cross: then inside and outside are not what was meant."""
        edges = list(self.edges())
        for a, b in edges:
            if math.dist(a, b) < _SAME_M:
                raise ValueError(f"polygon_m: the corner {_said(a)} stands twice; leave one out, also at the end")
        if self.area_m2 < _NO_AREA_M2:
            raise ValueError("polygon_m: the corners lie on one line, or the edges cross; write corners around an area")
        for i, (a, b) in enumerate(edges):
            for c, d in edges[i + 1 :]:
                if _turns_back(a, b, d) if b == c else _turns_back(c, d, b) if d == a else _meet(a, b, c, d):
                    raise ValueError(
                        f"polygon_m: the edges {_said(a)} to {_said(b)} and {_said(c)} to {_said(d)} cross; "
                        "write the corners in the order in which one walks around the area"
                    )

    @property
    def area_m2(self) -> float:
        """What lies inside."""
        return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in self.edges())) / 2.0

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

    def touches(self, other: "Polygon") -> bool:
        """Whether both have a point in common."""
        if self.contains(other.corners[0]) or other.contains(self.corners[0]):
            return True
        return any(_meet(*mine, *theirs) for mine in self.edges() for theirs in other.edges())

    def nearest_by_edge(self, point: Point) -> Iterator[tuple[float, float, float]]:
        """For each edge: distance to its nearest point, and the unit vector towards it (0, 0 if the point is on it)."""
        x, y = point
        for ax, ay, ex, ey, length_squared in self._sides:
            share = ((x - ax) * ex + (y - ay) * ey) / length_squared
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


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the edges a–b and c–d have a point in common."""
    if _side(a, b, c) * _side(a, b, d) < 0.0 and _side(c, d, a) * _side(c, d, b) < 0.0:
        return True
    return _on(a, b, c) or _on(a, b, d) or _on(c, d, a) or _on(c, d, b)


def _turns_back(a: Point, corner: Point, b: Point) -> bool:
    """Whether the edge from `corner` to b runs along the one that came from a."""
    return _side(a, corner, b) == 0.0 and _along(corner, a, b) > 0.0


def _side(a: Point, b: Point, point: Point) -> float:
    """Above 0 where `point` is left of the line from a to b, 0 on it."""
    return (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])


def _along(origin: Point, one: Point, other: Point) -> float:
    """Above 0 where both lie to the same side of `origin`."""
    return (one[0] - origin[0]) * (other[0] - origin[0]) + (one[1] - origin[1]) * (other[1] - origin[1])


def _on(a: Point, b: Point, point: Point) -> bool:
    """Whether `point` lies on the edge a–b."""
    return _side(a, b, point) == 0.0 and _along(point, a, b) <= 0.0


def _said(point: Point) -> str:
    return f"[{point[0]:g}, {point[1]:g}]"
