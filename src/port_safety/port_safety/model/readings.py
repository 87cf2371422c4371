"""Readings: the newest value of each input with its age. Missing means unsafe.

All times are nanoseconds of the receiver's monotonic clock; stamps of a source are brought to it at the door.
"""

import math
from dataclasses import dataclass, field, fields
from enum import Enum

_NS_PER_S = 1e9
#: A stamp may lie this far in the future before the reading counts as stale (clocks of two machines differ).
FUTURE_TOLERANCE_NS = 100_000_000

#: No joint has a greater position or velocity (rad, rad/s); beyond it sums are none.
GREATEST = 1e6
#: A stamp further back than this, ten years before this machine started, is none.
NEVER_SET_NS = -10 * 365 * 86_400 * 1_000_000_000


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
    """Where the robot is, frame ground: m, m, rad. orientation_length: of the quaternion behind the yaw."""

    x: float
    y: float
    yaw: float
    orientation_length: float = 1.0


@dataclass(frozen=True, slots=True)
class Odometry:
    """What the robot says of itself: position in its own frame (m, rad) and velocity in the body frame.

    orientation_length: of the quaternion that the yaw was taken from.
    """

    x: float
    y: float
    yaw: float
    vx: float
    vy: float
    wz: float
    orientation_length: float = 1.0

    @property
    def speed_mps(self) -> float:
        return math.hypot(self.vx, self.vy)


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Zones in which something else than the robot was seen. Not valid means unknown: every zone counts as occupied.

    watched: the zones that somebody looks at; of any other nobody knows. None: all of them.
    positions_m: where each of those seen stands, frame ground, in any zone or none. lost_m: where somebody stood who
    went out of sight a moment ago (monitoring/people_tracking.py).
    """

    occupied: frozenset[str]
    valid: bool = True
    reason: str = ""
    positions_m: tuple[tuple[float, float], ...] = ()
    lost_m: tuple[tuple[float, float], ...] = ()
    watched: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Alive:
    """A source that only has to be alive (a force plate during a wheeled robot's run). fault: what it says is wrong."""

    fault: str = ""


@dataclass(frozen=True, slots=True)
class JointStates:
    """Where a robot's joints are and how fast, rad and rad/s, in the order of its description."""

    positions: tuple[float, ...]
    velocities: tuple[float, ...]

    @property
    def fault(self) -> str:
        """Which part of it is not a number, or beyond any joint (1e6 rad, rad/s); empty if all are sound."""
        for value in (*self.positions, *self.velocities):
            if not abs(value) <= GREATEST:
                return "a joint is not a number" if not math.isfinite(value) else f"a joint is at {value:g}"
        return ""


@dataclass(frozen=True, slots=True)
class Body:
    """How high the robot's body is over the floor, m."""

    height_m: float


@dataclass(frozen=True, slots=True)
class Gantry:
    """Whether the gantry carries the robot."""

    caught: bool


@dataclass(frozen=True, slots=True)
class Publishers:
    """Who publishes on the robot's command topic beside the gate: full names of nodes.

    before: how many gates of the same name were there before this one, dead or alive (monitoring/publisher_watch.py).
    nameless: how many are there whose node nobody knows yet.
    """

    foreign: tuple[str, ...] = ()
    before: int = 0
    nameless: int = 0


@dataclass(frozen=True, slots=True)
class Border:
    """Whether the robot's own computers are reached, why not, and who commands the robot there beside port."""

    up: bool
    reason: str = ""
    foreign: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClockStep:
    """How far the system clock was set lately, in s; ahead is above zero."""

    step_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Attitude:
    """How the robot's body lies in the world: a unit quaternion, as its inertial sensor claims. known: it says so."""

    x: float
    y: float
    z: float
    w: float
    known: bool = True

    @property
    def tilt_rad(self) -> float:
        """Between the body's z axis and the vertical, 0..π; heading does not count."""
        return math.acos(max(-1.0, 1.0 - 2.0 * (self.x * self.x + self.y * self.y)))


@dataclass(frozen=True, slots=True)
class ToolPoint:
    """The point of an arm's tool, m, in the frame of its box."""

    x: float
    y: float
    z: float

    @property
    def xyz(self) -> tuple[float, float, float]:
        return self.x, self.y, self.z


@dataclass(frozen=True, slots=True)
class Force:
    """A force at the tool, N."""

    x: float
    y: float
    z: float

    @property
    def magnitude_n(self) -> float:
        return math.hypot(self.x, self.y, self.z)


@dataclass(frozen=True, slots=True)
class PlateForce:
    """What a force plate felt in one block, N: vertical load at least and at most, greatest sideways force.

    fault: what the plate says is wrong.
    """

    lowest_n: float
    highest_n: float
    sideways_n: float
    fault: str = ""


Value = (
    Estop | Pose | Odometry | Occupancy | Alive | JointStates | Body | Gantry | Publishers | ClockStep
    | Attitude | ToolPoint | Force | PlateForce | Border
)  # fmt: skip


#: What each input brings, by the first word of its name.
_KINDS: dict[str, tuple[type, ...]] = {
    "estop": (Estop,), "odometry": (Odometry,), "ground_pose": (Pose,), "occupancy": (Occupancy,),
    "joints": (JointStates,), "body": (Body,), "gantry": (Gantry,), "imu": (Attitude,), "tool_pose": (ToolPoint,),
    "contact_wrench": (Force,), "force_plate": (Alive, PlateForce), "publishers": (Publishers,),
    "border": (Border,), "ground_publishers": (Publishers,), "system_clock": (ClockStep,),
}  # fmt: skip


def fitting(name: str, value: Value, joints: int) -> Value:
    """`value`, or a fault in its place where it is not what input `name` brings, or not of so many joints."""
    if isinstance(value, Alive) and value.fault:
        return value  # the door has said already what is wrong with it
    kinds = _KINDS.get(name.partition(" ")[0])
    if kinds is not None and not isinstance(value, kinds):
        return Alive(f"a {type(value).__name__} is not what this input brings")
    if isinstance(value, JointStates) and not len(value.positions) == len(value.velocities) == joints:
        return Alive(f"{len(value.positions)} positions and {len(value.velocities)} velocities for {joints} joints")
    return value


@dataclass(frozen=True, slots=True)
class Reading:
    """A value with the time its source gave it and the time it arrived (monotonic, ns).

    fault: why the value cannot be used although it arrived; empty if it can.
    """

    value: Value
    stamp_ns: int
    received_ns: int
    fault: str = field(init=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "fault", fault_of(self.value))

    def age_ns(self, now_ns: int) -> int:
        """The older of both ages: what arrived late is as old as its stamp, what was stamped late as its arrival."""
        return now_ns - min(self.stamp_ns, self.received_ns)

    def from_future(self, now_ns: int) -> bool:
        return self.stamp_ns - now_ns > FUTURE_TOLERANCE_NS

    def lags(self, now_ns: int) -> bool:
        """Whether its stamp more than its arrival makes it old: it comes, by a clock that is late, or on a slow way."""
        return self.received_ns - self.stamp_ns > now_ns - self.received_ns

    @property
    def unstamped(self) -> bool:
        """Whether nobody set its stamp (0), or a clock did that was never set: such a stamp measures no age."""
        return self.stamp_ns < NEVER_SET_NS


class Freshness(Enum):
    """Whether an input can be relied on, and why not; the names are the constants of port_interfaces/InputAge."""

    OK = 0
    STALE = 1
    NEVER = 2
    INVALID = 3
    LATE = 4
    EARLY = 5


def freshness(reading: Reading | None, limit_s: float, now_ns: int) -> Freshness:
    """The one word on an input that may be `limit_s` old: the rules act by it, the state tells it."""
    if reading is None or reading.unstamped:
        return Freshness.NEVER
    if reading.fault:
        return Freshness.INVALID
    if reading.from_future(now_ns):
        return Freshness.EARLY
    if reading.age_ns(now_ns) / _NS_PER_S <= limit_s:
        return Freshness.OK
    return Freshness.LATE if reading.lags(now_ns) else Freshness.STALE


def age_in_words(reading: Reading, now_ns: int) -> str:
    """Why a reading that is too old is: nothing came, or what came was stamped long ago."""
    if isinstance(reading.value, Estop) and not reading.value.link_ok:
        return f"no answer for {reading.age_ns(now_ns) / _NS_PER_S:.2f} s"
    if reading.lags(now_ns):
        return f"stamps are {(reading.received_ns - reading.stamp_ns) / _NS_PER_S:.2f} s behind this machine's clock"
    return f"no data for {reading.age_ns(now_ns) / _NS_PER_S:.2f} s"


def untrusted(reading: Reading | None, limit_s: float, now_ns: int) -> tuple[str, float]:
    """Why an input cannot be relied on ("" if it can), and its age in s (NaN if never received)."""
    if reading is None:
        return "no data", float("nan")
    age_s = reading.age_ns(now_ns) / _NS_PER_S
    match freshness(reading, limit_s, now_ns):
        case Freshness.OK:
            return "", age_s
        case Freshness.NEVER:
            return "no data: not stamped yet, or by a clock that was never set", float("nan")
        case Freshness.INVALID:
            return reading.fault, age_s
        case Freshness.EARLY:
            return f"stamped {(reading.stamp_ns - now_ns) / _NS_PER_S:.2f} s in the future", age_s
        case _:
            return age_in_words(reading, now_ns), age_s


#: The numbers of each kind of value; all of them must be finite.
_NUMBERS: dict[type, tuple[str, ...]] = {
    kind: tuple(each.name for each in fields(kind) if each.type is float)
    for kind in (Pose, Odometry, Body, ClockStep, Attitude, ToolPoint, Force, PlateForce)
}
#: A quaternion is of length one, but for rounding.
UNIT_OFF = 0.02


def fault_of(value: Value) -> str:
    """Why `value` cannot be used, in words: a number that is none, or what the source says of itself."""
    if isinstance(value, Alive | JointStates | PlateForce) and value.fault:
        return value.fault
    if isinstance(value, Occupancy):
        finite = all(math.isfinite(x) and math.isfinite(y) for x, y in (*value.positions_m, *value.lost_m))
        return "" if finite else "a position is not a number"
    for name in _NUMBERS.get(type(value), ()):
        number = getattr(value, name)
        if not math.isfinite(number):
            return f"{name} is {number}"
    if isinstance(value, Pose | Odometry):
        return _fault_of_orientation(value.orientation_length)
    return _fault_of_attitude(value) if isinstance(value, Attitude) else ""


def _fault_of_attitude(value: Attitude) -> str:
    if not value.known:
        return "the sensor gives no orientation"
    return _fault_of_orientation(math.hypot(value.x, value.y, value.z, value.w))


def _fault_of_orientation(length: float) -> str:
    return "" if abs(length - 1.0) <= UNIT_OFF else f"the orientation is no rotation: length {length:.2f}"
