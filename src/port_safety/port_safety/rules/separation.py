"""`separation`: the robot keeps so far from people that it stands before anybody can reach it.

The protective separation distance of ISO/TS 15066:2016 5.5.4.2.3 (ISO 10218-2:2025; ISO 13855 for v_h):
S = v_h·(T_r + T_s) + v_r·T_r + B + C + Z_d + Z_r. T_s = v/a is the time that the robot takes to stand from its whole
speed v, whichever way it goes: a person comes from the side as well. v_r is the part of v towards the person, below
zero when the robot leaves, and B = v_r·v/2a the part of the stopping way that goes there. T_r is the robot's latency,
the lag of its drives, `reaction_s` and the age of what is seen. Solved for the share of the request that may pass, S is
a barrier; below S with the measured motion the robot stops. Where nobody can say who is there, it stops too.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Annotated

import msgspec

from port_safety.commands.twist import Motion
from port_safety.model.geometry import Point, Polygon
from port_safety.model.readings import FUTURE_TOLERANCE_NS, Occupancy, Pose
from port_safety.model.robot_model import RobotModel
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import NS_PER_S, RuleContext
from port_safety.rules.required_input import missing
from port_safety.rules.rule_type import AGE_S, HIGHER, RuleParameters, RuleType, Site, number

#: Somebody who is seen this near to an occupied zone is the one who occupies it, m.
EXPLAINS_M = 0.5
#: Beside the robot no camera sees a person: who was lost within this distance of its edge may still be there, m.
LOST_NEAR_M = 1.0


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


def measured_deceleration_mps2(robot: RobotModel, stops: Sequence[tuple[float, float]]) -> float:
    """The deceleration that explains the worst of `stops` (speed in m/s, way in m), at most that of the profile."""
    least = robot.braking.deceleration_mps2
    for speed_mps, way_m in stops:
        braking_m = way_m - speed_mps * robot.braking.reaction_s
        if braking_m > 0.0 and speed_mps > 0.0:
            least = min(least, speed_mps * speed_mps / (2.0 * braking_m))
    return least


@dataclass(frozen=True, slots=True)
class SeparationRule:
    """people: the terms. deceleration_mps2: a, of the profile or of measured stops, whichever is worse.

    zones: where the zones lie that cameras name. guarded: where people stand behind a guard and do not count.
    """

    robot: RobotModel
    people: People
    deceleration_mps2: float
    zones: Mapping[str, Polygon] = field(default_factory=dict)
    guarded: Mapping[str, Polygon] = field(default_factory=dict)

    def distance_m(self, speed_mps: float, towards_mps: float, reaction_s: float) -> float:
        """S, between the robot's edge and the person; `towards_mps` of the speed lead to the person."""
        people, a = self.people, self.deceleration_mps2
        human_m = people.walk_mps * (reaction_s + speed_mps / a)
        return human_m + towards_mps * (reaction_s + speed_mps / (2.0 * a)) + self._fixed_m()

    def allowed_share(self, distance_m: float, speed_mps: float, towards_mps: float, reaction_s: float) -> float:
        """The largest share of a motion for which S is no more than `distance_m`, 0..1.

        S of the share s is a parabola: square·s² + rise·s + what it is at standstill.
        """
        people, a = self.people, self.deceleration_mps2
        spare_m = distance_m - self._fixed_m() - people.walk_mps * reaction_s
        square = towards_mps * speed_mps / (2.0 * a)
        rise = people.walk_mps * speed_mps / a + towards_mps * reaction_s
        if rise + square <= spare_m:
            return 1.0
        if spare_m <= 0.0:
            return 0.0
        # Never below 0 where S is a number; where it is none, `max` takes the 0, and nothing passes.
        return min(1.0, 2.0 * spare_m / (rise + math.sqrt(max(0.0, rise * rise + 4.0 * square * spare_m))))

    def _fixed_m(self) -> float:
        people = self.people
        return people.intrusion_m + people.person_uncertainty_m + people.robot_uncertainty_m

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        if blind := self._blind(context):
            return [_stop(f"separation: {blind}", math.nan, math.nan, 0)]
        seen, occupancy = context.pose(), context.occupancy()
        if seen is None or occupancy is None:
            return [missing("separation", "pose", "nobody says where the robot is", "ground_pose")]
        pose, stamp_ns = seen[0], context.readings["occupancy"].stamp_ns
        lost = self._lost(pose, occupancy[0], stamp_ns)
        spots = list(self._spots(pose, occupancy[0]))
        if not spots:
            return lost
        reaction_s = self.people.reaction_s + self.robot.braking.reaction_s + max(seen[1], occupancy[1])
        measured, speed_mps = self._measured(context)
        if math.isnan(speed_mps):
            name = "joints" if self.robot.measured_by_joints else "odometry"
            return [*lost, missing("separation", "motion", "nobody measures how the robot moves", name)]
        nearest = self._nearest(pose, spots, measured, speed_mps, reaction_s, stamp_ns)
        return lost + ([nearest] if nearest else self._slower(pose, spots, context, reaction_s))

    def _measured(self, context: RuleContext) -> tuple[Motion | None, float]:
        """The measured motion, None where nobody knows which way, and the speed, NaN where nobody measures it."""
        measured = context.measured()
        if measured is not None:
            return measured, max(measured.speed_mps, context.speed_mps)
        return None, context.speed_mps if self.robot.is_fixed else math.nan

    # --- where people are ---------------------------------------------------------------------------------------------

    def _spots(self, pose: Pose, occupancy: Occupancy) -> Iterator[Point]:
        """Where somebody counts as being: placed, not behind a guard, and the near end of a zone unexplained."""
        for spot in occupancy.positions_m:
            if not any(polygon.contains(spot) for polygon in self.guarded.values()):
                yield spot
        for name in occupancy.occupied:
            polygon = self.zones[name]
            if not any(_explains(spot, polygon) for spot in occupancy.positions_m):
                yield polygon.nearest_point((pose.x, pose.y))

    def _lost(self, pose: Pose, occupancy: Occupancy, stamp_ns: int) -> list[Verdict]:
        """Who went out of sight beside the robot may stand there: a person has to look, so this stop needs a reset."""
        for x, y in occupancy.lost_m:
            gap_m = math.hypot(x - pose.x, y - pose.y) - self.robot.radius_m
            if gap_m < LOST_NEAR_M:
                reason = f"separation: somebody went out of sight {max(0.0, gap_m):.2f} m from the robot"
                return [
                    Verdict(Severity.PROTECTIVE_STOP, "separation", "lost", reason, gap_m, LOST_NEAR_M, "m",
                            stamp_ns=stamp_ns)
                ]  # fmt: skip
        return []

    # --- how far they are ---------------------------------------------------------------------------------------------

    def _away(self, pose: Pose, spot: Point, motion: Motion | None, speed_mps: float) -> tuple[float, float]:
        """Gap between the robot's edge and a person, and the speed of `motion` towards them: all of it where nobody
        knows which way it goes."""
        dx, dy = spot[0] - pose.x, spot[1] - pose.y
        away_m = math.hypot(dx, dy) or 1e-9
        if motion is None:
            return away_m - self.robot.radius_m, speed_mps
        vx, vy = motion.in_ground(pose.yaw)
        return away_m - self.robot.radius_m, (vx * dx + vy * dy) / away_m

    def _nearest(
        self,
        pose: Pose,
        spots: Sequence[Point],
        measured: Motion | None,
        speed_mps: float,
        reaction_s: float,
        stamp_ns: int,
    ) -> Verdict | None:
        """A stop for the one who is the furthest within S; None if nobody is."""
        aways = [self._away(pose, spot, measured, speed_mps) for spot in spots]
        spare_m, gap_m = min((gap_m - self.distance_m(speed_mps, mps, reaction_s), gap_m) for gap_m, mps in aways)
        if spare_m >= 0.0:
            return None
        reason = f"separation: somebody is {gap_m:.2f} m away, {gap_m - spare_m:.2f} m needed"
        return _stop(reason, gap_m, gap_m - spare_m, stamp_ns)

    def _slower(self, pose: Pose, spots: Sequence[Point], context: RuleContext, reaction_s: float) -> list[Verdict]:
        """The tightest limit on what is asked for. The margin is kept on the way there, not on the way out.

        Of a robot that walks by its joints nobody knows what they ask of its base: it is stopped by what is measured.
        """
        speed_mps = context.request_mps
        if not speed_mps or (context.request is None and not self.robot.is_fixed):
            return []
        shares = []
        for spot in spots:
            gap_m, mps = self._away(pose, spot, context.request, speed_mps)
            margin_m = self.people.margin_m if mps > 0.0 else 0.0
            shares.append((self.allowed_share(gap_m - margin_m, speed_mps, mps, reaction_s), gap_m))
        scale, gap_m = min(shares)
        if scale >= 1.0:
            return []
        limit_mps = scale * speed_mps
        reason = f"separation: {speed_mps:.2f} m/s with somebody {gap_m:.2f} m away, {limit_mps:.2f} allowed"
        return [Verdict(Severity.LIMIT, "separation", "people", reason, speed_mps, limit_mps, "m/s", scale)]

    def _blind(self, context: RuleContext) -> str:
        """Why nobody knows who is there; empty if it is known."""
        known = context.occupancy()
        if known is None:
            reading = context.readings.get("occupancy")
            return "nobody says who is there" if reading is None else f"occupancy: {reading.fault or 'none'}"
        occupancy, age_s = known
        if not occupancy.valid:
            return f"nobody knows who is there: {occupancy.reason}"
        ahead_ns = context.readings["occupancy"].stamp_ns - context.now_ns
        if ahead_ns > FUTURE_TOLERANCE_NS:
            return f"who is there was stamped {ahead_ns / NS_PER_S:.2f} s in the future"
        if age_s > self.people.stale_s:
            return f"nobody knows who is there: {context.why_old('occupancy')}"
        if unknown := sorted(occupancy.occupied - self.zones.keys()):
            return f"somebody is in {', '.join(unknown)}, and nobody knows where that is"
        return ""


def _explains(spot: Point, polygon: Polygon) -> bool:
    return polygon.contains(spot) or polygon.distance(spot) <= EXPLAINS_M


def _stop(reason: str, value: float, limit: float, stamp_ns: int) -> Verdict:
    return Verdict(
        Severity.PROTECTIVE_STOP, "separation", "people", reason, value, limit, "m",
        self_clearing=True, stamp_ns=stamp_ns,
    )  # fmt: skip


#: A term of the separation distance: the greater, the stricter.
Term = Annotated[float, number("", ge=0.0, le=10.0, stricter=HIGHER)]


class SeparationParameters(RuleParameters, frozen=True):
    """The terms of the separation distance (`People`), m, s, m/s; measured stops as speeds and ways, in pairs.

    zones_m, guarded_m: polygons by name, as flat x, y pairs in frame ground.
    """

    walk_mps: Term = 1.6
    reaction_s: Term = 0.05
    intrusion_m: Term = 0.85
    person_uncertainty_m: Term = 0.1
    robot_uncertainty_m: Term = 0.05
    margin_m: Term = 0.4
    stale_s: Annotated[float, AGE_S] = 0.5
    measured_stop_mps: tuple[float, ...] = ()
    measured_stop_m: tuple[float, ...] = ()
    zones_m: dict[str, list[float]] = msgspec.field(default_factory=dict)
    guarded_m: dict[str, list[float]] = msgspec.field(default_factory=dict)


def _make(name: str, parameters: SeparationParameters, site: Site) -> SeparationRule:
    people = People(**{each.name: getattr(parameters, each.name) for each in fields(People)})
    if len(parameters.measured_stop_mps) != len(parameters.measured_stop_m):
        raise ValueError("measured_stop_m: a way for each speed of measured_stop_mps is needed")
    stops = list(zip(parameters.measured_stop_mps, parameters.measured_stop_m, strict=True))
    zones, guarded = _polygons("zones_m", parameters.zones_m), _polygons("guarded_m", parameters.guarded_m)
    return SeparationRule(site.robot, people, measured_deceleration_mps2(site.robot, stops), zones, guarded)


def _polygons(key: str, flat: Mapping[str, list[float]]) -> dict[str, Polygon]:
    """Polygons by name; ValueError says which."""
    made = {}
    for name, values in flat.items():
        try:
            made[name] = Polygon.from_flat(values)
        except ValueError as error:
            raise ValueError(f"{key}.{name}: {str(error).removeprefix('polygon_m: ')}") from error
    return made


RULE = RuleType(
    "separation", SeparationParameters, _make, watches=lambda parameters, site: {"occupancy": parameters.stale_s},
    needs=lambda site: (site.motion_input, *site.place_inputs), has_place=True, overridable=True,
)  # fmt: skip
