"""A stop profile: a table of stages, and the one way through it.

A stage ends when what it was for is measured on the robot. When that does not come by the stage's deadline, or the
robot measurably does not obey, the next stage begins all the same: that is the escalation. Stages never go back.
Deadlines count from the beginning of the stop, so the last stage is reached by the last deadline whatever the robot
does. Only the last stage takes the power (IEC 60204-1 stop category 1: it goes when the robot stands or time is up).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seen:
    """What is measured of a robot that is being stopped.

    elapsed_s: since the stop began; since_s: since the stage did. stands: measured standstill. complies: it is not
    faster than a robot that brakes. height_m: of its body, NaN where nobody knows. caught: a gantry carries it.
    """

    elapsed_s: float
    since_s: float
    stands: bool
    complies: bool = True
    height_m: float = math.nan
    caught: bool = False


Condition = Callable[[Seen], bool]


def stands(seen: Seen) -> bool:
    return seen.stands


def never(seen: Seen) -> bool:
    return False


def disobeys(seen: Seen) -> bool:
    return not seen.complies


@dataclass(frozen=True, slots=True)
class Stage:
    """One row. name: also what the robot is told to do (docs/stop_profiles.md). by_s: deadline, from the stop's begin.

    done: its end, measured. late: what to say when the deadline passes first. fails: the robot does not obey, and the
    next stage begins at once. ramp: the command is braked, else it is the stop at once. enable: the drives have power.
    """

    name: str
    by_s: float
    done: Condition = never
    late: str = ""
    fails: Condition = never
    ramp: bool = False
    enable: bool = True


@dataclass(frozen=True, slots=True)
class Profile:
    """Stages of one kind of robot. emergency, cutting: the stage at which such a cause begins; a later one stays.

    dark: what must be seen of the robot before its power may go without a stop, as when it is disarmed.
    Raises ValueError for deadlines that fall, for power that goes before the last stage or stays in it.
    """

    stages: tuple[Stage, ...]
    emergency: int
    cutting: int
    dark: Condition = stands

    def __post_init__(self) -> None:
        deadlines = [stage.by_s for stage in self.stages]
        if len(deadlines) < 2 or deadlines != sorted(deadlines) or not deadlines[0] > 0.0:
            raise ValueError(f"stages: deadlines {deadlines} must be above 0 and never fall")
        if not math.isfinite(deadlines[-2]) or deadlines[-1] != math.inf:
            raise ValueError(f"stages: deadlines {deadlines}: all but the last stage need one")
        if [stage.enable for stage in self.stages] != [True] * (len(self.stages) - 1) + [False]:
            raise ValueError("stages: the last one, and only that, takes the power")
        if not 0 <= self.emergency <= self.cutting < len(self.stages):
            raise ValueError(f"emergency {self.emergency}, cutting {self.cutting}: no such stages, or out of order")

    @property
    def deadline_s(self) -> float:
        """When the last stage is reached at the latest, counted from the beginning of the stop."""
        return self.stages[-2].by_s


class Progress:
    """How far one stop has come through its profile. `label` is the stage in words, with why it was forced."""

    def __init__(self, profile: Profile, began_ns: int) -> None:
        self._profile = profile
        self._began_ns = self._entered_ns = began_ns
        self._index = 0
        self.label = profile.stages[0].name

    @property
    def stage(self) -> Stage:
        return self._profile.stages[self._index]

    @property
    def at_last(self) -> bool:
        return self.stage is self._profile.stages[-1]

    def elapsed_s(self, now_ns: int) -> float:
        """Since the stop began."""
        return max(0.0, (now_ns - self._began_ns) / 1e9)

    def since_s(self, now_ns: int) -> float:
        """Since the stage began."""
        return max(0.0, (now_ns - self._entered_ns) / 1e9)

    def begin_at_least(self, index: int, why: str, now_ns: int) -> None:
        """A cause begins at stage `index`; one that has been passed is not returned to."""
        if index > self._index:
            self._enter(index, why, now_ns)

    def advance(self, seen_in: Callable[[float], Seen], now_ns: int) -> Stage:
        """The stage at `now_ns`. `seen_in` gives what is seen, for the time (s) since the stage began."""
        while not self.at_last:
            stage, seen = self.stage, seen_in(self.since_s(now_ns))
            if stage.done(seen):
                self._enter(self._index + 1, "", now_ns)
            elif seen.elapsed_s >= stage.by_s:
                self._enter(self._index + 1, stage.late, now_ns)
            elif stage.fails(seen):
                self._enter(self._index + 1, "the robot does not slow down", now_ns)
            else:
                break
        return self.stage

    def _enter(self, index: int, why: str, now_ns: int) -> None:
        self._index, self._entered_ns = index, now_ns
        self.label = f"{self.stage.name}: {why}" if why else self.stage.name
