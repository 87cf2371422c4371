"""Readings: the newest value of each input with its age. Missing means unsafe.

All times are nanoseconds of the receiver's monotonic clock; stamps of a source are brought to it at the door.
"""

import math
from dataclasses import dataclass, fields

#: A stamp may lie this far in the future before the reading counts as stale (clocks of two machines differ).
FUTURE_TOLERANCE_NS = 100_000_000


@dataclass(frozen=True, slots=True)
class Estop:
    """One reading of an e-stop station; closed means not pressed."""

    channel_a_closed: bool
    channel_b_closed: bool
    reset_pressed: bool
    relay_closed: bool
    link_ok: bool = True
    link_reason: str = ""


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the robot is, frame ground: m, m, rad."""

    x: float
    y: float
    yaw: float


@dataclass(frozen=True, slots=True)
class Odometry:
    """What the robot says of itself: position in its own frame (m, rad) and velocity in the body frame."""

    x: float
    y: float
    yaw: float
    vx: float
    vy: float
    wz: float

    @property
    def speed_mps(self) -> float:
        return math.hypot(self.vx, self.vy)


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Zones in which something else than the robot was seen. Not valid means unknown: every zone counts as occupied."""

    occupied: frozenset[str]
    valid: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Alive:
    """A source that only has to be alive (a force plate during a wheeled robot's run). fault: what it says is wrong."""

    fault: str = ""


Value = Estop | Pose | Odometry | Occupancy | Alive


@dataclass(frozen=True, slots=True)
class Reading:
    """A value with the time its source gave it and the time it arrived (monotonic, ns)."""

    value: Value
    stamp_ns: int
    received_ns: int

    def age_ns(self, now_ns: int) -> int:
        """The older of both ages: what arrived late is as old as its stamp, what was stamped late as its arrival."""
        return now_ns - min(self.stamp_ns, self.received_ns)

    def from_future(self, now_ns: int) -> bool:
        return self.stamp_ns - now_ns > FUTURE_TOLERANCE_NS

    @property
    def fault(self) -> str:
        """Why the value cannot be used although it arrived; empty if it can."""
        if isinstance(self.value, Alive):
            return self.value.fault
        for field in fields(self.value):
            value = getattr(self.value, field.name)
            if isinstance(value, float) and not math.isfinite(value):
                return f"{field.name} is {value}"
        return ""
