"""Polygons against the definition and by hand: on a grid, edge by edge, and however often they are asked."""

import math

import pytest

from port_safety.model.geometry import Around, Point, Polygon
from tests.unit.port_safety.rule_bench import exactly

CONVEX: list[tuple[Point, ...]] = [
    ((1.0, 0.5), (4.0, 1.5), (2.0, 5.0)),
    ((-3.0, -4.5), (-0.5, -3.0), (0.75, 1.25), (-2.25, 0.5)),
    ((0.25, 3.0), (3.5, -2.0), (5.0, 2.5)),
]
GRID = [(x / 2.0 + 0.13, y / 2.0 + 0.07) for x in range(-8, 12) for y in range(-10, 12)]
#: An L: 4 × 4 without its upper right 3 × 3.
ELL = Polygon(((0.0, 0.0), (4.0, 0.0), (4.0, 1.0), (1.0, 1.0), (1.0, 4.0), (0.0, 4.0)))


def left_of_all(corners: tuple[Point, ...], point: Point) -> bool:
    """Inside a convex polygon that goes round to the left: to the left of each of its edges."""
    x, y = point
    edges = zip(corners, corners[1:] + corners[:1], strict=True)
    return all((bx - ax) * (y - ay) > (by - ay) * (x - ax) for (ax, ay), (bx, by) in edges)


@pytest.mark.parametrize("corners", CONVEX)
def test_a_convex_polygon_contains_what_is_left_of_all_edges(corners: tuple[Point, ...]) -> None:
    """A convex polygon contains what is to the left of all its edges."""
    left, right = Polygon(corners), Polygon(corners[::-1])
    inside = {point for point in GRID if left_of_all(corners, point)}
    assert len(inside) > 10
    assert {point for point in GRID if left.contains(point)} == inside
    assert {point for point in GRID if right.contains(point)} == inside


def test_the_nearest_point_beyond_an_edge_is_one_of_its_ends() -> None:
    """The nearest point of an edge is one of its ends where the foot is outside."""
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


def test_what_was_worked_out_for_a_point_is_remembered() -> None:
    """What lies around a point is that of this point however often it is asked."""
    polygon = Polygon(CONVEX[0])
    for x, y in ((2.0, 2.0), (3.0, 9.0), (2.0, 2.0), (-1.0, 2.0), (2.0, 3.0), (2.0, 1.0)):
        fresh = Polygon(CONVEX[0])
        edges = tuple(fresh.nearest_by_edge((x, y)))
        around = polygon.around((x, y))
        assert around == Around(fresh.contains((x, y)), edges, fresh.distance((x, y)))
        assert polygon.around((float(x), float(y))) is around, "the last one is remembered"
        assert polygon == fresh and hash(polygon) == hash(fresh) and "Around" not in repr(polygon)


@pytest.mark.parametrize(
    ("corners", "says"),
    [
        (((0, 0), (4, 3), (4, 0), (0, 2)), r"\[0, 0\] to \[4, 3\] and \[4, 0\] to \[0, 2\] cross"),
        (((0, 0), (4, 0), (4, 4), (2, 0), (0, 4)), "cross"),  # a corner on an edge
        (((0, 0), (4, 0), (2, 2), (4, 4), (0, 4), (2, 2)), "cross"),  # a corner that two parts share
        (((0, 0), (4, 0), (4, 4), (6, 4), (4, 4.5), (4, 4)), "cross|twice"),
        (((0, 0), (4, 0), (2, 0), (2, 3)), "cross"),  # an edge that runs back along the one before
        (((2, 3), (0, 0), (4, 0), (2, 0)), "cross"),
        (((0, 0), (2, 2), (4, 4)), "one line"),
        (((0, 0), (2, 2), (2, 0), (0, 2)), "one line, or the edges cross"),  # its two halves cancel
        (((0, 0), (4, 0), (4, 3), (0, 0)), r"\[0, 0\] stands twice; leave one out, also at the end"),
        (((0, 0), (4, 0), (4, 0.0005), (4, 3)), r"\[4, 0\] stands twice"),
        (((0, 0), (4, 0)), "three or more corners, got 2"),
    ],
)
def test_what_is_no_simple_polygon_is_refused(corners: tuple[Point, ...], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Polygon(corners)
    with pytest.raises(ValueError, match="polygon_m: "):
        Polygon(corners[::-1])


@pytest.mark.parametrize("corners", [
    ((0, 0), (4, 0), (4, 3)), ((0, 0), (2, 0), (4, 0), (4, 3)), ((0, 0), (4, 0), (4, 4), (2, 1), (0, 4)),
    ((0, 0), (6, 0), (6, 4), (4, 4), (4, 2), (2, 2), (2, 4), (0, 4)),
])  # fmt: skip
def test_corners_on_a_straight_edge_and_dents_are_no_crossing(corners: tuple[Point, ...]) -> None:
    for turn in range(len(corners)):
        turned = corners[turn:] + corners[:turn]
        assert Polygon(turned).area_m2 == pytest.approx(Polygon(turned[::-1]).area_m2) and Polygon(turned).area_m2 > 0


def test_the_area_is_what_lies_inside() -> None:
    assert Polygon(((1, 1), (4, 1), (4, 3), (1, 3))).area_m2 == 6.0
    assert Polygon(((0, 0), (4, 0), (4, 4), (2, 2), (0, 4))).area_m2 == 12.0


@pytest.mark.parametrize(
    ("other", "touch"),
    [
        (((3, 3), (5, 3), (5, 5)), True),  # over a corner
        (((1, 1), (2, 1), (2, 2)), True),  # inside
        (((-9, -9), (9, -9), (9, 9), (-9, 9)), True),  # around
        (((-1, 1), (5, 1), (5, 2), (-1, 2)), True),  # across, no corner of either inside the other
        (((4, 0), (6, 0), (6, 4), (4, 4)), True),  # an edge in common
        (((4, 4), (6, 4), (6, 6)), True),  # a corner in common
        (((4.01, 0), (6, 0), (6, 4)), False),
        (((0, -3), (4, -3), (4, -1)), False),
    ],
)
def test_polygons_touch_where_they_have_a_point_in_common(other: tuple[Point, ...], touch: bool) -> None:
    square = Polygon(((0, 0), (4, 0), (4, 4), (0, 4)))
    assert square.touches(Polygon(other)) is touch
    assert Polygon(other).touches(square) is touch


@pytest.mark.parametrize(
    ("point", "inside", "distance_m", "nearest"),
    [
        ((0.5, 0.25), True, 0.25, (0.5, 0.25)),
        ((0.25, 3.5), True, 0.25, (0.25, 3.5)),
        ((3.5, 0.25), True, 0.25, (3.5, 0.25)),
        ((2.0, 3.0), False, 1.0, (1.0, 3.0)),
        ((3.0, 2.5), False, 1.5, (3.0, 1.0)),
        ((5.0, 2.0), False, math.sqrt(2.0), (4.0, 1.0)),
        ((-3.0, -4.0), False, 5.0, (0.0, 0.0)),
        ((-0.5, 2.0), False, 0.5, (0.0, 2.0)),
        ((0.5, -2.0), False, 2.0, (0.5, 0.0)),
        ((2.0, 0.0), None, 0.0, (2.0, 0.0)),
    ],
)
def test_a_points_place_to_a_polygon_is_this_worked_out_by_hand(
    point: tuple[float, float], inside: bool | None, distance_m: float, nearest: tuple[float, float]
) -> None:
    assert inside is None or ELL.contains(point) is inside
    assert ELL.distance(point) == exactly(distance_m)
    assert ELL.nearest_point(point) == exactly(nearest)


def test_each_edge_is_so_far_and_in_that_direction() -> None:
    square = Polygon.from_flat([0.0, 0.0, 2.0, 0.0, 2.0, 2.0, 0.0, 2.0])
    assert list(square.nearest_by_edge((0.5, 0.75))) == [
        exactly((0.75, 0.0, -1.0)),
        exactly((1.5, 1.0, 0.0)),
        exactly((1.25, 0.0, 1.0)),
        exactly((0.5, -1.0, 0.0)),
    ]
    assert next(iter(square.nearest_by_edge((1.0, 0.0)))) == (0.0, 0.0, 0.0)
    assert next(iter(square.nearest_by_edge((5.0, 4.0)))) == exactly((5.0, -0.6, -0.8))


@pytest.mark.parametrize("bad", [[0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 0.0, 1.0, math.inf]])
def test_a_polygon_that_is_none_cannot_be_born(bad: list[float]) -> None:
    with pytest.raises(ValueError, match=r"corners|pairs|finite"):
        Polygon.from_flat(bad)
