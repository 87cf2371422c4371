"""What every rule may look at in one tick: the readings with their ages, the command, the robot."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from port_safety.commands.twist import ZERO, Motion
from port_safety.model.history import History
from port_safety.model.readings import Occupancy, Odometry, Pose, Reading, age_in_words
from port_safety.rules.stop_start import StopStart

NS_PER_S = 1e9


@dataclass(frozen=True, slots=True)
class LastOutput:
    """The motion that left the gate last. Times are monotonic, ns.

    linear_since_ns, angular_since_ns: since when that part has had this very value. moving_since_ns: since when more
    than near zero has left without a break, None while it has not.
    """

    motion: Motion = ZERO
    linear_since_ns: int = 0
    angular_since_ns: int = 0
    moving_since_ns: int | None = None

    def updated(self, motion: Motion, now_ns: int) -> "LastOutput":
        """What is true after `motion` left at `now_ns`."""
        was = self.motion
        if motion == was:
            return self
        moving_since_ns = None if motion.near_zero else self.moving_since_ns or now_ns
        linear_ns = self.linear_since_ns if motion.vx == was.vx and motion.vy == was.vy else now_ns
        return LastOutput(motion, linear_ns, self.angular_since_ns if motion.wz == was.wz else now_ns, moving_since_ns)


NO_OUTPUT = LastOutput()


@dataclass(frozen=True, slots=True)
class RuleContext:
    """One moment. `request` is the last command asked for, `request_received_ns` its arrival (None: never).

    passed: what left the gate in the last tick. measured_mps: the robot's speed, NaN while nobody knows. histories:
    what each input has shown lately. stop: the beginning of the stop in force, None without one; at_rest: since then
    the robot was seen to stand.
    """

    now_ns: int
    readings: Mapping[str, Reading]
    request: Motion
    request_received_ns: int | None
    armed: bool
    last_output: LastOutput = NO_OUTPUT
    measured_mps: float = math.nan
    histories: Mapping[str, History] = field(default_factory=dict)
    stop: StopStart | None = None
    at_rest: bool = False

    def age_s(self, name: str) -> float | None:
        """Age of an input, None if it never came."""
        reading = self.readings.get(name)
        return None if reading is None else reading.age_ns(self.now_ns) / NS_PER_S

    def pose(self) -> tuple[Pose, float] | None:
        """The ground's pose of the robot with its age in s, or None where there is none to rely on."""
        reading = self.readings.get("ground_pose")
        if reading is None or reading.fault or not isinstance(reading.value, Pose):
            return None
        return reading.value, max(0.0, reading.age_ns(self.now_ns) / NS_PER_S)

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

    def measured(self) -> Motion:
        """The robot's measured motion in its own frame; none while nobody knows."""
        odometry = self.odometry()
        if odometry is None or math.isnan(self.measured_mps):
            return ZERO
        return Motion(odometry.vx, odometry.vy, odometry.wz)
