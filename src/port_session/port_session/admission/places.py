"""Do zones and trial fit together? Asked of the gate's own envelope, as it would be in force. Starts nothing.

A trial that begins or ends where the gate will not let the robot be, and a zone that can never matter, are found before
anything moves.
"""

from collections.abc import Iterator
from typing import Any

from port_session.admission.finding import Finding, misplaced
from port_session.description.resolve import Resolved

#: How far a guarded area may reach into the robot's: what a tape measures. Into how many steps a box is divided.
_INTO_M, _STEPS = 0.05, 40


def places(resolved: Resolved, envelope: Any) -> list[Finding]:
    """What lies where it must not. envelope: port_safety's, made of this session."""
    return [*_trial(resolved, envelope), *_idle_zones(resolved, envelope), *_guarded_lane(resolved, envelope)]


def _trial(resolved: Resolved, envelope: Any) -> Iterator[Finding]:
    trial, file = resolved.description["trial"], resolved.files["trial"]
    if trial["goal_m"] is None:
        return  # an arm stays where it is, and its rules have looked at that
    for key in ("start_pose", "goal_m"):
        x, y = trial[key][:2]
        for edge in envelope.boundaries.values():
            room_m = edge.clearance_m((x, y))
            # Towards the edge the robot is slowed so that it stands this far from it.
            kept_m = max(0.0, edge.margin_m - trial["tolerance_m"]) if key == "goal_m" else 0.0
            if room_m < kept_m:
                radius_m = resolved.description["robot"]["footprint_radius_m"]
                problem = (
                    f"at [{x:g}, {y:g}] a robot of radius {radius_m:g} m has {room_m:.2f} m to the edge of zone "
                    f"{edge.zone} of ground {resolved.description['ground']['name']}, "
                    f"expected its margin_m of {edge.margin_m:.2f} or more"
                )
                yield misplaced(file, key, f"{problem}; move it, or the zone's corners")
                break


def _idle_zones(resolved: Resolved, envelope: Any) -> Iterator[Finding]:
    """A zone outside of where the robot may be; those in which people are looked for may lie there."""
    zones = resolved.description["ground"]["zones"]
    polygons = {name: envelope.rules[name].polygon for name in zones}
    bounds = [polygons[name] for name, zone in zones.items() if zone["kind"] == "keep_in"]
    for name, zone in zones.items():
        if zone["kind"] == "keep_in" or zone["occupied_limit_mps"] is not None:
            continue
        if not all(polygons[name].touches(bound) for bound in bounds):
            problem = "the zone lies where no robot may be (zones of kind keep_in), so it would never matter"
            key = f"zones.{name}.polygon_m"
            yield misplaced(resolved.files["ground"], key, f"{problem}; correct its corners, or leave it out")


def _guarded_lane(resolved: Resolved, envelope: Any) -> Iterator[Finding]:
    """A guarded area in which the robot may be: whoever is seen there would not count, even right beside it."""
    separation = envelope.rules.get("separation")
    zones = resolved.description["ground"]["zones"]
    bounds, forbidden = (
        [envelope.rules[name].polygon for name, zone in zones.items() if zone["kind"] == kind]
        for kind in ("keep_in", "keep_out")
    )
    for name, area in separation.guarded.items() if separation else ():
        inside = (area, *bounds)
        if any(
            all(each.contains(spot) and each.distance(spot) > _INTO_M for each in inside)
            and not any(each.contains(spot) or each.distance(spot) < _INTO_M for each in forbidden)
            for spot in _spots(inside)
        ):
            problem = "the robot may be in there, so no guard is between it and people, who would not count"
            remedy = "correct its corners, or write a zone of kind keep_out around it"
            yield misplaced(resolved.files["ground"], f"people.guarded.{name}", f"{problem}; {remedy}")


def _spots(areas: tuple[Any, ...]) -> Iterator[tuple[float, float]]:
    """A grid over the box that all areas have in common."""
    least = [max(min(corner[axis] for corner in area.corners) for area in areas) for axis in (0, 1)]
    most = [min(max(corner[axis] for corner in area.corners) for area in areas) for axis in (0, 1)]
    shares = [(step + 0.5) / _STEPS for step in range(_STEPS)]
    x, y = ([low + share * (high - low) for share in shares] for low, high in zip(least, most, strict=True))
    return ((at_x, at_y) for at_x in x for at_y in y)
