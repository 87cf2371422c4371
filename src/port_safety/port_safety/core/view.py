"""What every rule may look at in one tick: the readings with their ages, the command, the robot."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from port_safety.core.barrier import Braking
from port_safety.core.commands.joints import Joints
from port_safety.core.history import History
from port_safety.core.motion import ZERO, Motion
from port_safety.core.passed import NOTHING_PASSED, Passed
from port_safety.core.reading import Occupancy, Odometry, Pose, Reading, age_in_words

if TYPE_CHECKING:
    from port_safety.core.stop_profile import Start

NS_PER_S = 1e9


@dataclass(frozen=True, slots=True)
class Robot:
    """The robot's figures from its profile. Lengths in m, speeds in m/s and rad/s.

    ramp_s, settle_s, damp_s: how long the stages of its stop profile may take (core/profiles/). settled_height_m: how
    high its body is when it has settled. joints: of a robot that is commanded by joints.
    """

    name: str
    kind: str
    speed_mps: float
    yaw_rate_radps: float
    braking: Braking
    footprint_radius_m: float
    ramp_s: float
    settle_s: float = 0.0
    damp_s: float = 0.0
    settled_height_m: float = 0.0
    joints: Joints | None = None

    def __post_init__(self) -> None:
        if self.measured_by_joints and self.joints is None:
            raise ValueError("joints: an arm is measured by its joints; name them")
        for name in ("speed_mps", "yaw_rate_radps", "footprint_radius_m", "ramp_s"):
            if not getattr(self, name) > 0.0:
                raise ValueError(f"{name}: {getattr(self, name)} must be above 0")

    @property
    def measured_by_joints(self) -> bool:
        """Whether its joints tell if it stands; of all others the odometry does."""
        return self.kind == "arm"


@dataclass(frozen=True, slots=True)
class View:
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
    passed: Passed = NOTHING_PASSED
    measured_mps: float = math.nan
    histories: Mapping[str, History] = field(default_factory=dict)
    stop: "Start | None" = None
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
