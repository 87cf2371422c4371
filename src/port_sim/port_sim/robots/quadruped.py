"""The physics of a simulated quadruped: commands, a word and power in, motion and body height out. Time is an argument.

It walks like the wheeled robot drives: late, softly, within its limits. Told to sit it lowers its body once it is slow.
Without power its legs fold: the body drops to the floor and slides to rest on its belly.
"""

import math
from dataclasses import dataclass, replace

from port_sim.robots.positive import all_positive
from port_sim.robots.wheeled import Limits, Motion, Wheeled

_G_MPS2 = 9.81
#: A body that meets the floor faster than this, from 5 cm, was not set down.
_DROPPED_MPS = 1.0


@dataclass(frozen=True)
class Legs:
    """How high the body is while it walks and sits, how fast it sits down, and what a belly on the floor brakes by."""

    stand_m: float = 0.32
    sit_m: float = 0.10
    sit_mps: float = 0.15
    sit_below_mps: float = 0.15
    belly_mps2: float = 5.0

    def __post_init__(self) -> None:
        all_positive(self)
        if self.sit_m >= self.stand_m:
            raise ValueError(f"sit_m: {self.sit_m} is not below stand_m {self.stand_m}")


class Quadruped:
    """One robot that stands when it gets power. dropped_mps: the hardest its body has met the floor."""

    own_stop = "sit"

    def __init__(self, limits: Limits, legs: Legs | None = None, start: Motion | None = None) -> None:
        self._legs = legs or Legs()
        self._walk = Wheeled(replace(limits, spring_brake_mps2=self._legs.belly_mps2), start)
        self._latency_s = limits.latency_s
        self.height_m = self._legs.sit_m
        self._sink_mps = 0.0
        self.dropped_mps = 0.0
        self._word, self._word_since_s = "", -math.inf
        self._now_s: float | None = None

    @property
    def motion(self) -> Motion:
        down = self._legs.stand_m - self.height_m
        fallen = self.dropped_mps > _DROPPED_MPS
        return replace(self._walk.motion, height_m=self.height_m, sunk_m=down, fallen=fallen)

    def command(self, v_mps: float, w_radps: float, now_s: float) -> None:
        """Ask for a speed and a turn rate."""
        self._walk.command(v_mps, w_radps, now_s)

    def tell(self, word: str, now_s: float) -> None:
        """The stage of the stop profile: `sit` sits, `cut` stays so, no word stands up."""
        if word != self._word:
            self._word, self._word_since_s = word, now_s

    def step(self, now_s: float, powered: bool, runaway: bool = False) -> Motion:
        """Move on to `now_s`."""
        dt_s = 0.0 if self._now_s is None else max(0.0, now_s - self._now_s)
        self._now_s = now_s
        folded = not powered and self.height_m > self._legs.sit_m
        self._walk.step(now_s, powered or folded, runaway)  # a body in the air does not brake
        if powered:
            self._stand_or_sit(now_s, dt_s, sits=self._sits(now_s) and not runaway)
        else:
            self._fold(dt_s)
        return self.motion

    def _sits(self, now_s: float) -> bool:
        told = self._word in ("sit", "cut") and now_s - self._word_since_s >= self._latency_s
        if told:
            self._walk.command(0.0, 0.0, now_s)
        return told and abs(self.motion.v) <= self._legs.sit_below_mps

    def _stand_or_sit(self, now_s: float, dt_s: float, sits: bool) -> None:
        self._sink_mps = 0.0
        way_m = self._legs.sit_mps * dt_s
        if sits:
            self.height_m = max(self._legs.sit_m, self.height_m - way_m)
        elif self._word == "":
            self.height_m = min(self._legs.stand_m, self.height_m + way_m)

    def _fold(self, dt_s: float) -> None:
        self._sink_mps += _G_MPS2 * dt_s
        self.height_m -= self._sink_mps * dt_s
        if self.height_m <= self._legs.sit_m:
            self.dropped_mps = max(self.dropped_mps, self._sink_mps if self._sink_mps > 2 * _G_MPS2 * dt_s else 0.0)
            self.height_m, self._sink_mps = self._legs.sit_m, 0.0
