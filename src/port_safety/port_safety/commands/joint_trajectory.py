"""A joint trajectory, and the same one on its way through the gate: its own time runs slower, its path never changes.

A trajectory is said once and followed for seconds. So what leaves the gate carries the time of its start: said again it
changes nothing, and a robot that was told to slow down or to stop goes on doing so if the gate dies meanwhile.
"""

import math
from dataclasses import dataclass, field, replace
from typing import ClassVar, Optional

from port_safety.commands.command import Command
from port_safety.commands.command_type import CommandType
from port_safety.commands.time_scaling import TimeScaling
from port_safety.commands.trajectory_points import SAME_S, Point, between, order_fault, peaks
from port_safety.commands.twist import Motion
from port_safety.model.joints import JointPeaks, Joints
from port_safety.model.readings import JointStates

MAX_POINTS = 1000
#: A trajectory is near zero if no joint leaves this band (rad) and none is faster than this (rad/s).
NEAR_ZERO_RAD = 0.02
NEAR_ZERO_RADPS = 0.02
#: A first point at time 0 that lies further than this (rad) from where the joint is belongs to another place; a lone
#: one must be near zero, as there is no time to get there.
START_RAD = 0.1
#: The pace is let through in steps of this, rounded down, so that a limit that wavers makes no new command each tick;
#: below the first of them in finer ones, so that a wild request becomes a slow one and not none.
PACE_STEP, FINE_STEP = 0.05, 0.0025
#: A ramp is told to the robot by this many points.
RAMP_POINTS = 8
#: A shorter ramp (s) is none: its points would be at the same nanosecond, and no controller takes such a trajectory.
RAMP_S = 1e-6
#: How soon a position that is to be held is to be reached, s, and how fast at most, rad/s: the robot is there already.
HOLD_S = 0.1
HOLD_RADPS = 0.2
#: A robot without power that was moved by this much (rad) is held where it is, not where it was.
MOVED_RAD = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class JointTrajectory:
    """Points for `joints`; names: those of the message. No points: nothing is asked and nothing is held.

    On its way through the gate: `of` is the request it came from, `start_ns` when its points' time begins, `phase_s`
    how much of the request's own time was done by then, `pace` how fast that time runs from then on.
    """

    joints: Joints
    points: tuple[Point, ...] = ()
    names: tuple[str, ...] = ()
    problem: str = ""
    of: Optional["JointTrajectory"] = None
    start_ns: int = 0
    phase_s: float = 0.0
    pace: TimeScaling = field(default=TimeScaling(0.0, 0.0))
    _peaks: JointPeaks | None = field(init=False, repr=False, default=None)
    persistent: ClassVar[bool] = True
    twist: ClassVar[Motion | None] = None

    # --- what is asked ------------------------------------------------------------------------------------------------

    @property
    def fault(self) -> str:
        if self.problem:
            return self.problem
        if self.names and self.names != self.joints.names:
            return f"joints {', '.join(self.names)}; expected {', '.join(self.joints.names)}"
        if len(self.points) > MAX_POINTS:
            return f"more than {MAX_POINTS} points"
        return next(filter(None, map(self._point_fault, self.points)), "") or order_fault(self.points)

    def _point_fault(self, point: Point) -> str:
        fault = self.joints.fault_of("position", point.positions)
        for what, values in (("velocity", point.velocities), ("acceleration", point.accelerations)):
            if values and not fault:
                fault = self.joints.fault_of(what, values)
        return fault

    @property
    def duration_s(self) -> float:
        return self.points[-1].at_s if self.points else 0.0

    @property
    def near_zero(self) -> bool:
        columns = zip(*(point.positions for point in self.points), strict=True)
        if any(max(column) - min(column) > NEAR_ZERO_RAD for column in columns):
            return False
        return all(abs(velocity) <= NEAR_ZERO_RADPS for point in self.points for velocity in point.velocities)

    @property
    def peaks(self) -> JointPeaks:
        """Over all points and what lies between them; computed once, for every tick asks."""
        if self._peaks is None:
            object.__setattr__(self, "_peaks", peaks(self.points, len(self.joints.names)))
        assert self._peaks is not None
        return self._peaks

    @property
    def speed_mps(self) -> float:
        return self.joints.speed_mps(self.peaks.velocities_radps)

    def joint_velocities_at(self, now_ns: int) -> tuple[float, ...]:
        return self.at(now_ns)[1] if self.points else (0.0,) * len(self.joints.names)

    def is_done(self, output: Command, now_ns: int) -> bool:
        """Whether `output`, which is what passed of it, has come to its end."""
        return isinstance(output, JointTrajectory) and output.of is self and output.phase_at(now_ns) >= self.duration_s

    def scaled(self, linear: float, angular: float) -> "JointTrajectory":
        """The same path, slower by the lesser factor; 0 stays where it begins."""
        share = min(linear, angular)
        if share <= 0.0:
            return holding(self.joints, self.points[0].positions) if self.points else self
        return replace(self, points=tuple(point.slowed(share) for point in self.points))

    def started(self, now_ns: int, before: Command, measured: JointStates | None) -> "JointTrajectory":
        """From where the robot is, and as fast: as it was told to be while it moves, else where it is measured.

        What a first point at time 0 says of that is dropped: no robot is there, or that fast, in no time.
        """
        if self.fault or not self.points or not isinstance(before, JointTrajectory):
            return self
        if not before.rests_at(now_ns):
            here, velocities = before.at(now_ns)
        elif measured is not None and not measured.fault:
            here, velocities = measured.positions, (0.0,) * len(measured.positions)
        else:
            return replace(self, problem="nobody measures where the joints are from which it is to begin")
        rest = self.points if self.points[0].at_s > 0.0 else self.points[1:]
        jump = max(map(abs, (there - at for there, at in zip(self.points[0].positions, here, strict=True))))
        if self.points[0].at_s == 0.0 and jump > (START_RAD if rest else NEAR_ZERO_RAD):
            return replace(self, problem=f"begins {jump:.2f} rad from where the robot is")
        moves = rest and (rest[-1].velocities or any(velocities))
        return replace(self, points=(Point(0.0, here, velocities if moves else ()), *rest))

    # --- what is let through ------------------------------------------------------------------------------------------

    def limited(self, linear: float, angular: float, now_ns: int, before: Command) -> "JointTrajectory":
        """What is left of it, at the pace that is allowed. Going on faster or slower is a ramp, never a step."""
        share = min(linear, angular)
        step = PACE_STEP if share >= PACE_STEP else FINE_STEP
        share = math.floor(share / step + 1e-9) * step
        if not isinstance(before, JointTrajectory) or not self.points:
            return before.stop(now_ns) if isinstance(before, JointTrajectory) else self
        if before.of is not self and share == 0.0:
            return before.stop(now_ns)
        if before.of is not self:
            return _left(self, 0.0, 0.0 if before.rests_at(now_ns) else share, share, now_ns)
        if before.pace.end == share:
            return before
        return _left(self, before.phase_at(now_ns), before.rate_at(now_ns), share, now_ns)

    def braked(self, began_ns: int, now_ns: int, deceleration_mps2: float, before: Command) -> "JointTrajectory":
        """Slows down along its own path at the joints' deceleration, holds the position reached, forgets the rest."""
        return before.stop(now_ns) if isinstance(before, JointTrajectory) else self.stop(now_ns)

    def stop(self, now_ns: int, measured: JointStates | None = None) -> "JointTrajectory":
        """As `braked`; then a hold, which follows a robot that was moved by hand without power."""
        if self.of is None:
            if measured is not None and not measured.fault and (moved_rad := self._moved_rad(measured)) > MOVED_RAD:
                return holding(self.joints, measured.positions, moved_rad)
            return self if len(self.points) <= 1 else holding(self.joints, self.points[0].positions)
        if self.rests_at(now_ns):
            return holding(self.joints, self.at(now_ns)[0])
        if self.pace.end == 0.0:
            return self
        return _left(self.of, self.phase_at(now_ns), self.rate_at(now_ns), 0.0, now_ns)

    def _moved_rad(self, measured: JointStates) -> float:
        """How far the farthest joint is from where it is held; inf where nothing has been held yet."""
        if not self.points:
            return math.inf
        pairs = zip(self.points[0].positions, measured.positions, strict=True)
        return max(abs(held - found) for held, found in pairs)

    def rests_at(self, now_ns: int) -> bool:
        if self.of is None:
            return True  # a hold; a request moves nothing before it has been let through
        return (self.rate_at(now_ns) == 0.0 and self.pace.end == 0.0) or self.phase_at(now_ns) >= self.of.duration_s

    def at(self, now_ns: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Positions and velocities that the robot is told to have at `now_ns`."""
        if self.of is None:
            return self.points[0].positions, (0.0,) * len(self.joints.names)
        rate = self.rate_at(now_ns)
        positions, velocities = between(self.of.points, self.phase_at(now_ns))
        return positions, tuple(velocity * rate for velocity in velocities)

    def phase_at(self, now_ns: int) -> float:
        """How much of the request's own time is done, s."""
        return self.phase_s + self.pace.phase((now_ns - self.start_ns) / 1e9)

    def rate_at(self, now_ns: int) -> float:
        return self.pace.rate((now_ns - self.start_ns) / 1e9)


def _left(of: JointTrajectory, phase_s: float, rate: float, share: float, now_ns: int) -> JointTrajectory:
    """The rest of `of` from `phase_s` on, its time now running at `rate` and soon at `share`."""
    over_s = abs(share - rate) * of.joints.braking_s(between(of.points, phase_s)[1])
    pace = TimeScaling(rate, share, over_s if over_s > RAMP_S else 0.0)
    return replace(of, points=_retimed(of, phase_s, pace), of=of, start_ns=now_ns, phase_s=phase_s, pace=pace)


def _retimed(of: JointTrajectory, phase_s: float, pace: TimeScaling) -> tuple[Point, ...]:
    """Points of the rest of `of` at `pace`: some along the ramp, then its own."""
    points = []
    for number in range(RAMP_POINTS + 1 if pace.over_s > 0.0 else 1):
        time_s = pace.over_s * number / RAMP_POINTS
        positions, velocities = between(of.points, phase_s + pace.phase(time_s))
        rate = pace.rate(time_s)
        points.append(Point(time_s, positions, tuple(rate * v for v in velocities) if of.points[-1].velocities else ()))
    if pace.end > 0.0:
        ramped_to_s = phase_s + pace.phase(pace.over_s)
        for own in of.points:
            if own.at_s > ramped_to_s + 2.0 * SAME_S:
                points.append(own.slowed(pace.end, pace.elapsed(own.at_s - phase_s)))
    return tuple(points)


def holding(joints: Joints, positions: tuple[float, ...], from_rad: float = math.inf) -> JointTrajectory:
    """Stay at `positions` (rad). from_rad: how far from there the robot was held last; inf: it was not."""
    at_s = max(HOLD_S, from_rad / HOLD_RADPS) if math.isfinite(from_rad) else HOLD_S
    return JointTrajectory(joints, (Point(at_s, positions, (0.0,) * len(positions)),), joints.names)


JOINT_TRAJECTORY = CommandType(
    "joint_trajectory", "trajectory_msgs/msg/JointTrajectory", "port_safety.ros.codecs:JointTrajectoryCodec",
    JointTrajectory, True,
)  # fmt: skip
