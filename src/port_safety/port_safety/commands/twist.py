"""Planar motion of a mobile base: what a Twist asks for, in REP-103 axes (x forward, y left, z up).

The words are explained in command.py.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

from port_safety.model.readings import JointStates

#: Below these a request counts as "asks for no motion" (m/s, rad/s).
NEAR_ZERO_MPS = 0.05
NEAR_ZERO_RADPS = 0.1


@dataclass(frozen=True, slots=True)
class Motion:
    """Velocity in the robot's frame: vx, vy in m/s, wz in rad/s. May hold NaN or inf: ask `fault`.

    problem: what else is wrong with the message that it came in.
    """

    vx: float = 0.0
    vy: float = 0.0
    wz: float = 0.0
    problem: str = ""
    persistent: ClassVar[bool] = False

    @property
    def fault(self) -> str:
        """Which component is not a number, in words; empty if all are."""
        if self.problem:
            return self.problem
        for name, value in (("linear.x", self.vx), ("linear.y", self.vy), ("angular.z", self.wz)):
            if not math.isfinite(value):
                return f"{name} is {value}"
        return ""

    @property
    def speed_mps(self) -> float:
        return math.hypot(self.vx, self.vy)

    @property
    def near_zero(self) -> bool:
        return self.speed_mps <= NEAR_ZERO_MPS and abs(self.wz) <= NEAR_ZERO_RADPS

    @property
    def twist(self) -> "Motion":
        return self

    @property
    def peaks(self) -> None:
        return None

    def joint_velocities_at(self, now_ns: int) -> tuple[float, ...]:
        return ()

    def started(self, now_ns: int, before: object, measured: JointStates | None) -> "Motion":
        return self

    def is_done(self, output: object, now_ns: int) -> bool:
        return False

    def scaled(self, linear: float, angular: float) -> "Motion":
        """This motion with its parts reduced; the factors lie in 0..1, so it never grows and never turns round."""
        return Motion(self.vx * linear, self.vy * linear, self.wz * angular)

    def limited(self, linear: float, angular: float, now_ns: int, before: object) -> "Motion":
        return self.scaled(linear, angular)

    def braked(self, began_ns: int, now_ns: int, deceleration_mps2: float, before: object) -> "Motion":
        """A ramp at the robot's own deceleration; turning on the spot ends at once."""
        if self.speed_mps == 0.0:
            return ZERO
        left_mps = self.speed_mps - deceleration_mps2 * (now_ns - began_ns) / 1e9
        share = min(1.0, max(0.0, left_mps / self.speed_mps))
        return self.scaled(share, share)

    def stop(self, now_ns: int, measured: JointStates | None = None) -> "Motion":
        return ZERO

    def rests_at(self, now_ns: int) -> bool:
        return self == ZERO

    def in_ground(self, yaw: float) -> tuple[float, float]:
        """Linear velocity in frame ground, for a robot with heading `yaw` (rad)."""
        cos, sin = math.cos(yaw), math.sin(yaw)
        return cos * self.vx - sin * self.vy, sin * self.vx + cos * self.vy


ZERO = Motion()
