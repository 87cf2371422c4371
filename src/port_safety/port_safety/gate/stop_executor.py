"""Carries out the stop profile: from what is measured to the stage, its command and the enable.

Knows no kind of robot and decides about no state.
"""

import math
from collections.abc import Mapping
from dataclasses import replace

from port_safety.commands.command import Command
from port_safety.gate.stop import Stop
from port_safety.model.readings import Body, Gantry, Reading
from port_safety.model.robot_model import RobotModel
from port_safety.model.stop_profiles import Profile, Progress, Seen, Stage
from port_safety.model.verdict import Severity
from port_safety.rules.stop_start import StopStart, complies

#: What was measured of body and gantry longer ago is not known any more.
FRESH_NS = 500_000_000


class StopExecutor:
    """One robot's way to rest from one moment, `start`. A later start begins anew."""

    def __init__(self, profile: Profile, start: StopStart) -> None:
        self.profile = profile
        self.start = start
        self.progress = Progress(profile, start.at_ns)

    def stage(self, stop: Stop, robot: RobotModel, speed_mps: float, seen: Seen, now_ns: int) -> Stage:
        """The stage at `now_ns`, for what is measured and seen of the robot; asked twice in a tick it says the same."""
        if stop.severity is Severity.EMERGENCY_STOP:
            self.progress.begin_at_least(self.profile.emergency, "", now_ns)
        if stop.removes_power:
            self.progress.begin_at_least(self.profile.cutting, "a cause takes the power", now_ns)
        elapsed_s = self.progress.elapsed_s(now_ns)
        obeys = complies(robot, self.start, elapsed_s, speed_mps)
        seen = replace(seen, elapsed_s=elapsed_s, complies=obeys)
        return self.progress.advance(lambda since_s: replace(seen, since_s=since_s), now_ns)

    def command(self, stage: Stage, before: Command, now_ns: int, deceleration_mps2: float) -> Command:
        """What the robot is told in this stage; `before` left last."""
        if stage.ramp:
            return self.start.command.braked(self.start.at_ns, now_ns, deceleration_mps2, before)
        return before.stop(now_ns)


def look(readings: Mapping[str, Reading], stands: bool, now_ns: int) -> Seen:
    """What is measured of the robot now, outside of any stop."""
    height_m, caught = _height_m(readings.get("body"), now_ns), _caught(readings.get("gantry"), now_ns)
    return Seen(0.0, 0.0, stands, height_m=height_m, caught=caught)


def _height_m(reading: Reading | None, now_ns: int) -> float:
    known = _fresh(reading, now_ns)
    return known.value.height_m if known is not None and isinstance(known.value, Body) else math.nan


def _caught(reading: Reading | None, now_ns: int) -> bool:
    known = _fresh(reading, now_ns)
    return known is not None and isinstance(known.value, Gantry) and known.value.caught


def _fresh(reading: Reading | None, now_ns: int) -> Reading | None:
    if reading is None or reading.fault or reading.from_future(now_ns) or reading.age_ns(now_ns) > FRESH_NS:
        return None
    return reading
