"""Do the devices of a ground lie where devices can: beside each other, near where the robot may be? Starts nothing."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from port_session.admission.finding import Finding, misplaced, unlikely
from port_session.description.plausible import doubts
from port_session.description.resolve import Resolved

#: Further from where the robot may be, a device belongs to another ground, or its place is in mm.
_FAR_M = 100.0
#: What two plates side by side may overlap by: a tape's error.
_OVERLAP_M = 0.02
#: A marker has six modules or more across: with less than a pixel for each, none can be read; with three, it can.
_UNREADABLE_PX, _POOR_PX = 6.0, 18.0

Point = tuple[float, float]


def layout(resolved: Resolved) -> list[Finding]:
    """What cannot be, and what is unlikely, in the numbers of the session's files."""
    made = [(resolved.files[one.file], one.key, one.problem, one.unlikely) for one in doubts(resolved.description)]
    found = [
        unlikely(file, key, problem) if told else misplaced(file, key, problem) for file, key, problem, told in made
    ]
    named = {finding.key.partition("[")[0] for finding in found}
    more = [*_far_away(resolved), *_on_each_other(resolved)]
    return [*found, *(finding for finding in more if finding.key not in named)]


def _far_away(resolved: Resolved) -> Iterator[Finding]:
    ground = resolved.description["ground"]
    for key, spot in _places(ground):
        off_m = beside_m(ground, spot)
        if off_m > _FAR_M:
            problem = f"is {off_m:.0f} m away from where robots may be (zones of kind keep_in)"
            yield misplaced(resolved.files["ground"], key, f"{problem}; a length is in m, divide mm by 1000")


def _places(ground: dict[str, Any]) -> Iterator[tuple[str, Point]]:
    """Each device with its place on the floor."""
    for name, camera in ground["cameras"].items():
        yield f"cameras.{name}.pose", (camera["pose"][0], camera["pose"][1])
    for name, plate in ground["force_plates"].items():
        yield f"force_plates.{name}.corners_m", _middle(plate["corners_m"])
    for index, (_, x, y, _) in enumerate((ground["floor_tags"] or {"places": ()})["places"]):
        yield f"floor_tags.places[{index}]", (x, y)


def beside_m(ground: dict[str, Any], spot: Point) -> float:
    """How far `spot` lies outside of the box around the zones in which robots may be; 0 inside of it."""
    corners = [c for zone in ground["zones"].values() if zone["kind"] == "keep_in" for c in zone["polygon_m"]]
    if not corners:  # refused elsewhere
        return 0.0
    off = [
        max(min(values) - at, at - max(values), 0.0)
        for at, values in zip(spot, zip(*corners, strict=True), strict=True)
    ]
    return math.hypot(*off)


def _on_each_other(resolved: Resolved) -> Iterator[Finding]:
    plates = list(resolved.description["ground"]["force_plates"].items())
    for number, (name, plate) in enumerate(plates):
        for other, its in plates[:number]:
            if _overlap(plate["corners_m"], its["corners_m"]):
                problem = f"the plate lies on force_plates.{other}; measure the corners of both"
                yield misplaced(resolved.files["ground"], f"force_plates.{name}.corners_m", problem)


def _overlap(one: Sequence[Sequence[float]], other: Sequence[Sequence[float]]) -> bool:
    """Whether two rectangles at one height have an area in common: no line along a side keeps them apart."""
    if abs(_height_m(one) - _height_m(other)) > _OVERLAP_M:
        return False
    for corners in (one, other):
        for a, b in ((corners[0], corners[1]), (corners[1], corners[2])):
            length = math.dist(a[:2], b[:2])
            if length == 0.0:  # refused elsewhere
                return False
            x, y = (b[0] - a[0]) / length, (b[1] - a[1]) / length
            mine, theirs = ([x * c[0] + y * c[1] for c in each] for each in (one, other))
            if min(max(mine), max(theirs)) - max(min(mine), min(theirs)) <= _OVERLAP_M:
                return False
    return True


def _middle(corners: Sequence[Sequence[float]]) -> Point:
    return sum(c[0] for c in corners) / len(corners), sum(c[1] for c in corners) / len(corners)


def _height_m(corners: Sequence[Sequence[float]]) -> float:
    return sum(c[2] for c in corners) / len(corners)


def sight(resolved: Resolved, cameras: Any) -> list[Finding]:
    """Cameras that are too far off to read the robot's marker. cameras: the settings that the camera node makes."""
    ground, height_m = resolved.description["ground"], resolved.description["robot"]["marker_height_m"]
    size_m = ground["robot_marker"]["size_m"]
    found = []
    for name, model in cameras.models.items():
        if model is None:
            continue
        x, y, z = (float(at) for at in model.position_m)
        nearest_m = max(math.hypot(z - height_m, beside_m(ground, (x, y))), 0.1)
        wide_px = float(min(model.matrix[0, 0], model.matrix[1, 1])) * size_m / nearest_m
        if wide_px < _POOR_PX:
            problem = (
                f"the robot's marker of {size_m:g} m, {nearest_m:.1f} m away or more, is {wide_px:.2g} px wide at most"
            )
            told = misplaced if wide_px < _UNREADABLE_PX else unlikely
            remedy = "check pose, robot_marker.size_m and the focal length in the calibration"
            found.append(told(resolved.files["ground"], f"cameras.{name}.pose", f"{problem}; {remedy}"))
    return found
