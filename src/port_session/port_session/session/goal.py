"""Whether the robot came to the goal of its trial: it stood there while the session ran, or when it was over. Pure."""

import math
from collections.abc import Sequence
from typing import Any

#: Up to this speed a robot counts as standing.
STANDSTILL_MPS = 0.05


class Goal:
    """Of one session. place_m: x, y in frame ground; none where the trial has no goal."""

    def __init__(self, place_m: Sequence[float], tolerance_m: float) -> None:
        self._place_m, self._tolerance_m = tuple(place_m), tolerance_m
        self._nearest_m = math.inf

    def look(self, position_m: tuple[float, float], speed_mps: float) -> None:
        """Where the robot is while the session runs; who only drives past has not come to the goal."""
        if self._place_m and speed_mps <= STANDSTILL_MPS:
            self._nearest_m = min(self._nearest_m, math.dist(self._place_m, position_m))

    def outcome(self, position_m: tuple[float, float] | None) -> dict[str, Any]:
        """Of a robot that is at `position_m` when the session is over; empty where nothing can be said."""
        if not self._place_m or position_m is None:
            return {}
        ended_m = math.dist(self._place_m, position_m)
        nearest_m = min(self._nearest_m, ended_m)
        return {
            "distance_to_goal_m": ended_m, "nearest_to_goal_m": nearest_m, "reached": nearest_m <= self._tolerance_m
        }  # fmt: skip
