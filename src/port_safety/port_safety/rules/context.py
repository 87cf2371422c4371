"""What every rule may look at in one tick: the readings with their ages, the command, what left the gate last."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from port_safety.commands.command import Command
from port_safety.commands.joint_velocity import NEAR_ZERO_RADPS
from port_safety.commands.twist import ZERO, Motion
from port_safety.model.history import History
from port_safety.model.joints import JointPeaks
from port_safety.model.readings import Occupancy, Odometry, Pose, Reading, age_in_words
from port_safety.rules.stop_start import StopStart

NS_PER_S = 1e9


@dataclass(frozen=True, slots=True)
class LastOutput:
    """What left the gate last, and since when. Times are monotonic, ns.

    motion: of a base. joints_radps: of each joint, empty for a base. linear_since_ns, angular_since_ns,
    joints_since_ns: since when that part has had this very value. moving_since_ns: since when more than near zero has
    left without a break, None while it has not.
    """

    motion: Motion = ZERO
    linear_since_ns: int = 0
    angular_since_ns: int = 0
    moving_since_ns: int | None = None
    joints_radps: tuple[float, ...] = ()
    joints_since_ns: int = 0

    def updated(self, command: Command, now_ns: int) -> "LastOutput":
        """What is true after `command` left at `now_ns`."""
        motion = command.twist
        if motion is None:
            return self._updated_joints(command.joint_velocities_at(now_ns), now_ns)
        was = self.motion
        if motion == was:
            return self
        moving_since_ns = None if motion.near_zero else self.moving_since_ns or now_ns
        linear_ns = self.linear_since_ns if motion.vx == was.vx and motion.vy == was.vy else now_ns
        return LastOutput(motion, linear_ns, self.angular_since_ns if motion.wz == was.wz else now_ns, moving_since_ns)

    def _updated_joints(self, velocities: tuple[float, ...], now_ns: int) -> "LastOutput":
        if velocities == self.joints_radps:
            return self
        moves = any(abs(velocity) > NEAR_ZERO_RADPS for velocity in velocities)
        since_ns = (self.moving_since_ns or now_ns) if moves else None
        return LastOutput(moving_since_ns=since_ns, joints_radps=velocities, joints_since_ns=now_ns)


NO_OUTPUT = LastOutput()


class Span(NamedTuple):
    """From the least to the most that something may be."""

    least: float
    most: float


#: Of vx, vy (m/s) and wz (rad/s), in the robot's frame.
Expected = tuple[Span, Span, Span]


@dataclass(frozen=True, slots=True)
class RuleContext:
    """One moment.

    request: the twist asked for last, None where joints are commanded: where they take a base nobody knows.
    request_received_ns: its arrival (None: never). request_peaks, request_bound_mps: of a command for joints, the most
    that it asks of each, and the speed (m/s) that no point of the robot then exceeds; request_joints_radps: of
    velocities for joints, with their sign.
    last_output: what left the gate in the last tick. measured_mps: the robot's speed, NaN while nobody knows.
    histories: what each input has shown lately. stop: the beginning of the stop in force, None without one; at_rest:
    since then the robot was seen to stand. base: where a robot that stands fixed is, frame ground. expected: how a base
    may move by what was let through to it; None for a robot that is commanded by its joints. request_heard_ns: when the
    robot's stack was heard last, however old what it said was.
    """

    now_ns: int
    readings: Mapping[str, Reading]
    request: Motion | None
    request_received_ns: int | None
    armed: bool
    last_output: LastOutput = NO_OUTPUT
    measured_mps: float = math.nan
    histories: Mapping[str, History] = field(default_factory=dict)
    stop: StopStart | None = None
    at_rest: bool = False
    base: Pose | None = None
    request_peaks: JointPeaks | None = None
    request_bound_mps: float = 0.0
    request_joints_radps: tuple[float, ...] = ()
    expected: Expected | None = None
    request_heard_ns: int | None = None

    @property
    def request_mps(self) -> float:
        """How fast the fastest point of the robot is asked to be."""
        return self.request_bound_mps if self.request is None else self.request.speed_mps

    def age_s(self, name: str) -> float | None:
        """Age of an input, None if it never came."""
        reading = self.readings.get(name)
        return None if reading is None else reading.age_ns(self.now_ns) / NS_PER_S

    def pose(self) -> tuple[Pose, float] | None:
        """Where the robot is, with the age of that in s; None where nobody says that can be relied on."""
        if self.base is not None:
            return self.base, 0.0
        reading = self.readings.get("ground_pose")
        if reading is None or reading.fault or not isinstance(reading.value, Pose):
            return None
        return reading.value, max(0.0, reading.age_ns(self.now_ns) / NS_PER_S)

    @property
    def pose_stamp_ns(self) -> int:
        """The stamp of the reading behind `pose`; 0 where there is none."""
        reading = self.readings.get("ground_pose")
        return 0 if reading is None or self.base is not None else reading.stamp_ns

    def odometry(self) -> Odometry | None:
        reading = self.readings.get("odometry")
        if reading is None or reading.fault or not isinstance(reading.value, Odometry):
            return None
        return reading.value

    def occupancy(self) -> tuple[Occupancy, float] | None:
        """Who is on the ground with the age of that in s, or None where nobody says."""
        reading = self.readings.get("occupancy")
        if reading is None or reading.fault or not isinstance(reading.value, Occupancy):
            return None
        return reading.value, max(0.0, reading.age_ns(self.now_ns) / NS_PER_S)

    def why_old(self, name: str) -> str:
        """Why input `name`, which is there, is too old. Where several sources are in it, the oldest of them is told."""
        parts = {part: each for part, each in self.readings.items() if part.startswith(f"{name} ")}
        if not parts:
            return age_in_words(self.readings[name], self.now_ns)
        oldest = max(parts, key=lambda part: parts[part].age_ns(self.now_ns))
        return f"{oldest}: {age_in_words(parts[oldest], self.now_ns)}"

    @property
    def speed_mps(self) -> float:
        """How fast the robot is measured to be: the faster of what it says and of how its place changes; NaN: unknown.

        While nothing fresh says so (`measured_mps` is NaN) the last word of its odometry counts.
        """
        if not math.isnan(self.measured_mps):
            return self.measured_mps
        odometry = self.odometry()
        return math.nan if odometry is None else odometry.speed_mps

    def measured(self) -> Motion | None:
        """The robot's measured motion in its own frame; None while nobody knows which way it goes.

        How old it may be is the business of `input_timeout`.
        """
        odometry = self.odometry()
        if odometry is None:
            return None
        return Motion(odometry.vx, odometry.vy, odometry.wz)
