"""How fast may something approach a line so that it can still obey what holds there. Closed form.

With deceleration a, a speed v comes down to v_b on a way of (v² − v_b²)/2a; the robot's latency τ, the lag T of its
drives and the age of the pose cost v·(τ + T + age) on top. Solved for v that is the boundary of the set that a control
barrier function keeps invariant (Ames et al., "Control Barrier Functions: Theory and Applications", ECC 2019).

Whoever commands that boundary from a place seen late overshoots it: x' = −k·x(t − τ) swings through zero for kτ > 1/e
(Györi and Ladas, "Oscillation Theory of Delay Differential Equations", 1991, 2.2), and the boundary alone begins with
k = 1/τ. So the way that the measured speed still costs is taken off first, and the rest is closed with `SETTLE_S`.
"""

import math
from dataclasses import dataclass

#: The last way is closed at 1/SETTLE_S: e times what no prediction covers, a tick and the odometry's period and age.
SETTLE_S = 0.2


@dataclass(frozen=True, slots=True)
class BrakingModel:
    """What the robot needs to slow down.

    latency_s: command to first effect. deceleration_mps2: what its brakes reach, m/s². response_s: time constant with
    which its drives follow (first order).
    """

    latency_s: float
    deceleration_mps2: float
    response_s: float = 0.0

    def __post_init__(self) -> None:
        for name in ("latency_s", "response_s"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) >= 0.0):
                raise ValueError(f"{name}: {getattr(self, name)} must be 0 or more")
        if not (math.isfinite(self.deceleration_mps2) and self.deceleration_mps2 > 0.0):
            raise ValueError(f"deceleration_mps2: {self.deceleration_mps2} must be above 0")

    @property
    def reaction_s(self) -> float:
        """From a command to what the robot does: v·reaction_s is the way that a change of v comes late."""
        return self.latency_s + self.response_s

    def allowed_approach_mps(
        self, distance_m: float, boundary_mps: float = 0.0, age_s: float = 0.0, towards_mps: float = 0.0
    ) -> float:
        """Largest speed towards a line seen `distance_m` away that can be down to `boundary_mps` there; at least that.

        age_s: of what was seen. towards_mps: how fast the robot is measured to approach.
        """
        late_s = self.reaction_s + age_s
        allowed = self._boundary(distance_m, boundary_mps, late_s + SETTLE_S)
        if not towards_mps <= allowed:  # else the way that it still goes is within that; no number is no excuse
            allowed = min(allowed, self._boundary(distance_m - towards_mps * late_s, boundary_mps, SETTLE_S))
        return max(boundary_mps, allowed)

    def _boundary(self, distance_m: float, boundary_mps: float, late_s: float) -> float:
        lag = self.deceleration_mps2 * late_s
        way = 2.0 * self.deceleration_mps2 * max(0.0, distance_m)
        return math.sqrt(lag * lag + boundary_mps * boundary_mps + way) - lag

    def stopping_distance_m(self, speed_mps: float) -> float:
        """Way from a command to stop until standstill."""
        return speed_mps * self.reaction_s + speed_mps * speed_mps / (2.0 * self.deceleration_mps2)
