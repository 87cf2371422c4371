"""What the gate lets through, and since when: the output of the last tick as the rules of the next one see it."""

from dataclasses import dataclass

from port_safety.core.motion import ZERO, Motion


@dataclass(frozen=True, slots=True)
class Passed:
    """The motion that left the gate last. Times are monotonic, ns.

    linear_since_ns, angular_since_ns: since when that part has had this very value. moving_since_ns: since when more
    than near zero has left without a break, None while it has not.
    """

    motion: Motion = ZERO
    linear_since_ns: int = 0
    angular_since_ns: int = 0
    moving_since_ns: int | None = None

    def then(self, motion: Motion, now_ns: int) -> "Passed":
        """What is true after `motion` left at `now_ns`."""
        was = self.motion
        if motion == was:
            return self
        moving_since_ns = None if motion.near_zero else self.moving_since_ns or now_ns
        linear_ns = self.linear_since_ns if motion.vx == was.vx and motion.vy == was.vy else now_ns
        return Passed(motion, linear_ns, self.angular_since_ns if motion.wz == was.wz else now_ns, moving_since_ns)


NOTHING_PASSED = Passed()
