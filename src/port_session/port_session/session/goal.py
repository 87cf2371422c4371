"""Whether the robot came to the goal of its trial: it stood there while the session ran, or when it was over. Pure."""

import math
from collections.abc import Sequence
from typing import Any

#: Up to this speed a robot counts as standing.
STANDSTILL_MPS = 0.05


class Goal:
    """Of one session. place: x, y in frame ground, m, or of an arm each joint, rad; none where the trial has no goal.

    in_joints: the distance is that of the joint that is the furthest from its own, rad.
    """

    def __init__(self, place: Sequence[float], tolerance: float, in_joints: bool = False) -> None:
        self._place, self._tolerance, self._in_joints = tuple(place), tolerance, in_joints
        self._nearest = math.inf

    def look(self, place: Sequence[float], speed_mps: float) -> None:
        """Where the robot is while the session runs; who only drives past has not come to the goal."""
        if self._place and speed_mps <= STANDSTILL_MPS:
            self._nearest = min(self._nearest, self._away(place))

    def outcome(self, place: Sequence[float] | None) -> dict[str, Any]:
        """Of a robot that is at `place` when the session is over; empty where nothing can be said."""
        if not self._place or place is None:
            return {}
        ended = self._away(place)
        nearest, unit = min(self._nearest, ended), "rad" if self._in_joints else "m"
        return {
            f"distance_to_goal_{unit}": ended, f"nearest_to_goal_{unit}": nearest, "reached": nearest <= self._tolerance
        }  # fmt: skip

    def _away(self, place: Sequence[float]) -> float:
        if self._in_joints:
            return max(abs(goal - at) for goal, at in zip(self._place, place, strict=True))
        return math.dist(self._place, place)
