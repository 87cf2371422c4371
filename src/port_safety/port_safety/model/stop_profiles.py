"""A stop profile: a table of stages, and the one way through it.

A stage ends when what it was for is measured on the robot. When that does not come by the stage's deadline, or the
robot measurably does not obey, the next stage begins all the same: that is the escalation. Stages never go back.
Deadlines count from the beginning of the stop, so the last stage is reached by the last deadline whatever the robot
does. Only the last stage takes the power (IEC 60204-1 stop category 1: it goes when the robot stands or time is up).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from port_safety.model.robot_model import RobotModel


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

    safe_to_power_off: what must be seen of the robot before its power may go without a stop, as when it is disarmed.
    Raises ValueError for deadlines that fall, for power that goes before the last stage or stays in it.
    """

    stages: tuple[Stage, ...]
    emergency: int
    cutting: int
    safe_to_power_off: Condition = stands

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


_LATE = "still moving at the deadline"


def wheeled(robot: RobotModel) -> Profile:
    """Ramp → cut. An emergency commands zero at once and keeps the power while the robot brakes under it.

    `ramp_s`: how long it may take to stand.
    """
    return Profile(
        (
            Stage("ramp", robot.ramp_s, stands, _LATE, fails=disobeys, ramp=True),
            Stage("halt", robot.ramp_s, stands, _LATE, fails=disobeys),
            Stage("cut", math.inf, enable=False),
        ),
        emergency=1,
        cutting=2,
    )


def arm(robot: RobotModel) -> Profile:
    """Decelerate along the path and discard the rest of it → brake (power off, spring-applied brakes hold).

    An emergency decelerates too: brakes that close on a moving arm let it sag and throw its load; a controlled stop is
    stop category 1 of IEC 60204-1, which is enough for the emergency stop of an arm (ISO 10218-1:2011 5.5.2). Only an
    arm that does not slow down is braked while it moves. `ramp_s`: how long it may take to stand.
    """
    return Profile(
        (
            Stage("decelerate", robot.ramp_s, stands, "still moving at the deadline", fails=disobeys, ramp=True),
            Stage("brake", math.inf, ramp=True, enable=False),
        ),
        emergency=0,
        cutting=1,
    )


#: The longest that a quadruped may keep its power in a stop.
LONGEST_S = 4.0


def quadruped(robot: RobotModel) -> Profile:
    """Halt → sit → cut, within 4 s. A body that lies on the floor cannot fall.

    An emergency sits at once, out of the gait. A robot that does not slow down although it was told to is cut where it
    is: it folds onto its belly from a third of a metre, while one that runs on does not stop at all.
    `ramp_s` to halt, then `settle_s` to sit: the body at or below `settled_height_m`.
    """
    sit_by_s = robot.ramp_s + robot.settle_s
    if sit_by_s > LONGEST_S:
        raise ValueError(f"ramp_s + settle_s: {sit_by_s:g} s; a quadruped is cut within {LONGEST_S:g} s")

    def sits(seen: Seen) -> bool:
        return seen.stands and seen.height_m <= robot.settled_height_m

    return Profile(
        (
            Stage("halt", robot.ramp_s, stands, "still moving at the deadline", fails=disobeys, ramp=True),
            Stage("sit", sit_by_s, sits, "does not sit at the deadline"),
            Stage("cut", math.inf, enable=False),
        ),
        emergency=1,
        cutting=2,
        safe_to_power_off=sits,
    )


#: Damping lasts this share of `damp_s` at least: joints that just turned soft have not come to rest.
DAMP_SHARE = 0.5


def humanoid(robot: RobotModel) -> Profile:
    """Halt the gait → settle (stance, kneel, or caught by the gantry) → damp → cut.

    A balancing robot without power falls, onto whoever stands beside it. So no cause, not even one that cuts, takes the
    power of one that is not settled; time alone does, at the last deadline (IEC 60204-1 stop category 1).
    `ramp_s` to end the gait, `settle_s` to get down to `settled_height_m`, `damp_s` to sink into its joints.
    """
    settle_by_s = robot.ramp_s + robot.settle_s

    def halted(seen: Seen) -> bool:
        return seen.stands or seen.caught

    def settled(seen: Seen) -> bool:
        return seen.caught or (seen.stands and seen.height_m <= robot.settled_height_m)

    def damped(seen: Seen) -> bool:
        return settled(seen) and seen.since_s >= DAMP_SHARE * robot.damp_s

    return Profile(
        (
            Stage("halt", robot.ramp_s, halted, "still walking at the deadline", fails=disobeys, ramp=True),
            Stage("settle", settle_by_s, settled, "not settled at the deadline"),
            Stage("damp", settle_by_s + robot.damp_s, damped, "not at rest at the deadline"),
            Stage("cut", math.inf, enable=False),
        ),
        emergency=0,
        cutting=1,
        safe_to_power_off=settled,
    )


PROFILES: dict[str, Callable[[RobotModel], Profile]] = {
    "wheeled": wheeled,
    "arm": arm,
    "quadruped": quadruped,
    "humanoid": humanoid,
}


def profile_of(robot: RobotModel) -> Profile:
    """The stop profile of `robot`. Raises ValueError for a kind that nobody knows."""
    if robot.kind not in PROFILES:
        raise ValueError(f"kind: {robot.kind!r} is none of {', '.join(PROFILES)}")
    return PROFILES[robot.kind](robot)
