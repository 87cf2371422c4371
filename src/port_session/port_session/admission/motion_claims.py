"""Whether a robot that moves says how: its odometry against what the ground saw, and against itself. Pure.

Of a robot that stands nothing of this can be known. The first thing that is wrong is told, as it explains the rest.
"""

import math

from port_safety.model.track import Place
from port_session.admission.finding import Finding
from port_session.admission.heard import Heard
from port_session.admission.motion import Travel

#: What counts as having moved, m and rad: far more than a camera errs.
MOVED_M, MOVED_RAD = 0.15, 0.25
#: How far one way may be from another that should be the same, as a share of it.
_SHARE = 0.35
_UNITS = ((1000.0, "mm", "m"), (100.0, "cm", "m"), (0.001, "km", "m"))


def motion_claims(topic: str, heard: Heard) -> list[Finding]:
    """What is wrong with the odometry of a robot that moved; empty if nothing is, or if it did not move."""
    travel = Travel.of(heard.odometry, heard.poses)
    if travel is None:
        return []
    found = (_against_ground(travel.seen, travel.claimed) if travel.seen else None) or _velocity(travel)
    return [Finding(topic, False, *found)] if found else []


def far_m(place: Place) -> float:
    return math.hypot(place[0], place[1])


def _against_ground(seen: Place, claimed: Place) -> tuple[str, str] | None:
    came_m, said_m = far_m(seen), far_m(claimed)
    if came_m > MOVED_M or said_m > MOVED_M:
        what = f"says that the robot came {said_m:.2f} m, the ground saw {came_m:.2f} m"
        if came_m > MOVED_M and said_m < 0.02 and abs(claimed[2]) < 0.02:
            return (
                f"{what}: its place is stuck",
                "restart the odometry's driver: it sends its last value again and again",
            )
        if found := _scale(what, said_m, came_m):
            return found
        if abs(seen[0]) > MOVED_M and claimed[0] * seen[0] < 0.0:
            remedy = "make x point ahead (REP-103) in the odometry, and lay the marker so that its top points ahead"
            return f"{what}, but the other way", remedy
    return _turned(seen[2], claimed[2])


def _scale(what: str, said_m: float, came_m: float) -> tuple[str, str] | None:
    if came_m < 0.02 and said_m > MOVED_M:
        remedy = "publish lengths in m and angles in rad (REP-103); if it does, see that no wheel spins"
        return f"{what}: it moves far more than the robot", remedy
    for factor, unit, right in _UNITS:
        if came_m > 0.02 and factor / 2 < said_m / came_m < factor * 2:
            return f"{what}: it counts in {unit}", f"publish lengths in {right} (REP-103): multiply by {1 / factor:g}"
    if abs(said_m - came_m) > max(_SHARE * came_m, MOVED_M):
        remedy = "measure wheels and gears again (their size in the driver), and see that the marker sits firmly"
        return f"{what}: {said_m / max(came_m, 0.01):.2f} times as far", remedy
    return None


def _turned(seen_rad: float, said_rad: float) -> tuple[str, str] | None:
    if max(abs(seen_rad), abs(said_rad)) < MOVED_RAD:
        return None
    what = f"says that the robot turned by {said_rad:.2f} rad, the ground saw {seen_rad:.2f} rad"
    if abs(seen_rad + said_rad) < _SHARE * abs(seen_rad):
        return (
            f"{what}: the other way round",
            "correct the sign: yaw is positive to the left, seen from above (REP-103)",
        )
    if abs(math.remainder(seen_rad - said_rad, math.tau)) > max(_SHARE * abs(seen_rad), MOVED_RAD):
        return what, "give orientation as a quaternion of the angle in rad, and measure the track of the wheels again"
    return None


def _velocity(travel: Travel) -> tuple[str, str] | None:
    """By its own places: the velocity must lead where they lead."""
    claimed, told = travel.claimed, travel.told
    came_m, told_m = far_m(claimed), far_m(told)
    if max(came_m, told_m) > MOVED_M:
        what = f"its places came {came_m:.2f} m in {travel.span_s:.1f} s, by its velocity it is {told_m:.2f} m"
        if told_m < 0.2 * came_m:
            return f"{what}: it says no velocity", "fill twist.twist.linear and .angular with the measured velocity"
        if found := _scale(what, told_m, came_m):
            problem, remedy = found
            return problem, remedy.replace("lengths in m", "velocities in m/s")
        if _apart_m(claimed, told) > max(_SHARE * came_m, MOVED_M):
            if _apart_m(claimed, travel.unturned) < _apart_m(claimed, told) / 2:
                remedy = "turn it by the robot's heading: twist is told in child_frame_id, x ahead (nav_msgs/Odometry)"
                return f"{what}, in the frame of the world", remedy
            return f"{what}, in another direction", "give velocity as x ahead and y to the left (REP-103)"
    return _turning(claimed[2], told[2])


def _apart_m(one: Place, other: Place) -> float:
    return math.hypot(one[0] - other[0], one[1] - other[1])


def _turning(came_rad: float, told_rad: float) -> tuple[str, str] | None:
    if max(abs(came_rad), abs(told_rad)) < MOVED_RAD:
        return None
    what = f"its places turned by {came_rad:.2f} rad, by its velocity it is {told_rad:.2f} rad"
    if abs(came_rad) > 0.01 and 30.0 < abs(told_rad / came_rad) < 110.0:
        return f"{what}: it counts in degrees", "publish turning in rad/s (REP-103): multiply by π/180"
    if abs(math.remainder(came_rad + told_rad, math.tau)) < _SHARE * abs(came_rad):
        return f"{what}: the other way round", "correct the sign of twist.angular.z: positive to the left (REP-103)"
    if abs(told_rad) < 0.2 * abs(came_rad):
        return f"{what}: it says no turning", "fill twist.twist.angular.z with the measured velocity"
    return None
