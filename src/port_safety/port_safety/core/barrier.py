"""How fast may something approach a line so that it can still obey what holds there. Closed form.

With reaction time τ and deceleration a, a speed v needs v·τ + (v² − v_b²)/(2a) of way to come down to v_b. Solved for
v that is the largest admissible approach speed at a distance d: the boundary of the set that a control barrier function
keeps invariant (Ames et al., "Control Barrier Functions: Theory and Applications", ECC 2019).
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Braking:
    """What the robot needs to slow down: reaction time in s, deceleration in m/s²."""

    latency_s: float
    deceleration_mps2: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.latency_s) and self.latency_s >= 0.0):
            raise ValueError(f"latency_s: {self.latency_s} must be 0 or more")
        if not (math.isfinite(self.deceleration_mps2) and self.deceleration_mps2 > 0.0):
            raise ValueError(f"deceleration_mps2: {self.deceleration_mps2} must be above 0")

    def allowed_approach_mps(self, distance_m: float, boundary_mps: float = 0.0, extra_latency_s: float = 0.0) -> float:
        """Largest speed towards a line `distance_m` away that can be down to `boundary_mps` there; at least that."""
        if distance_m <= 0.0:
            return boundary_mps
        lag = self.deceleration_mps2 * (self.latency_s + extra_latency_s)
        root = math.sqrt(lag * lag + boundary_mps * boundary_mps + 2.0 * self.deceleration_mps2 * distance_m)
        return max(boundary_mps, root - lag)

    def stopping_distance_m(self, speed_mps: float) -> float:
        """Way from a command to stop until standstill."""
        return speed_mps * self.latency_s + speed_mps * speed_mps / (2.0 * self.deceleration_mps2)
