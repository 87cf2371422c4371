"""The physics of a simulated wheeled robot: commands and power in, motion out. Time is an argument; no I/O.

A differential drive that answers late (pure delay), softly (first order) and within its acceleration limits, brakes by
itself when commands stop coming, and has a spring brake that closes without power.
"""

import math
from collections import deque
from dataclasses import dataclass

from port_sim.robots.positive import all_positive

_STEP_S = 0.005
_RUNAWAY_FACTOR = 1.5


@dataclass(frozen=True)
class Limits:
    """What the robot can do; the names are those of a robot's profile.

    response_s: time constant of the drives. spring_brake_mps2: deceleration without power.
    """

    speed_mps: float = 1.5
    yaw_rate_radps: float = 1.5
    acceleration_mps2: float = 1.0
    deceleration_mps2: float = 1.2
    latency_s: float = 0.08
    response_s: float = 0.1
    yaw_acceleration_radps2: float = 4.0
    spring_brake_mps2: float = 2.5
    command_timeout_s: float = 0.5

    def __post_init__(self) -> None:
        all_positive(self)


@dataclass(frozen=True)
class Motion:
    """Where the robot is and how it moves: m, rad, m/s, rad/s.

    height_m: of its body over the floor, where it has one; sunk_m: how much lower that is than when it walks.
    fallen: it has come down otherwise than it should.
    """

    x: float = 0.0
    y: float = 0.0
    yaw: float = 0.0
    v: float = 0.0
    w: float = 0.0
    height_m: float = 0.0
    sunk_m: float = 0.0
    fallen: bool = False


class Wheeled:
    """One robot, standing at `start` until it has power and a command."""

    own_stop = ""

    def __init__(self, limits: Limits, start: Motion | None = None) -> None:
        self._limits = limits
        self.motion = start or Motion()
        self._waiting: deque[tuple[float, float, float]] = deque(maxlen=1000)
        self._target = (0.0, 0.0)
        self._heard_s = -math.inf
        self._now_s: float | None = None

    def command(self, v_mps: float, w_radps: float, now_s: float) -> None:
        """Ask for a speed and a turn rate; what is not finite is not a command."""
        if math.isfinite(v_mps) and math.isfinite(w_radps):
            top, turn = self._limits.speed_mps, self._limits.yaw_rate_radps
            self._waiting.append((now_s, max(-top, min(top, v_mps)), max(-turn, min(turn, w_radps))))
            self._heard_s = now_s

    def tell(self, word: str, now_s: float) -> None:
        """The stage of the stop profile; wheels have no posture to take."""

    def step(self, now_s: float, powered: bool, runaway: bool = False) -> Motion:
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
        v_target, w_target = self._wanted(now_s)
        slower, softness = limits.deceleration_mps2, limits.response_s
        if not powered:
            # Without power nothing is remembered: when it returns, an old command must not move the robot.
            self._waiting.clear()
            self._target = (0.0, 0.0)
            v_target, w_target, slower, softness = 0.0, 0.0, limits.spring_brake_mps2, dt_s
        elif runaway:
            v_target, w_target = _RUNAWAY_FACTOR * limits.speed_mps, 0.0
        v = _approach(before.v, v_target, limits.acceleration_mps2, slower, softness, dt_s)
        turn = limits.yaw_acceleration_radps2
        w = _approach(before.w, w_target, turn, turn * (1 if powered else 2), softness, dt_s)
        yaw = before.yaw + (before.w + w) / 2 * dt_s
        middle, path_m = (before.yaw + yaw) / 2, (before.v + v) / 2 * dt_s
        x, y = before.x + path_m * math.cos(middle), before.y + path_m * math.sin(middle)
        self.motion = Motion(x, y, math.remainder(yaw, math.tau), v, w)

    def _wanted(self, now_s: float) -> tuple[float, float]:
        """The command that has taken effect by now; zero when none came for too long."""
        while self._waiting and self._waiting[0][0] + self._limits.latency_s <= now_s:
            self._target = self._waiting.popleft()[1:]
        return self._target if now_s - self._heard_s <= self._limits.command_timeout_s else (0.0, 0.0)


def _approach(value: float, target: float, faster: float, slower: float, softness_s: float, dt_s: float) -> float:
    """One step of `value` towards `target`; `faster` limits what leads away from zero, `slower` what leads to it."""
    wish = (target - value) * min(1.0, dt_s / softness_s)
    if abs(target - value) < 0.002:
        wish = target - value  # the last of the first-order tail: brakes hold
    braking = value * wish < 0
    limit = (slower if braking else faster) * dt_s
    change = max(-limit, min(limit, wish))
    # Braking ends at zero; turning round begins with the next step, under the other limit.
    return 0.0 if braking and abs(change) > abs(value) else value + change
