"""The joints of a robot as its description names them: their order, and what their commands are held against."""

import math
from dataclasses import dataclass

from port_safety.model.readings import GREATEST


@dataclass(frozen=True, slots=True)
class JointPeaks:
    """The most that a command asks of each joint, rad/s and rad/s²; without sign, in the order of the description.

    lowest_rad, highest_rad: between which positions it leads each joint; empty for a command that names none.
    """

    velocities_radps: tuple[float, ...]
    accelerations_radps2: tuple[float, ...] = ()
    lowest_rad: tuple[float, ...] = ()
    highest_rad: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Joints:
    """Revolute joints in the order of the robot's description.

    deceleration_radps2: what every one of them reaches in a controlled stop; acceleration_radps2: what it may be asked
    for, 0: as much as it decelerates. reach_m: the greatest distance of any point of the robot from any of its joints,
    link_reach_m: the same from each of them, empty: reach_m. So v = |Σ ω_j × r_j| ≤ Σ |ω_j|·link_reach_m_j bounds the
    speed of every point.

    Raises ValueError for no joint, a name that stands twice, a figure that is not above 0.
    """

    names: tuple[str, ...]
    deceleration_radps2: float
    reach_m: float
    acceleration_radps2: float = 0.0
    link_reach_m: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.names or len(set(self.names)) != len(self.names):
            raise ValueError(f"joints: {list(self.names)}: expected one or more names, each once")
        if self.acceleration_radps2 == 0.0:
            object.__setattr__(self, "acceleration_radps2", self.deceleration_radps2)
        if not self.link_reach_m:
            object.__setattr__(self, "link_reach_m", (self.reach_m,) * len(self.names))
        if len(self.link_reach_m) != len(self.names):
            raise ValueError(f"link_reach_m: {len(self.link_reach_m)} numbers for {len(self.names)} joints")
        for name in ("deceleration_radps2", "acceleration_radps2", "reach_m"):
            _check_positive(name, getattr(self, name))
        for joint, reach_m in zip(self.names, self.link_reach_m, strict=True):
            _check_positive(f"link_reach_m of {joint}", reach_m)

    def speed_mps(self, velocities: tuple[float, ...]) -> float:
        """Upper bound of the speed of any point of the robot, for joint velocities in rad/s."""
        return sum(reach_m * abs(each) for reach_m, each in zip(self.link_reach_m, velocities, strict=True))

    def braking_s(self, velocities: tuple[float, ...]) -> float:
        """How long the fastest joint needs to come to rest; the others brake along with it."""
        return max(map(abs, velocities), default=0.0) / self.deceleration_radps2

    def fault_of(self, what: str, values: tuple[float, ...]) -> str:
        """What is wrong with one value for each joint, in words; empty if nothing is."""
        if len(values) != len(self.names):
            return f"{what}: {len(values)} numbers for {len(self.names)} joints"
        for name, value in zip(self.names, values, strict=True):
            if not abs(value) <= GREATEST:
                return f"{what} of {name} is {value}"
        return ""


def _check_positive(name: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0.0):
        raise ValueError(f"{name}: {value} must be above 0")
