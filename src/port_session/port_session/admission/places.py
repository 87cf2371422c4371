"""Do zones and trial fit together? Asked of the gate's own envelope, as it would be in force. Starts nothing.

A trial that begins or ends where the gate will not let the robot be, and a zone that can never matter, are found before
anything moves.
"""

from collections.abc import Iterator
from typing import Any

from port_session.admission.finding import Finding, misplaced
from port_session.description.resolve import Resolved


def places(resolved: Resolved, envelope: Any) -> list[Finding]:
    """What lies where it must not. envelope: port_safety's, made of this session."""
    return [*_trial(resolved, envelope), *_idle_zones(resolved, envelope)]


def _trial(resolved: Resolved, envelope: Any) -> Iterator[Finding]:
    trial, file = resolved.description["trial"], resolved.files["trial"]
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
                    f"{edge.zone} of ground {resolved.description['ground']['name']}, expected {kept_m:.2f} or more"
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
