"""What one run left, as the indicators see it. The same from a recording as from the messages while they come. Pure.

Times are seconds of the session; positions are in frame ground.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Series = npt.NDArray[np.float64]
T = TypeVar("T", "GateStop", "JumpSeen")


def no_series() -> Series:
    return np.empty(0)


@dataclass(frozen=True)
class Poses:
    """Where the ground's cameras saw the robot: x, y in m, and the standard uncertainty of either, m."""

    time_s: Series = field(default_factory=no_series)
    x_m: Series = field(default_factory=no_series)
    y_m: Series = field(default_factory=no_series)
    u_m: Series = field(default_factory=no_series)

    def between(self, begin_s: float, end_s: float) -> "Poses":
        chosen = (self.time_s >= begin_s) & (self.time_s <= end_s)
        return Poses(self.time_s[chosen], self.x_m[chosen], self.y_m[chosen], self.u_m[chosen])

    def __len__(self) -> int:
        return len(self.time_s)


@dataclass(frozen=True)
class Passage:
    """What the gate let through, and what it measured, m/s; NaN where unknown."""

    time_s: Series = field(default_factory=no_series)
    passed_mps: Series = field(default_factory=no_series)
    speed_mps: Series = field(default_factory=no_series)

    def between(self, begin_s: float, end_s: float) -> "Passage":
        chosen = (self.time_s >= begin_s) & (self.time_s <= end_s)
        return Passage(self.time_s[chosen], self.passed_mps[chosen], self.speed_mps[chosen])


@dataclass(frozen=True)
class GateStop:
    """One stop as the gate measured it. distance_m: by odometry. duration_s: until it was seen to stand, or None."""

    at_s: float
    distance_m: float | None
    duration_s: float | None


@dataclass(frozen=True)
class JumpSeen:
    """One jump on the plates: heights in m with their standard uncertainties."""

    at_s: float
    height_impulse_m: float
    u_impulse_m: float
    height_flight_m: float
    u_flight_m: float
    contradicts: bool


@dataclass(frozen=True)
class RunData:
    """One run: when it went, and what was seen in it. goal_m: of its trial; None where that has none in the ground."""

    number: int
    begin_s: float
    end_s: float
    running_s: float
    poses: Poses = field(default_factory=Poses)
    passage: Passage = field(default_factory=Passage)
    stops: tuple[GateStop, ...] = ()
    jumps: tuple[JumpSeen, ...] = ()
    goal_m: tuple[float, float] | None = None

    def within(self, begin_s: float, end_s: float) -> "RunData":
        """What of it lies in that time."""
        return replace(
            self, begin_s=begin_s, end_s=end_s, poses=self.poses.between(begin_s, end_s),
            passage=self.passage.between(begin_s, end_s), stops=_in(self.stops, begin_s, end_s),
            jumps=_in(self.jumps, begin_s, end_s),
        )  # fmt: skip


def _in(found: Sequence[T], begin_s: float, end_s: float) -> tuple[T, ...]:
    return tuple(one for one in found if begin_s <= one.at_s <= end_s)
