"""Measured standstill and the way travelled, from the robot's odometry."""

import math

from port_safety.core.reading import Odometry

STILL_MPS = 0.02
STILL_RADPS = 0.05
#: The robot stands when it was this slow for this long without a gap.
STILL_FOR_NS = 200_000_000
#: Older odometry than this measures nothing.
FRESH_NS = 300_000_000


class StandstillMeter:
    """Feeds on odometry; says whether the robot stands, how fast it is and how far it has come."""

    def __init__(self) -> None:
        self.path_m = 0.0
        self._last: Odometry | None = None
        self._received_ns = 0
        self._still_since_ns: int | None = None

    def update(self, odometry: Odometry, now_ns: int) -> None:
        """Take in one reading; one that is not finite measures nothing."""
        values = (odometry.x, odometry.y, odometry.vx, odometry.vy, odometry.wz)
        if not all(map(math.isfinite, values)):
            self._still_since_ns = None
            return
        if now_ns - self._received_ns > FRESH_NS:
            self._still_since_ns = None
        if self._last is not None:
            self.path_m += math.hypot(odometry.x - self._last.x, odometry.y - self._last.y)
        still = odometry.speed_mps <= STILL_MPS and abs(odometry.wz) <= STILL_RADPS
        if not still:
            self._still_since_ns = None
        elif self._still_since_ns is None:
            self._still_since_ns = now_ns
        self._last, self._received_ns = odometry, now_ns

    def speed_mps(self, now_ns: int) -> float:
        """Measured speed; NaN while there is no fresh odometry."""
        if self._last is None or now_ns - self._received_ns > FRESH_NS:
            return math.nan
        return self._last.speed_mps

    def stands(self, now_ns: int, quiet_from_ns: int = 0) -> bool:
        """Whether the robot is measured to stand; without fresh odometry nobody knows, so it does not.

        What was measured before `quiet_from_ns` does not count: a robot that was told to move stands a moment longer.
        """
        if self._still_since_ns is None or now_ns - self._received_ns > FRESH_NS:
            return False
        return self._received_ns - max(self._still_since_ns, quiet_from_ns) >= STILL_FOR_NS
