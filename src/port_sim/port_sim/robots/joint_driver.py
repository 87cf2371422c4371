"""How the stand-in for an arm's stack moves it: one smooth trajectory to a goal. Pure; time is an argument.

A trajectory is said once and followed. So it is said anew only when the arm was stopped meanwhile, or stands although
it should not; while there is nothing to follow, the driver asks for where the arm is, as a stack that rests must.
"""

import math
from dataclasses import dataclass

#: A joint that is so near to its goal is there, rad.
NEAR_RAD = 0.02
#: Slower than this every joint stands, rad/s.
STILL_RADPS = 0.005
#: Before it sets off, the driver asks for no motion for so long: the gate waits for that.
ASKS_FOR_REST_S = 0.4
#: An arm that has stood on its way for so long is told the rest of it again.
STANDS_S = 1.0
#: Time between two points, s.
_SPACING_S = 0.2
#: By when a place that is to be held is to be reached, s.
_HOLD_S = 0.1
#: Of the polynomial that begins and ends at rest without a jerk: its greatest speed by the mean one, and its greatest
#: acceleration by way / time².
_FASTEST, _STEEPEST = 1.875, 5.7735

#: s after the start, rad, rad/s.
Point = tuple[float, tuple[float, ...], tuple[float, ...]]


@dataclass(frozen=True)
class JointManner:
    """goal_rad: of each joint. speed_mps: of any point of the arm, which reaches reach_m from each of its joints."""

    goal_rad: tuple[float, ...]
    reach_m: float
    speed_mps: float = 1.0
    acceleration_radps2: float = 1.0

    def __post_init__(self) -> None:
        for name in ("reach_m", "speed_mps", "acceleration_radps2"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: {getattr(self, name)} is not positive")
        if not self.goal_rad or not all(map(math.isfinite, self.goal_rad)):
            raise ValueError(f"goal_rad: {list(self.goal_rad)}: expected a number for each joint")


class JointDriver:
    """Says what to ask for; nothing while the arm is following what it was asked for."""

    def __init__(self, manner: JointManner) -> None:
        self._manner = manner
        self._goal = manner.goal_rad
        self._permission: int | None = None
        self._since_s = 0.0
        self._moving_s: float | None = None

    def go_to(self, goal_rad: tuple[float, ...]) -> None:
        """Another goal from now on; nothing happens for one that is none."""
        if len(goal_rad) == len(self._goal) and all(map(math.isfinite, goal_rad)):
            self._goal, self._moving_s = goal_rad, None

    def ask(
        self, now_s: float, positions: tuple[float, ...], velocities: tuple[float, ...], permission: int | None
    ) -> tuple[Point, ...]:
        """Points to ask for now; none: what was asked for goes on.

        permission: a number that is another after each stop; None: the arm may not move.
        """
        if permission != self._permission:
            self._permission, self._since_s, self._moving_s = permission, now_s, None
        if permission is None or now_s - self._since_s < ASKS_FOR_REST_S:
            return _hold(positions)
        if max(abs(goal - at) for goal, at in zip(self._goal, positions, strict=True)) <= NEAR_RAD:
            return _hold(self._goal)
        if any(abs(velocity) > STILL_RADPS for velocity in velocities):
            self._moving_s = now_s if self._moving_s is not None else None
        if self._moving_s is not None and now_s - self._moving_s < STANDS_S:
            return ()
        self._moving_s = now_s
        return self._way(positions)

    def _way(self, start: tuple[float, ...]) -> tuple[Point, ...]:
        """From `start` to the goal; every joint begins and ends with the others."""
        ways = tuple(goal - at for goal, at in zip(self._goal, start, strict=True))
        manner = self._manner
        by_speed_s = _FASTEST * manner.reach_m * sum(map(abs, ways)) / manner.speed_mps
        by_acceleration_s = math.sqrt(_STEEPEST * max(map(abs, ways)) / manner.acceleration_radps2)
        whole_s = max(by_speed_s, by_acceleration_s)
        count = max(2, math.ceil(whole_s / _SPACING_S))
        return tuple(_point(start, ways, whole_s, number / count) for number in range(1, count + 1))


def _point(start: tuple[float, ...], ways: tuple[float, ...], whole_s: float, u: float) -> Point:
    """The point at the share `u` of the time: 10u³ − 15u⁴ + 6u⁵ of the way is done."""
    done = u**3 * (10.0 - 15.0 * u + 6.0 * u * u)
    rate = 30.0 * u * u * (1.0 - u) ** 2 / whole_s
    positions = tuple(at + way * done for at, way in zip(start, ways, strict=True))
    return u * whole_s, positions, tuple(way * rate for way in ways)


def _hold(positions: tuple[float, ...]) -> tuple[Point, ...]:
    return ((_HOLD_S, positions, (0.0,) * len(positions)),)
