"""The joints of a robot as its description names them: their order, and what their commands are held against."""

import math
from dataclasses import dataclass

#: No joint has a greater position, velocity or acceleration (rad, rad/s, rad/s²); beyond it sums are none.
GREATEST = 1e6


@dataclass(frozen=True, slots=True)
class Joints:
    """Revolute joints in the order of the robot's description.

    deceleration_radps2: what every one of them reaches in a controlled stop. reach_m: the greatest distance of any
    point of the robot from any of its joints, so that the sum of all joint speeds times reach_m is never less than the
    speed of that point: v = |Σ ω_j × r_j| ≤ Σ |ω_j|·reach_m.

    Raises ValueError for no joint, a name that stands twice, a figure that is not above 0.
    """

    names: tuple[str, ...]
    deceleration_radps2: float
    reach_m: float

    def __post_init__(self) -> None:
        if not self.names or len(set(self.names)) != len(self.names):
            raise ValueError(f"joints: {list(self.names)}: expected one or more names, each once")
        for name in ("deceleration_radps2", "reach_m"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0.0):
                raise ValueError(f"{name}: {value} must be above 0")

    def speed_mps(self, velocities: tuple[float, ...]) -> float:
        """Upper bound of the speed of any point of the robot, for joint velocities in rad/s."""
        return self.reach_m * sum(map(abs, velocities))

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
