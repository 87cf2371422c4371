"""`separation`: the robot keeps so far from people that it stands before anybody can reach it.

The protective separation distance of ISO/TS 15066:2016 5.5.4.2.3 (ISO 10218-2:2025; ISO 13855 for v_h):
S = v_h·(T_r + T_s) + v_r·T_r + B + C + Z_d + Z_r, with T_s = v_r/a and B = v_r²/2a. v_r is the speed towards the
person, so the way out stays open. T_r is the robot's latency, `reaction_s` and the age of what is seen. Solved for
v_r, S is a barrier like that of a zone: it slows the robot towards a person; below S with the measured speed it stops.
Where nobody can say who is there, the robot stops.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from port_safety.core.motion import Motion
from port_safety.core.reading import Pose
from port_safety.core.verdict import Severity, Verdict
from port_safety.core.view import Robot, View

#: Of one person: gap in m, approach asked for and approach measured, both in m/s.
Approach = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class People:
    """The terms of S. walk_mps: v_h. reaction_s: of sensing and gate, beyond the age that is measured. intrusion_m: C.

    person_uncertainty_m, robot_uncertainty_m: Z_d, Z_r. margin_m: kept free beyond S by the soft limit. stale_s: who is
    there may be this old.
    """

    walk_mps: float = 1.6
    reaction_s: float = 0.05
    intrusion_m: float = 0.85
    person_uncertainty_m: float = 0.1
    robot_uncertainty_m: float = 0.05
    margin_m: float = 0.4
    stale_s: float = 0.5

    def __post_init__(self) -> None:
        for name in (each.name for each in fields(self)):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0.0):
                raise ValueError(f"{name}: {value} must be 0 or more")
        if not self.stale_s > 0.0:
            raise ValueError(f"stale_s: {self.stale_s} must be above 0")


def measured_deceleration_mps2(robot: Robot, stops: Sequence[tuple[float, float]]) -> float:
    """The deceleration that explains the worst of `stops` (speed in m/s, way in m), at most that of the profile."""
    least = robot.braking.deceleration_mps2
    for speed_mps, way_m in stops:
        braking_m = way_m - speed_mps * robot.braking.latency_s
        if braking_m > 0.0 and speed_mps > 0.0:
            least = min(least, speed_mps * speed_mps / (2.0 * braking_m))
    return least


@dataclass(frozen=True, slots=True)
class SeparationRule:
    """people: the terms. deceleration_mps2: a, of the profile or of measured stops, whichever is worse."""

    robot: Robot
    people: People
    deceleration_mps2: float

    def distance_m(self, towards_mps: float, reaction_s: float) -> float:
        """S, between the robot's edge and the person, at a speed towards them."""
        people, a = self.people, self.deceleration_mps2
        human_m = people.walk_mps * (reaction_s + towards_mps / a)
        return human_m + towards_mps * reaction_s + towards_mps * towards_mps / (2.0 * a) + self._fixed_m()

    def allowed_mps(self, distance_m: float, reaction_s: float) -> float:
        """The largest speed towards a person for which S is no more than `distance_m`; 0 where there is none."""
        people, a = self.people, self.deceleration_mps2
        spare_m = distance_m - self._fixed_m() - people.walk_mps * reaction_s
        if spare_m <= 0.0:
            return 0.0
        lag = people.walk_mps + a * reaction_s
        return math.sqrt(lag * lag + 2.0 * a * spare_m) - lag

    def _fixed_m(self) -> float:
        people = self.people
        return people.intrusion_m + people.person_uncertainty_m + people.robot_uncertainty_m

    def judge(self, view: View) -> Sequence[Verdict]:
        if blind := self._blind(view):
            return [_stop(f"separation: {blind}", math.nan, math.nan, 0)]
        seen, occupancy = view.pose(), view.occupancy()
        if seen is None or occupancy is None or not occupancy[0].positions_m:
            return ()  # without a pose `fresh` says so
        reaction_s = self.people.reaction_s + self.robot.braking.latency_s + max(seen[1], occupancy[1])
        approaches = list(self._approaches(seen[0], occupancy[0].positions_m, view.request, view.measured()))
        nearest = self._nearest(approaches, reaction_s, view.readings["occupancy"].stamp_ns)
        return [nearest] if nearest is not None else self._slower(approaches, reaction_s)

    def _approaches(
        self, pose: Pose, people_m: Sequence[tuple[float, float]], asked: Motion, measured: Motion
    ) -> Iterator[Approach]:
        """Of each person: the gap to the robot's edge, and how fast that is asked and measured to become smaller."""
        (ax, ay), (mx, my) = asked.in_ground(pose.yaw), measured.in_ground(pose.yaw)
        for x, y in people_m:
            dx, dy = x - pose.x, y - pose.y
            away_m = math.hypot(dx, dy) or 1e-9
            gap_m = away_m - self.robot.footprint_radius_m
            yield gap_m, (ax * dx + ay * dy) / away_m, max(0.0, (mx * dx + my * dy) / away_m)

    def _nearest(self, approaches: Sequence[Approach], reaction_s: float, stamp_ns: int) -> Verdict | None:
        """A stop for the one who is the furthest within S; None if nobody is."""
        short = [(gap_m - self.distance_m(mps, reaction_s), gap_m) for gap_m, _, mps in approaches]
        spare_m, gap_m = min(short)
        if spare_m >= 0.0:
            return None
        reason = f"separation: somebody is {gap_m:.2f} m away, {gap_m - spare_m:.2f} m needed"
        return _stop(reason, gap_m, gap_m - spare_m, stamp_ns)

    def _slower(self, approaches: Sequence[Approach], reaction_s: float) -> Sequence[Verdict]:
        """The tightest limit on what is asked for."""
        scale, asked_mps, limit_mps, at_m = 1.0, math.nan, math.nan, math.nan
        for gap_m, towards_mps, _ in approaches:
            if towards_mps <= 0.0:
                continue
            allowed_mps = self.allowed_mps(gap_m - self.people.margin_m, reaction_s)
            if allowed_mps < towards_mps * scale:
                scale, asked_mps, limit_mps, at_m = allowed_mps / towards_mps, towards_mps, allowed_mps, gap_m
        if scale >= 1.0:
            return ()
        reason = f"separation: {asked_mps:.2f} m/s towards somebody {at_m:.2f} m away, {limit_mps:.2f} allowed"
        return [Verdict(Severity.LIMIT, "separation", "people", reason, asked_mps, limit_mps, "m/s", scale)]

    def _blind(self, view: View) -> str:
        """Why nobody knows who is there; empty if it is known."""
        reading, known = view.readings.get("occupancy"), view.occupancy()
        if reading is None or known is None:
            return "nobody says who is there" if reading is None else f"occupancy: {reading.fault or 'none'}"
        occupancy, age_s = known
        if not occupancy.valid:
            return f"nobody knows who is there: {occupancy.reason}"
        if age_s > self.people.stale_s or reading.from_future(view.now_ns):
            return f"who is there was last said {age_s:.2f} s ago"
        if occupancy.occupied and not occupancy.positions_m:
            return f"somebody is in {', '.join(sorted(occupancy.occupied))}, and nobody says where"
        return ""


def _stop(reason: str, value: float, limit: float, stamp_ns: int) -> Verdict:
    return Verdict(
        Severity.PROTECTIVE_STOP, "separation", "people", reason, value, limit, "m",
        self_clearing=True, stamp_ns=stamp_ns,
    )  # fmt: skip
