"""Measured speed, standstill and the way travelled, from the robot's odometry, or from the joints of one that has none.

Speed is measured twice: by what the robot says of its velocity, and by how the places that it says and that the cameras
see change. The faster counts; a velocity that its own places contradict is told (`contradiction`).
"""

import math
from collections import deque

from port_safety.model.joints import Joints
from port_safety.model.readings import JointStates, Odometry, Pose

STILL_MPS = 0.02
STILL_RADPS = 0.05
#: The robot stands when it was this slow for this long without a gap.
STILL_FOR_NS = 200_000_000
#: Older odometry than this measures nothing.
FRESH_NS = 300_000_000
#: Places are compared over this long: so short that a robot has not turned round, so long that their noise is little.
ODOMETRY_WINDOW_NS, GROUND_WINDOW_NS = 200_000_000, 500_000_000
#: No robot comes so far from one reading to the next: a source that jumps (`pose_agreement` names that) tells no speed.
JUMP_M = 0.5
#: Places are kept this far apart: a source whose stamps hardly advance fills no memory.
APART_NS = 1_000_000
#: Slower than this a change of places is their noise: of odometry, of what cameras see.
ODOMETRY_NOISE_MPS, GROUND_NOISE_MPS = 0.05, 0.2
#: Places that change so much faster than the velocity says, for so long, contradict it.
CONTRADICTION_MPS, CONTRADICTION_NS = 0.3, 300_000_000


class PlaceSpeed:
    """How fast places change over a window, by the source's own stamps (ns)."""

    def __init__(self, window_ns: int) -> None:
        self._window_ns = window_ns
        self._places: deque[tuple[int, float, float]] = deque()

    def add(self, x: float, y: float, stamp_ns: int) -> None:
        """The newest place. A stamp that hardly advances says nothing; one set back, and a jump, begin anew."""
        places = self._places
        if places and stamp_ns < places[-1][0] + APART_NS:
            if stamp_ns < places[0][0]:
                places.clear()
            return
        if places and math.hypot(x - places[-1][1], y - places[-1][2]) > JUMP_M:
            places.clear()
        places.append((stamp_ns, x, y))
        while len(places) > 2 and places[1][0] <= stamp_ns - self._window_ns:
            places.popleft()

    @property
    def mps(self) -> float:
        """Over the whole window; 0 while it is not full."""
        if len(self._places) < 2:
            return 0.0
        (then_ns, ax, ay), (now_ns, bx, by) = self._places[0], self._places[-1]
        return math.hypot(bx - ax, by - ay) / ((now_ns - then_ns) / 1e9) if now_ns - then_ns >= self._window_ns else 0.0


class StandstillMeter:
    """Feeds on odometry, or on joints; says whether the robot stands, how fast it is and how far it has come."""

    def __init__(self) -> None:
        self.path_m = 0.0
        self._odometry_speed = PlaceSpeed(ODOMETRY_WINDOW_NS)
        self._ground_speed = PlaceSpeed(GROUND_WINDOW_NS)
        self._ground_moved_ns: int | None = None
        self._contradicts_since_ns: int | None = None
        self._said_mps = 0.0
        self._last: Odometry | JointStates | None = None
        self._last_mps = math.nan
        self._received_ns = 0
        self._still_since_ns: int | None = None

    def update_ground(self, pose: Pose, stamp_ns: int, now_ns: int) -> None:
        """Where the cameras see the robot: one that they see move does not stand, whatever it says."""
        if math.isfinite(pose.x) and math.isfinite(pose.y):
            self._ground_speed.add(pose.x, pose.y, stamp_ns)
            if self._ground_speed.mps > GROUND_NOISE_MPS:
                self._ground_moved_ns = now_ns

    def contradiction(self, now_ns: int) -> str:
        """Why the odometry's velocity cannot be believed, in words; empty if its places do not say so."""
        since_ns = self._contradicts_since_ns
        if since_ns is None or now_ns - since_ns < CONTRADICTION_NS or now_ns - self._received_ns > FRESH_NS:
            return ""
        places_mps = self._odometry_speed.mps
        return f"its velocity says {self._said_mps:.2f} m/s, its places change with {places_mps:.2f} m/s"

    def update(self, odometry: Odometry, now_ns: int, stamp_ns: int | None = None) -> None:
        """Take in one reading, stamped `stamp_ns`; one that is not finite measures nothing."""
        values = (odometry.x, odometry.y, odometry.vx, odometry.vy, odometry.wz)
        if not all(map(math.isfinite, values)):
            self._still_since_ns = None
            return
        last = self._last if isinstance(self._last, Odometry) else odometry
        moved_m = math.hypot(odometry.x - last.x, odometry.y - last.y)
        self._odometry_speed.add(odometry.x, odometry.y, now_ns if stamp_ns is None else stamp_ns)
        self._take(
            odometry, self._faster_mps(odometry.speed_mps, now_ns), abs(odometry.wz) <= STILL_RADPS, moved_m, now_ns
        )

    def _faster_mps(self, said_mps: float, now_ns: int) -> float:
        """The faster of what the robot says and of how its places change; notes where they contradict."""
        places_mps = self._odometry_speed.mps
        if not places_mps > said_mps + CONTRADICTION_MPS:
            self._contradicts_since_ns = None
        elif self._contradicts_since_ns is None:
            self._contradicts_since_ns = now_ns
        self._said_mps = said_mps
        return max(said_mps, places_mps) if places_mps > ODOMETRY_NOISE_MPS else said_mps

    def update_joints(self, states: JointStates, joints: Joints, now_ns: int) -> None:
        """As `update`; speed and way are upper bounds for the fastest point of the robot."""
        if states.fault:
            self._still_since_ns = None
            return
        last = self._last if isinstance(self._last, JointStates) else states
        moved = tuple(now - then for now, then in zip(states.positions, last.positions, strict=True))
        self._take(states, joints.speed_mps(states.velocities), True, joints.speed_mps(moved), now_ns)

    def _take(
        self, value: Odometry | JointStates, speed_mps: float, turned_little: bool, moved_m: float, now_ns: int
    ) -> None:
        if now_ns - self._received_ns > FRESH_NS:
            self._still_since_ns = None
        self.path_m += moved_m
        if not (speed_mps <= STILL_MPS and turned_little):
            self._still_since_ns = None
        elif self._still_since_ns is None:
            self._still_since_ns = now_ns
        self._last, self._last_mps, self._received_ns = value, speed_mps, now_ns

    def speed_mps(self, now_ns: int) -> float:
        """Measured speed; NaN while there is nothing fresh."""
        return self._last_mps if now_ns - self._received_ns <= FRESH_NS else math.nan

    def stands(self, now_ns: int, quiet_from_ns: int = 0) -> bool:
        """Whether the robot is measured to stand; without a fresh reading nobody knows, so it does not.

        What was measured before `quiet_from_ns` does not count: a robot that was told to move stands a moment longer.
        """
        if self._still_since_ns is None or now_ns - self._received_ns > FRESH_NS:
            return False
        if self._ground_moved_ns is not None and now_ns - self._ground_moved_ns < STILL_FOR_NS:
            return False
        return self._received_ns - max(self._still_since_ns, quiet_from_ns) >= STILL_FOR_NS
