"""A simulated humanoid on the floor: walks along its heading by `Humanoid`, turns while it steps. No I/O."""

import math

from port_sim.robots.humanoid import Build, Humanoid
from port_sim.robots.wheeled import Limits, Motion

#: So near its height it is up.
_UP_M = 0.02


class Walker:
    """One robot, on its knees at `start` until it has power. Without commands it halts by itself."""

    own_stop = "settle"

    def __init__(self, limits: Limits, start: Motion | None = None) -> None:
        self._limits = limits
        self._body = Humanoid(Build(speed_mps=limits.speed_mps, deceleration_mps2=limits.deceleration_mps2))
        begin = start or Motion()
        self._x, self._y, self._yaw, self._w = begin.x, begin.y, begin.yaw, 0.0
        self._asked, self._word = (0.0, 0.0), ""
        self._heard_s = -math.inf
        self._now_s: float | None = None

    @property
    def motion(self) -> Motion:
        body = self._body
        sunk_m = body.build.stand_m - body.height_m
        return Motion(self._x, self._y, self._yaw, body.v, self._w, body.height_m, sunk_m, body.fallen)

    def command(self, v_mps: float, w_radps: float, now_s: float) -> None:
        """Ask for a speed and a turn rate; what is not finite is not a command."""
        if math.isfinite(v_mps) and math.isfinite(w_radps):
            turn = self._limits.yaw_rate_radps
            self._asked, self._heard_s = (v_mps, max(-turn, min(turn, w_radps))), now_s
            self._body.command(v_mps, self._word, now_s)

    def tell(self, word: str, now_s: float) -> None:
        """The stage of the stop profile; `Humanoid.command` says what it does then."""
        if word != self._word:
            self._word = word
            self._body.command(self._asked[0], word, now_s)

    def step(self, now_s: float, powered: bool, runaway: bool = False) -> Motion:
        """Move on to `now_s`. A robot that runs away walks on, whatever it is told."""
        dt_s = 0.0 if self._now_s is None else max(0.0, now_s - self._now_s)
        self._now_s = now_s
        if self._asked != (0.0, 0.0) and now_s - self._heard_s > self._limits.command_timeout_s:
            self.command(0.0, 0.0, now_s)
        before_m = self._body.x
        self._body.step(now_s, powered, runaway)
        self._turn(dt_s)
        path_m = self._body.x - before_m
        self._x, self._y = self._x + path_m * math.cos(self._yaw), self._y + path_m * math.sin(self._yaw)
        return self.motion

    @property
    def _stands(self) -> bool:
        """On its legs, and not told to come down."""
        return self._word == "" and self._body.height_m >= self._body.build.stand_m - _UP_M

    def _turn(self, dt_s: float) -> None:
        """Feet on the floor do not turn: it steps, on the spot if it must."""
        wanted = self._asked[1] if (self._body.walks or self._stands) and not self._body.fallen else 0.0
        change = self._limits.yaw_acceleration_radps2 * dt_s
        self._w += max(-change, min(change, wanted - self._w))
        self._yaw = math.remainder(self._yaw + self._w * dt_s, math.tau)
