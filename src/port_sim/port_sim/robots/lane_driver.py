"""How the stand-in for a team's stack drives: straight to a goal, gently. Pure; time is an argument."""

import math
from dataclasses import dataclass

from port_sim.robots.wheeled import Motion

_HOLD_HEADING_M = 0.6  # nearer than this the direction to the goal says nothing useful


#: Turned away from its goal by more than this it turns on the spot: a lane is no place for wide turns.
_TURNED_AWAY_RAD = 0.4


@dataclass(frozen=True)
class Manner:
    """Limits the driver sets itself. get_up_s: how long its robot takes to get on its legs before it can walk.

    latency_s: how much later than asked it changes its speed.
    """

    goal_m: tuple[float, float]
    speed_mps: float = 1.0
    acceleration_mps2: float = 0.5
    deceleration_mps2: float = 0.5
    tolerance_m: float = 0.05
    turn_gain: float = 1.2
    yaw_rate_radps: float = 0.6
    get_up_s: float = 0.0
    latency_s: float = 0.0

    def __post_init__(self) -> None:
        for name in ("speed_mps", "acceleration_mps2", "deceleration_mps2", "tolerance_m", "turn_gain"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: {getattr(self, name)} is not positive")


class LaneDriver:
    """Makes commands. While it may not move it asks for zero, and it begins anew from zero."""

    def __init__(self, manner: Manner) -> None:
        self._manner = manner
        self._goal_m = manner.goal_m
        self._asked_mps = 0.0
        self._now_s: float | None = None
        self._heading: float | None = None
        self._may_move_since_s: float | None = None
        self.arrived = False

    def go_to(self, goal_m: tuple[float, float]) -> None:
        """Another goal from now on, x and y in m; nothing happens for one that is none."""
        if all(map(math.isfinite, goal_m)) and goal_m != self._goal_m:
            self._goal_m, self._heading = goal_m, None

    def command(self, now_s: float, at: Motion, may_move: bool) -> tuple[float, float]:
        """Speed in m/s and turn rate in rad/s to ask for now."""
        dt_s = 0.0 if self._now_s is None else min(0.1, max(0.0, now_s - self._now_s))
        self._now_s = now_s
        if not self._is_up(now_s, may_move):
            self._asked_mps = 0.0
            return 0.0, 0.0
        to_x, to_y = self._goal_m[0] - at.x, self._goal_m[1] - at.y
        distance_m = math.hypot(to_x, to_y)
        heading = self._heading_to(to_x, to_y, distance_m, at.yaw)
        ahead_m = to_x * math.cos(heading) + to_y * math.sin(heading)
        self.arrived = ahead_m <= self._manner.tolerance_m
        if self.arrived:
            self._asked_mps = 0.0
            return 0.0, 0.0
        turn = math.remainder(heading - at.yaw, math.tau)
        self._asked_mps = self._speed(dt_s, ahead_m, turn)
        limit = self._manner.yaw_rate_radps
        return self._asked_mps, max(-limit, min(limit, self._manner.turn_gain * turn))

    def _is_up(self, now_s: float, may_move: bool) -> bool:
        """Whether the robot has been let go for long enough to be on its legs."""
        if not may_move:
            self._may_move_since_s = None
        elif self._may_move_since_s is None:
            self._may_move_since_s = now_s
        since_s = self._may_move_since_s
        return since_s is not None and now_s - since_s >= self._manner.get_up_s

    def _heading_to(self, to_x: float, to_y: float, distance_m: float, yaw: float) -> float:
        if distance_m > _HOLD_HEADING_M:
            self._heading = math.atan2(to_y, to_x)
        return yaw if self._heading is None else self._heading

    def _speed(self, dt_s: float, ahead_m: float, turn: float) -> float:
        """Ramp up, cruise, and brake so as to stand at the goal; slow while turned away from it."""
        manner = self._manner
        ramp = self._asked_mps + manner.acceleration_mps2 * dt_s
        left_m = ahead_m - manner.tolerance_m / 2 - self._asked_mps * manner.latency_s
        brake = math.sqrt(2 * manner.deceleration_mps2 * max(0.0, left_m))
        ahead = max(0.0, 1.0 - (turn / _TURNED_AWAY_RAD) ** 2)
        return min(ramp, manner.speed_mps * ahead, max(brake, 0.05))
