"""Measured standstill and the way travelled, from the robot's odometry, or from the joints of one that has none."""

import math

from port_safety.model.joints import Joints
from port_safety.model.readings import JointStates, Odometry

STILL_MPS = 0.02
STILL_RADPS = 0.05
#: The robot stands when it was this slow for this long without a gap.
STILL_FOR_NS = 200_000_000
#: Older odometry than this measures nothing.
FRESH_NS = 300_000_000


class StandstillMeter:
    """Feeds on odometry, or on joints; says whether the robot stands, how fast it is and how far it has come."""

    def __init__(self) -> None:
        self.path_m = 0.0
        self._last: Odometry | JointStates | None = None
        self._last_mps = math.nan
        self._received_ns = 0
        self._still_since_ns: int | None = None

    def update(self, odometry: Odometry, now_ns: int) -> None:
        """Take in one reading; one that is not finite measures nothing."""
        values = (odometry.x, odometry.y, odometry.vx, odometry.vy, odometry.wz)
        if not all(map(math.isfinite, values)):
            self._still_since_ns = None
            return
        last = self._last if isinstance(self._last, Odometry) else odometry
        moved_m = math.hypot(odometry.x - last.x, odometry.y - last.y)
        self._take(odometry, odometry.speed_mps, abs(odometry.wz) <= STILL_RADPS, moved_m, now_ns)

    def update_joints(self, states: JointStates, joints: Joints, now_ns: int) -> None:
        """As `update`; speed and way are upper bounds for the fastest point of the robot."""
        if states.fault:
            self._still_since_ns = None
            return
        last = self._last if isinstance(self._last, JointStates) else states
        moved = tuple(now - then for now, then in zip(states.positions, last.positions, strict=True))
        self._take(states, joints.speed_mps(states.velocities), True, joints.speed_mps(moved), now_ns)

    def _take(
        self, value: Odometry | JointStates, speed_mps: float, turned_little: bool, moved_m: float, now_ns: int
    ) -> None:
        if now_ns - self._received_ns > FRESH_NS:
            self._still_since_ns = None
        self.path_m += moved_m
        if not (speed_mps <= STILL_MPS and turned_little):
            self._still_since_ns = None
        elif self._still_since_ns is None:
            self._still_since_ns = now_ns
        self._last, self._last_mps, self._received_ns = value, speed_mps, now_ns

    def speed_mps(self, now_ns: int) -> float:
        """Measured speed; NaN while there is nothing fresh."""
        return self._last_mps if now_ns - self._received_ns <= FRESH_NS else math.nan

    def stands(self, now_ns: int, quiet_from_ns: int = 0) -> bool:
        """Whether the robot is measured to stand; without a fresh reading nobody knows, so it does not.

        What was measured before `quiet_from_ns` does not count: a robot that was told to move stands a moment longer.
        """
        if self._still_since_ns is None or now_ns - self._received_ns > FRESH_NS:
            return False
        return self._received_ns - max(self._still_since_ns, quiet_from_ns) >= STILL_FOR_NS
