"""The points of a joint trajectory and what lies between them. Positions in rad, times in s from its start."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from port_safety.model.joints import JointPeaks

#: What is left of a zero that was computed: planners send 1e-17 and 1.2e-7 rad/s as the speed of a last point.
ROUNDING_RADPS = 1e-6
#: Messages count nanoseconds: two points that are nearer than half of one are at the same time.
SAME_S = 0.5e-9
#: A day: at the slowest pace at which the gate lets a trajectory through, its end still fits into a message (2³¹ s).
LONGEST_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a trajectory: where every joint is and how fast, `at_s` after the start.

    velocities and accelerations are empty where they are not given (trajectory_msgs/JointTrajectoryPoint).
    """

    at_s: float
    positions: tuple[float, ...]
    velocities: tuple[float, ...] = ()
    accelerations: tuple[float, ...] = ()

    def slowed(self, share: float, at_s: float | None = None) -> "Point":
        """The same point passed at `share` (above 0) of the speed: velocity by the share, acceleration by its square.

        at_s: when; without it the time is stretched like the velocity.
        """
        return Point(
            self.at_s / share if at_s is None else at_s,
            self.positions,
            tuple(velocity * share for velocity in self.velocities),
            tuple(acceleration * share * share for acceleration in self.accelerations),
        )


def between(points: Sequence[Point], at_s: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Positions and velocities at `at_s`: a cubic where both ends name velocities, else a line, as controllers do.

    Before the first point the first one holds, behind the last one the last one, both at rest.
    """
    first, last = points[0], points[-1]
    at_rest = (0.0,) * len(first.positions)
    if at_s < first.at_s:
        return first.positions, at_rest
    if at_s >= last.at_s:
        return last.positions, at_rest
    index = bisect_right(points, at_s, key=lambda point: point.at_s)
    before, after = points[index - 1], points[index]
    span_s = after.at_s - before.at_s
    part = (at_s - before.at_s) / span_s
    if not (before.velocities and after.velocities):
        ways = [(begin, end - begin) for begin, end in zip(before.positions, after.positions, strict=True)]
        return tuple(begin + part * way for begin, way in ways), tuple(way / span_s for _, way in ways)
    ends = zip(before.positions, after.positions, before.velocities, after.velocities, strict=True)
    pairs = [_hermite(p0, p1, v0 * span_s, v1 * span_s, part) for p0, p1, v0, v1 in ends]
    return tuple(pair[0] for pair in pairs), tuple(pair[1] / span_s for pair in pairs)


def _hermite(p0: float, p1: float, m0: float, m1: float, u: float) -> tuple[float, float]:
    """Value and derivative by u of the cubic through p0 and p1 with the derivatives m0 and m1, u in 0..1."""
    a, b = 2.0 * p0 - 2.0 * p1 + m0 + m1, -3.0 * p0 + 3.0 * p1 - 2.0 * m0 - m1
    return ((a * u + b) * u + m0) * u + p0, (3.0 * a * u + 2.0 * b) * u + m0


def peaks(points: Sequence[Point], joints: int) -> JointPeaks:
    """The most that a trajectory asks of each of so many joints, at its points and between them.

    A cubic is fastest at an end or where its acceleration is 0, and accelerates most at an end. Where no velocities are
    named the way between two points is a line: its acceleration is the change of speed at a point over the mean time to
    the points beside it, as a finite difference; it begins as fast as its first point says, and ends at rest.
    """
    rows = [_joint_peaks(points, joint) for joint in range(joints)]
    lowest = tuple(min((point.positions[joint] for point in points), default=0.0) for joint in range(joints))
    highest = tuple(max((point.positions[joint] for point in points), default=0.0) for joint in range(joints))
    if not points:
        lowest = highest = ()
    return JointPeaks(tuple(row[0] for row in rows), tuple(row[1] for row in rows), lowest, highest)


def _joint_peaks(points: Sequence[Point], joint: int) -> tuple[float, float]:
    fastest = steepest = 0.0
    slope_before = points[0].velocities[joint] if points and points[0].velocities else 0.0
    span_before = 0.0
    for before, after in pairwise(points):
        span_s = after.at_s - before.at_s
        slope = (after.positions[joint] - before.positions[joint]) / span_s
        if before.velocities and after.velocities:
            v0, v1 = before.velocities[joint], after.velocities[joint]
            speed, change = _cubic_peaks(slope, v0, v1, span_s)
            slope_before, span_before = v1, 0.0
        else:
            mean_s = (span_before + span_s) / 2.0
            speed, change = abs(slope), abs(slope - slope_before) / mean_s
            slope_before, span_before = slope, span_s
        fastest, steepest = max(fastest, speed), max(steepest, change)
    if span_before:
        steepest = max(steepest, 2.0 * abs(slope_before) / span_before)
    for point in points:
        fastest = max(fastest, abs(point.velocities[joint]) if point.velocities else 0.0)
        steepest = max(steepest, abs(point.accelerations[joint]) if point.accelerations else 0.0)
    return fastest, steepest


def _cubic_peaks(slope: float, v0: float, v1: float, span_s: float) -> tuple[float, float]:
    """Greatest speed and acceleration of the cubic with mean speed `slope` that begins with v0 and ends with v1."""
    a0, a1 = (6.0 * slope - 4.0 * v0 - 2.0 * v1) / span_s, (2.0 * v0 + 4.0 * v1 - 6.0 * slope) / span_s
    fastest = max(abs(v0), abs(v1))
    if a0 * a1 < 0.0:
        inside_s = span_s * a0 / (a0 - a1)
        fastest = max(fastest, abs(v0 + a0 * inside_s / 2.0))
    return fastest, max(abs(a0), abs(a1))


def order_fault(points: Sequence[Point]) -> str:
    """What is wrong with the times and with the end, in words; empty if nothing is."""
    last_s = -math.inf
    for number, point in enumerate(points):
        if not (math.isfinite(point.at_s) and point.at_s >= 0.0):
            return f"point {number} is at {point.at_s} s"
        if point.at_s > LONGEST_S:
            return f"point {number} is at {point.at_s:g} s; a trajectory lasts at most {LONGEST_S:g} s"
        if point.at_s - last_s < SAME_S:
            return f"point {number} at {point.at_s:g} s does not come after the one before, at {last_s:g} s"
        last_s = point.at_s
    if points and any(abs(velocity) > ROUNDING_RADPS for velocity in points[-1].velocities):
        return "the last point still moves: a trajectory ends at rest"
    return ""
