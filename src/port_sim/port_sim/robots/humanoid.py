"""The physics of a simulated humanoid: a linear inverted pendulum that steps. Time is an argument; no I/O.

The body at height h over the foot at p accelerates away from it, ẍ = ω²·(x − p) with ω = √(g/h); ξ = x + ẋ/ω is the
capture point: a step onto it ends in rest (Kajita et al., ICRA 2003; Pratt et al., Humanoids 2006; Englsberger et al.,
IROS 2011, gait as p = ξ − L/(e^{ωT} − 1)). So it can only stop by stepping, and it can only step with power. Without it
the robot drops and tips over, unless it kneels at rest or hangs in the gantry.
"""

import math
from collections import deque
from dataclasses import dataclass

from port_sim.robots.positive import all_positive

_G_MPS2 = 9.81
_STEP_S = 0.002


@dataclass(frozen=True)
class Build:
    """The robot. foot_m: how far from the ankle its feet can push; kneel_m: height of the body on its knees."""

    stand_m: float = 0.9
    kneel_m: float = 0.5
    kneel_mps: float = 0.4
    speed_mps: float = 1.0
    step_s: float = 0.4
    deceleration_mps2: float = 1.2
    latency_s: float = 0.06
    foot_m: float = 0.08
    knees_m: float = 0.2
    still_mps: float = 0.02

    def __post_init__(self) -> None:
        all_positive(self)
        if self.kneel_m >= self.stand_m:
            raise ValueError(f"kneel_m: {self.kneel_m} is not below stand_m {self.stand_m}")


class Humanoid:
    """One robot in its direction of walking. x, v: of the body, m and m/s; caught: the gantry carries it.

    fallen: it has come down other than on its knees; it stays so.
    """

    def __init__(self, build: Build | None = None, caught: bool = False) -> None:
        self.build = build or Build()
        self.x = self.v = self._foot = 0.0
        self.height_m = self.build.kneel_m
        self.caught, self.fallen = caught, False
        self._word, self._asked_mps, self._gait_mps, self._sink_mps = "", 0.0, 0.0, 0.0
        self._waiting: deque[tuple[float, float, str]] = deque(maxlen=2000)
        self._stepped_s = -math.inf
        self._now_s: float | None = None

    @property
    def omega(self) -> float:
        """ω of the pendulum, 1/s."""
        return math.sqrt(_G_MPS2 / self.height_m)

    @property
    def capture_m(self) -> float:
        """The capture point ξ, m."""
        return self.x + self.v / self.omega

    @property
    def walks(self) -> bool:
        """Whether it is in its gait."""
        return self._gait_mps != 0.0

    @property
    def kneels(self) -> bool:
        return self.height_m <= self.build.kneel_m + 0.02

    def command(self, v_mps: float, word: str, now_s: float) -> None:
        """A walking speed, and the stage of the stop profile: `settle`, `damp` and `cut` kneel, other words stand."""
        if math.isfinite(v_mps):
            top = self.build.speed_mps
            self._waiting.append((now_s + self.build.latency_s, max(-top, min(top, v_mps)), word))

    def step(self, now_s: float, powered: bool, ignores: bool = False) -> None:
        """Move on to `now_s`. `ignores`: it walks on, whatever it is told."""
        start_s = now_s if self._now_s is None else self._now_s
        steps = math.ceil(max(0.0, now_s - start_s) / _STEP_S)
        for number in range(steps):
            dt_s = (now_s - start_s) / steps
            self._advance(start_s + (number + 1) * dt_s, dt_s, powered, ignores)
        self._now_s = max(start_s, now_s)

    def _advance(self, now_s: float, dt_s: float, powered: bool, ignores: bool) -> None:
        self._listen(now_s, ignores)
        if powered:
            self._sink_mps = 0.0
        if self.fallen or (self.caught and (not powered or self._word in ("damp", "cut"))):
            self.v = 0.0  # it lies, or it hangs
        elif not powered:
            self._limp(dt_s)
        elif self._word == "damp":
            self._sink(dt_s)
        else:
            self._walk_or_kneel(now_s, dt_s)

    def _listen(self, now_s: float, ignores: bool) -> None:
        while self._waiting and self._waiting[0][0] <= now_s:
            _, asked_mps, word = self._waiting.popleft()
            if not ignores:
                self._asked_mps, self._word = asked_mps, word

    def _walk_or_kneel(self, now_s: float, dt_s: float) -> None:
        if self._word in ("settle", "cut") and self._balanced():
            self.height_m = max(self.build.kneel_m, self.height_m - self.build.kneel_mps * dt_s)
        elif self._word not in ("settle", "cut"):
            self.height_m = min(self.build.stand_m, self.height_m + self.build.kneel_mps * dt_s)
        if now_s - self._stepped_s >= self.build.step_s and (self._wants_to_step() or not self._balanced()):
            self._take_a_step(now_s)
        # While it stands, its ankles keep the pressure under the capture point, as far as the foot reaches.
        reach_m = self.build.foot_m if self._gait_mps == 0.0 else 0.0
        push_m = max(-reach_m, min(reach_m, self.capture_m - self._foot))
        self._pendulum(self._foot + push_m, dt_s)

    def _wants_to_step(self) -> bool:
        return (self._asked_mps != 0.0 or self._gait_mps != 0.0) and not self.kneels and self._word in ("", "halt")

    def _balanced(self) -> bool:
        near = abs(self.capture_m - self._foot) <= self.build.foot_m
        return near and abs(self.v) <= self.build.still_mps and self._gait_mps == 0.0

    def _take_a_step(self, now_s: float) -> None:
        """Onto the place from which the gait goes on at the speed asked for; a change takes its time."""
        change = self.build.deceleration_mps2 * self.build.step_s
        wish_mps = self._asked_mps if self._word in ("", "halt") else 0.0
        self._gait_mps += max(-change, min(change, wish_mps - self._gait_mps))
        length_m = self._gait_mps * self.build.step_s
        self._foot = self.capture_m - length_m / (math.exp(self.omega * self.build.step_s) - 1.0)
        self._stepped_s = now_s

    def _pendulum(self, pressure: float, dt_s: float) -> None:
        self.v += self.omega**2 * (self.x - pressure) * dt_s
        self.x += self.v * dt_s
        if abs(self.x - self._foot) > 0.5 * self.height_m:
            self._fall()

    def _sink(self, dt_s: float) -> None:
        """Damped joints give way slowly; without balance that is a slow fall."""
        self.height_m = max(self.build.kneel_m, self.height_m - 0.5 * self.build.kneel_mps * dt_s)
        self._rest_or_tip(dt_s)

    def _limp(self, dt_s: float) -> None:
        """No power. On its knees and at rest it stays; from any other posture its legs give way at once."""
        if not self.kneels or self._sink_mps > 0.0:
            self._sink_mps += _G_MPS2 * dt_s
            self.height_m -= self._sink_mps * dt_s
            if self.height_m <= self.build.kneel_m:
                self._fall()
                return
        self._rest_or_tip(dt_s)

    def _rest_or_tip(self, dt_s: float) -> None:
        if self.kneels and abs(self.capture_m - self._foot) <= self.build.knees_m:
            self.v = 0.0  # its knees and toes carry it
        else:
            self._pendulum(self._foot, dt_s)

    def _fall(self) -> None:
        self.fallen, self.v, self.height_m = True, 0.0, 0.15
