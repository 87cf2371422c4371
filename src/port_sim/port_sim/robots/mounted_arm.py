"""A simulated arm where it is mounted: what its body does on the ground, and its joints. Pure; time is an argument."""

from collections.abc import Sequence

from port_sim.robots.arm import Arm, ArmLimits, JointMotion, Waypoint
from port_sim.robots.wheeled import Motion

#: The order to stand still: no waypoints.
REST: tuple[tuple[Waypoint, ...], float] = ((), 0.0)


class MountedArm:
    """One arm on its base at x, y, yaw (m, rad, frame ground), its joints at `start_rad`.

    reach_m: of any point from any joint; by it the truth tells how fast the fastest point may be.
    """

    own_stop = ""

    def __init__(
        self, limits: ArmLimits, base_pose: tuple[float, float, float], start_rad: Sequence[float], reach_m: float
    ) -> None:
        self._arm = Arm(limits, start_rad)
        self._base_pose, self._reach_m = base_pose, reach_m

    @property
    def joints(self) -> JointMotion:
        return self._arm.motion

    @property
    def motion(self) -> Motion:
        """Its base, and the speed that no point of it exceeds."""
        speed_mps = self._reach_m * sum(map(abs, self._arm.motion.velocities))
        return Motion(*self._base_pose, v=speed_mps)

    def command(self, waypoints: Sequence[Waypoint], start_s: float, now_s: float) -> None:
        """Follow these from `start_s` on; without any, come to rest."""
        if waypoints:
            self._arm.follow(waypoints, start_s, now_s)
        else:
            self._arm.halt()

    def tell(self, word: str, now_s: float) -> None:
        """The stage of the stop profile; an arm has no posture to take."""

    def step(self, now_s: float, powered: bool, runaway: bool = False) -> Motion:
        """Move on to `now_s`."""
        self._arm.step(now_s, powered, runaway)
        return self.motion
