"""Carries out the stop profile: from what is measured to the stage, its command and the enable.

Knows no kind of robot and decides about no state.
"""

from dataclasses import replace

from port_safety.commands.command import Command
from port_safety.model.robot_model import RobotModel
from port_safety.model.stop_profiles import Progress, Seen, Stage, profile_of
from port_safety.model.verdict import Severity
from port_safety.rules.stop_start import StopStart, complies


class StopExecutor:
    """One robot's way to rest from one moment, `start`."""

    def __init__(self, robot: RobotModel, start: StopStart) -> None:
        self.start = start
        self.profile = profile_of(robot)
        self.progress = Progress(self.profile, start.at_ns)
        self._robot = robot

    def stage(self, severity: Severity, removes_power: bool, speed_mps: float, seen: Seen, now_ns: int) -> Stage:
        """The stage at `now_ns`, for what is measured and seen of the robot; asked twice in a tick it says the same.

        removes_power: a cause of the stop takes the power at once.
        """
        if severity is Severity.EMERGENCY_STOP:
            self.progress.begin_at_least(self.profile.emergency, "", now_ns)
        if removes_power:
            self.progress.begin_at_least(self.profile.cutting, "a cause takes the power", now_ns)
        elapsed_s = self.progress.elapsed_s(now_ns)
        obeys = complies(self._robot, self.start, elapsed_s, speed_mps)
        seen = replace(seen, elapsed_s=elapsed_s, complies=obeys)
        return self.progress.advance(lambda since_s: replace(seen, since_s=since_s), now_ns)

    def command(self, stage: Stage, before: Command, now_ns: int) -> Command:
        """What the robot is told in this stage; `before` left last."""
        if stage.ramp:
            return self.start.command.braked(self.start.at_ns, now_ns, self._robot.braking.deceleration_mps2, before)
        return before.stop(now_ns)
