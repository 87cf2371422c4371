"""Polygons against the definition: on a grid, edge by edge, and however often they are asked."""

import math

import pytest

from port_safety.core.geometry import Around, Point, Polygon

CONVEX: list[tuple[Point, ...]] = [
    ((1.0, 0.5), (4.0, 1.5), (2.0, 5.0)),
    ((-3.0, -4.5), (-0.5, -3.0), (0.75, 1.25), (-2.25, 0.5)),
    ((0.25, 3.0), (3.5, -2.0), (5.0, 2.5)),
]
GRID = [(x / 2.0 + 0.13, y / 2.0 + 0.07) for x in range(-8, 12) for y in range(-10, 12)]


def left_of_all(corners: tuple[Point, ...], point: Point) -> bool:
    """Inside a convex polygon that goes round to the left: to the left of each of its edges."""
    x, y = point
    edges = zip(corners, corners[1:] + corners[:1], strict=True)
    return all((bx - ax) * (y - ay) > (by - ay) * (x - ax) for (ax, ay), (bx, by) in edges)


@pytest.mark.parametrize("corners", CONVEX)
def test_a_convex_polygon_contains_what_is_to_the_left_of_all_its_edges(corners: tuple[Point, ...]) -> None:
    left, right = Polygon(corners), Polygon(corners[::-1])
    inside = {point for point in GRID if left_of_all(corners, point)}
    assert len(inside) > 10
    assert {point for point in GRID if left.contains(point)} == inside
    assert {point for point in GRID if right.contains(point)} == inside


def test_the_nearest_point_of_an_edge_is_one_of_its_ends_where_the_foot_is_outside() -> None:
    corners = ((1.0, 1.0), (4.0, 1.0), (4.0, 5.0))
    for point, feet in (
        ((-2.0, -3.0), ((1.0, 1.0), (4.0, 1.0), (1.0, 1.0))),
        ((7.0, 9.0), ((4.0, 1.0), (4.0, 5.0), (4.0, 5.0))),
        ((2.0, 0.0), ((2.0, 1.0), (4.0, 1.0), (1.0, 1.0))),
    ):
        found = Polygon(corners).nearest_by_edge(point)
        for (distance_m, ux, uy), foot in zip(found, feet, strict=True):
            assert distance_m == pytest.approx(math.dist(point, foot)) and math.hypot(ux, uy) == pytest.approx(1.0)
            assert (point[0] + distance_m * ux, point[1] + distance_m * uy) == pytest.approx(foot)


def test_a_point_that_is_nowhere_is_at_every_edge() -> None:
    assert list(Polygon(CONVEX[0]).nearest_by_edge((math.nan, 0.0))) == [(0.0, 0.0, 0.0)] * 3


def test_what_lies_around_a_point_is_that_of_this_point_however_often_it_is_asked() -> None:
    polygon = Polygon(CONVEX[0])
    for x, y in ((2.0, 2.0), (3.0, 9.0), (2.0, 2.0), (-1.0, 2.0), (2.0, 3.0), (2.0, 1.0)):
        fresh = Polygon(CONVEX[0])
        edges = tuple(fresh.nearest_by_edge((x, y)))
        around = polygon.around((x, y))
        assert around == Around(fresh.contains((x, y)), edges, fresh.distance((x, y)))
        assert polygon.around((float(x), float(y))) is around, "the last one is remembered"
        assert polygon == fresh and hash(polygon) == hash(fresh) and "Around" not in repr(polygon)
