"""How fast a trajectory's own time runs while it is let through. Slowing down is a slower time, never another path.

Time scaling of a path (Dahl and Nielsen, "Torque-limited path following by online trajectory time scaling", IEEE T-RA
6(5), 1990): with q(σ(t)) the velocity is q'·σ̇ and the acceleration q''·σ̇² + q'·σ̈.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeScaling:
    """The rate σ̇ goes evenly from `begin` to `end` within `over_s`, then stays. 1 is the pace that was asked for."""

    begin: float
    end: float
    over_s: float = 0.0

    def rate(self, elapsed_s: float) -> float:
        """σ̇, `elapsed_s` after the beginning."""
        if elapsed_s >= self.over_s or self.over_s <= 0.0:
            return self.end
        return self.begin + (self.end - self.begin) * max(0.0, elapsed_s) / self.over_s

    def phase(self, elapsed_s: float) -> float:
        """How much of the trajectory's time has gone by, in s."""
        ramped_s = min(max(0.0, elapsed_s), self.over_s)
        return (self.begin + self.rate(ramped_s)) / 2.0 * ramped_s + self.end * max(0.0, elapsed_s - self.over_s)

    def elapsed(self, phase_s: float) -> float:
        """When `phase_s` of the trajectory's time will have gone by; inf if never."""
        in_ramp_s = self.phase(self.over_s)
        if phase_s > in_ramp_s or self.over_s == 0.0:
            return self.over_s + (phase_s - in_ramp_s) / self.end if self.end > 0.0 else math.inf
        bend = (self.end - self.begin) / self.over_s
        root = math.sqrt(max(0.0, self.begin * self.begin + 2.0 * bend * phase_s))
        return 2.0 * phase_s / (self.begin + root) if phase_s > 0.0 else 0.0
