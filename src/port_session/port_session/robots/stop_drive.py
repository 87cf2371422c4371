"""What a robot is asked for while its stops are measured: forward, hold, zero, stand, the next speed. Pure.

It asks; the gate decides what passes. Anything that is not as it should be ends it, and it asks for zero from then on.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

#: A robot that is slower than this stands, m/s; for so long, s.
STANDS_MPS, STANDS_S = 0.02, 0.6
#: It goes steadily once it has kept to within this share of its speed for HOLD_S.
_STEADY, HOLD_S = 0.15, 0.8
#: How long it may take to get there, and to stand, s; how much further than planned a part may lead.
_PATIENCE_S, _FURTHER = 10.0, 1.5
_SPARE_M = 0.3


@dataclass(frozen=True)
class Limits:
    """Of the profile, by whose figures the way is planned."""

    speed_mps: float
    acceleration_mps2: float
    deceleration_mps2: float
    latency_s: float
    response_s: float

    @classmethod
    def of(cls, profile: Mapping[str, Any]) -> "Limits":
        """Of a profile's block `limits`."""
        return cls(*(float(profile[name]) for name in cls.__dataclass_fields__))

    def way_m(self, speed_mps: float) -> float:
        """How far it goes when it drives at `speed_mps` and is stopped."""
        late_s = self.latency_s + self.response_s
        slopes = 1.0 / self.acceleration_mps2 + 1.0 / self.deceleration_mps2
        return speed_mps * speed_mps / 2.0 * slopes + speed_mps * (2.0 * late_s + HOLD_S) + _SPARE_M


class Phase(Enum):
    DRIVE = "drives"
    STOP = "stops"
    DONE = "stands"
    FAILED = "ended"


class StopDrive:
    """Asks for each of `speeds_mps` in turn. `problem`: why it ended before its time; empty if it did not."""

    def __init__(self, speeds_mps: tuple[float, ...], limits: Limits) -> None:
        wrong = [speed for speed in speeds_mps if not 0.05 <= speed <= limits.speed_mps]
        if wrong or not speeds_mps:
            raise ValueError(
                f"speeds: expected 0.05 to limits.speed_mps {limits.speed_mps:g} m/s, got {wrong or 'none'}"
            )
        self._speeds, self._limits = speeds_mps, limits
        self._number = 0
        self.phase = Phase.DRIVE
        self.problem = ""
        self._since_s: float | None = None
        self._from_m = 0.0
        self._steady_s = self._still_s = math.nan
        self._steady_mps = 0.0

    @property
    def way_m(self) -> float:
        """How far it leads in all."""
        return sum(map(self._limits.way_m, self._speeds))

    @property
    def speed_mps(self) -> float:
        """The speed that is being measured now."""
        return self._speeds[min(self._number, len(self._speeds) - 1)]

    @property
    def over(self) -> bool:
        return self.phase in (Phase.DONE, Phase.FAILED)

    def fail(self, why: str) -> None:
        """End it: zero from now on."""
        if not self.over:
            self.phase, self.problem = Phase.FAILED, why

    def ask(self, now_s: float, speed_mps: float, moved_m: float) -> float:
        """What to request now, m/s. speed_mps: measured; moved_m: the whole way that it has gone."""
        if self._since_s is None:
            self._begin(now_s, moved_m)
        if not self.over:
            self._watch(now_s, moved_m)
        if self.phase is Phase.DRIVE and self._is_steady(now_s, speed_mps):
            self.phase, self._since_s, self._still_s = Phase.STOP, now_s, math.nan
        elif self.phase is Phase.STOP and self._stands(now_s, speed_mps):
            self._next(now_s, moved_m)
        return self.speed_mps if self.phase is Phase.DRIVE else 0.0

    def _begin(self, now_s: float, moved_m: float) -> None:
        self._since_s, self._from_m = now_s, moved_m
        self._steady_s = math.nan

    def _watch(self, now_s: float, moved_m: float) -> None:
        if moved_m - self._from_m > _FURTHER * self._limits.way_m(self.speed_mps):
            self.fail(f"it went {moved_m - self._from_m:.2f} m, further than planned at {self.speed_mps:g} m/s")
        elif self._since_s is not None and now_s - self._since_s > _PATIENCE_S:
            word = "does not get to a steady speed" if self.phase is Phase.DRIVE else "does not come to stand"
            self.fail(f"it {word} within {_PATIENCE_S:g} s at {self.speed_mps:g} m/s")

    def _is_steady(self, now_s: float, speed_mps: float) -> bool:
        """Whatever the gate lets through of it: its speed has hardly changed for a while."""
        if not abs(speed_mps - self._steady_mps) <= _STEADY * self._steady_mps or math.isnan(self._steady_s):
            self._steady_s, self._steady_mps = now_s, max(speed_mps, STANDS_MPS)
        return speed_mps > 2.0 * STANDS_MPS and now_s - self._steady_s >= HOLD_S

    def _stands(self, now_s: float, speed_mps: float) -> bool:
        if not abs(speed_mps) <= STANDS_MPS:
            self._still_s = math.nan
        elif math.isnan(self._still_s):
            self._still_s = now_s
        return now_s - self._still_s >= STANDS_S

    def _next(self, now_s: float, moved_m: float) -> None:
        self._number += 1
        if self._number == len(self._speeds):
            self.phase = Phase.DONE
        else:
            self.phase = Phase.DRIVE
            self._begin(now_s, moved_m)
