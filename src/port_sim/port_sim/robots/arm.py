"""The physics of a simulated arm: trajectories and power in, joints out. Time is an argument; no I/O.

Each joint answers late (pure delay), follows within its acceleration limits, and has a spring-applied brake that closes
without power. Like a joint trajectory controller it follows the newest trajectory to its end and holds it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from port_sim.robots.positive import all_positive

_STEP_S = 0.005
#: How fast a joint makes up for what it lags behind, 1/s.
_TRACKING = 20.0

Waypoint = tuple[float, tuple[float, ...]]


@dataclass(frozen=True)
class ArmLimits:
    """What a joint can do. brake_radps2: deceleration of the closed brake."""

    joints: int = 3
    speed_radps: float = 2.5
    acceleration_radps2: float = 8.0
    latency_s: float = 0.05
    brake_radps2: float = 15.0
    runaway_radps: float = 1.5

    def __post_init__(self) -> None:
        all_positive(self)


@dataclass(frozen=True)
class JointMotion:
    """Where the joints are and how fast: rad, rad/s."""

    positions: tuple[float, ...]
    velocities: tuple[float, ...]


class Arm:
    """One arm, standing at `start` until it has power and a command."""

    def __init__(self, limits: ArmLimits, start: Sequence[float] | None = None) -> None:
        self._limits = limits
        positions = tuple(start or (0.0,) * limits.joints)
        self.motion = JointMotion(positions, (0.0,) * limits.joints)
        self._waypoints: tuple[Waypoint, ...] = ()
        self._waiting: list[tuple[float, tuple[Waypoint, ...]]] = []
        self._now_s: float | None = None

    def follow(self, waypoints: Sequence[Waypoint], start_s: float, now_s: float) -> None:
        """Pass through `waypoints` (s after `start_s`, rad), in a straight line between two of them.

        All of them late: an arm that made up for its delay would be faster than it was told.
        """
        absolute = tuple((start_s + self._limits.latency_s + at_s, positions) for at_s, positions in waypoints)
        if absolute:
            self._waiting.append((now_s + self._limits.latency_s, absolute))

    def halt(self) -> None:
        """Forget every trajectory: the joints come to rest as fast as they can, and hold."""
        self._waiting.clear()
        self._waypoints = ()

    def step(self, now_s: float, powered: bool, runaway: bool = False) -> JointMotion:
        """Move on to `now_s`; a time that is not later changes nothing."""
        start_s = now_s if self._now_s is None else self._now_s
        steps = math.ceil(max(0.0, now_s - start_s) / _STEP_S)
        for number in range(steps):
            dt_s = (now_s - start_s) / steps
            self._advance(start_s + (number + 1) * dt_s, dt_s, powered, runaway)
        self._now_s = max(start_s, now_s)
        return self.motion

    def _advance(self, now_s: float, dt_s: float, powered: bool, runaway: bool) -> None:
        limits, before = self._limits, self.motion
        if not powered:
            # A controller without power forgets: when it returns, it holds where the arm is.
            self.halt()
            wanted, limit = (0.0,) * limits.joints, limits.brake_radps2
        else:
            wanted, limit = self._wanted(now_s, dt_s, runaway), limits.acceleration_radps2
        velocities = tuple(
            v + max(-limit * dt_s, min(limit * dt_s, target - v))
            for v, target in zip(before.velocities, wanted, strict=True)
        )
        moved = zip(before.positions, before.velocities, velocities, strict=True)
        self.motion = JointMotion(tuple(q + (v0 + v1) / 2 * dt_s for q, v0, v1 in moved), velocities)

    def _wanted(self, now_s: float, dt_s: float, runaway: bool) -> tuple[float, ...]:
        """Velocities that follow the newest trajectory; a runaway arm turns its joints whatever it is told."""
        limits = self._limits
        if runaway:
            return (limits.runaway_radps,) * limits.joints
        while self._waiting and self._waiting[0][0] <= now_s:
            self._waypoints = self._joined(self._waiting.pop(0)[1], now_s)
        if not self._waypoints:
            return (0.0,) * limits.joints
        now, soon = _place(self._waypoints, now_s), _place(self._waypoints, now_s + dt_s)
        speeds = (
            (after - at) / dt_s + _TRACKING * (at - is_at)
            for at, after, is_at in zip(now, soon, self.motion.positions, strict=True)
        )
        return tuple(max(-limits.speed_radps, min(limits.speed_radps, speed)) for speed in speeds)

    def _joined(self, waypoints: tuple[Waypoint, ...], now_s: float) -> tuple[Waypoint, ...]:
        """What is left of a new trajectory, from where the arm is if it begins later."""
        if waypoints[0][0] > now_s:
            return ((now_s, self.motion.positions), *waypoints)
        return waypoints


def _place(waypoints: tuple[Waypoint, ...], at_s: float) -> tuple[float, ...]:
    """Where the line through `waypoints` is at `at_s`; its ends hold."""
    if at_s <= waypoints[0][0]:
        return waypoints[0][1]
    for (begin_s, begin), (end_s, end) in pairwise(waypoints):
        if at_s < end_s:
            part = (at_s - begin_s) / (end_s - begin_s)
            return tuple(a + part * (b - a) for a, b in zip(begin, end, strict=True))
    return waypoints[-1][1]
