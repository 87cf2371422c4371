"""`speed`: how fast the robot may go, everywhere or in a zone; a zone may have a lower limit while it is occupied.

The request is reduced to the limit, before the zone begins where that takes braking. Of a robot that is commanded by
its joints the fastest point counts. Measured overspeed is a protective stop: whoever does not follow the reduced
command is not under control. A zone that must not be driven through while somebody is in it (occupied limit 0) stops a
robot that is in it, or an arm that reaches into it, and holds back one that comes; this stop ends by itself when the
zone is seen to be free.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from port_safety.model.geometry import Polygon
from port_safety.model.readings import Pose
from port_safety.model.robot_model import RobotModel
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.required_input import missing
from port_safety.rules.rule_type import AGE_S, LOWER, RuleParameters, RuleType, Site, number
from port_safety.rules.zones import approach

#: Overspeed means above limit × (1 + share) + offset: what a sound velocity controller overshoots.
OVERSPEED_SHARE = 0.1
OVERSPEED_MPS = 0.1
#: A robot that is held before a zone is held this far from it: what it overshoots must not take it in.
HOLD_M = 0.2


@dataclass(frozen=True, slots=True)
class SpeedRule:
    """zone: its name ("robot" without a polygon: everywhere). Limits in m/s.

    occupied_limit_mps holds while the occupancy names the zone, cannot say, or is older than stale_s; None: occupancy
    does not matter.
    """

    zone: str
    limit_mps: float
    robot: RobotModel
    polygon: Polygon | None = None
    occupied_limit_mps: float | None = None
    stale_s: float = 0.5

    def __post_init__(self) -> None:
        if not self.limit_mps >= 0.0:
            raise ValueError(f"limit_mps: {self.limit_mps} must be 0 or more")
        if self.occupied_limit_mps is not None and not 0.0 <= self.occupied_limit_mps <= self.limit_mps:
            raise ValueError(
                f"occupied_limit_mps: {self.occupied_limit_mps} must lie in 0..limit_mps ({self.limit_mps})"
            )
        if not self.stale_s > 0.0:
            raise ValueError(f"stale_s: {self.stale_s} must be above 0")

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        if self.polygon is None:
            limit_mps = self.limit_mps
            return [*self._overspeed(context, limit_mps), *self._reduce(context, limit_mps), *self._turn(context)]
        seen = context.pose()
        if seen is None:
            return [
                missing("speed", f"zone {self.zone}", f"{self.zone}: nobody says where the robot is", "ground_pose")
            ]
        pose, age_s = seen
        occupied = self._occupied(context)
        limit_mps = self.limit_mps if occupied is None else self.occupied_limit_mps or 0.0
        reach_m = self.robot.radius_m
        around = self.polygon.around((pose.x, pose.y))
        if around.inside or around.distance_m < reach_m:
            return self._inside(context, limit_mps, occupied, around.inside or self.robot.is_fixed)
        return self._before(context, pose, age_s, limit_mps, occupied)

    def _occupied(self, context: RuleContext) -> str | None:
        """Why the zone counts as occupied; None if it does not."""
        if self.occupied_limit_mps is None:
            return None
        known = context.occupancy()
        if known is None:
            return "occupancy unknown"
        occupancy, age_s = known
        if not occupancy.valid:
            return f"occupancy unknown: {occupancy.reason}"
        if age_s > self.stale_s:
            return f"occupancy unknown: {context.why_old('occupancy')}"
        if occupancy.watched is not None and self.zone not in occupancy.watched:
            return "occupancy unknown: nobody looks at this zone"
        return "occupied" if self.zone in occupancy.occupied else None

    def _inside(self, context: RuleContext, limit_mps: float, occupied: str | None, inside: bool) -> Sequence[Verdict]:
        if occupied is not None and limit_mps == 0.0:
            return [
                Verdict(
                    Severity.PROTECTIVE_STOP,
                    "speed",
                    f"zone {self.zone}",
                    f"{self.zone}: {occupied}, the robot must stand",
                    context.speed_mps,
                    0.0,
                    "m/s",
                    self_clearing=True,
                    stamp_ns=context.pose_stamp_ns,
                )
            ]
        overspeed = self._overspeed(context, limit_mps) if inside else []
        return [*overspeed, *self._reduce(context, limit_mps)]

    def _before(
        self, context: RuleContext, pose: Pose, age_s: float, limit_mps: float, occupied: str | None
    ) -> Sequence[Verdict]:
        assert self.polygon is not None
        reach_m = self.robot.radius_m + (HOLD_M if limit_mps == 0.0 else 0.0)
        near = approach(self.polygon, self.robot, context, pose, age_s, reach_m, limit_mps)
        why = f" ({occupied})" if occupied else ""
        return () if near is None else [near.verdict("speed", self.zone, "towards it", why)]

    def _reduce(self, context: RuleContext, limit_mps: float) -> list[Verdict]:
        """Of a robot that walks by its joints nobody knows what they ask of its base: what is measured is judged."""
        asked_mps = context.request_mps
        if not asked_mps > limit_mps or (context.request is None and not self.robot.is_fixed):
            return []
        reason = f"{self.zone}: {asked_mps:.2f} m/s requested, {limit_mps:.2f} allowed"
        scale = limit_mps / asked_mps if math.isfinite(asked_mps) else 0.0
        return [Verdict(Severity.LIMIT, "speed", f"zone {self.zone}", reason, asked_mps, limit_mps, "m/s", scale)]

    def _turn(self, context: RuleContext) -> list[Verdict]:
        """How fast a base turns; the joints of a robot that is commanded by them are in its fastest point."""
        asked, limit = 0.0 if context.request is None else abs(context.request.wz), self.robot.yaw_rate_radps
        if not asked > limit:
            return []
        reason = f"{self.zone}: {asked:.2f} rad/s requested, {limit:.2f} allowed"
        return [
            Verdict(
                Severity.LIMIT, "speed", f"turn {self.zone}", reason, asked, limit, "rad/s", scale_angular=limit / asked
            )
        ]

    def _overspeed(self, context: RuleContext, limit_mps: float) -> list[Verdict]:
        measured_mps = context.speed_mps
        if math.isnan(measured_mps):
            reason = f"{self.zone}: nobody measures how fast the robot is"
            return [missing("speed", f"zone {self.zone}", reason, _motion_input(self.robot))]
        bound_mps = limit_mps * (1.0 + OVERSPEED_SHARE) + OVERSPEED_MPS
        if not measured_mps > bound_mps:
            return []
        reason = f"{self.zone}: {measured_mps:.2f} m/s measured, {limit_mps:.2f} allowed"
        reading = context.readings.get(_motion_input(self.robot))
        return [
            Verdict(
                Severity.PROTECTIVE_STOP,
                "speed",
                f"zone {self.zone}",
                reason,
                measured_mps,
                limit_mps,
                "m/s",
                stamp_ns=0 if reading is None else reading.stamp_ns,
            )
        ]


def _motion_input(robot: RobotModel) -> str:
    return "joints" if robot.measured_by_joints else "odometry"


class SpeedParameters(RuleParameters, frozen=True):
    """Without polygon_m (flat x, y pairs, frame ground, m) the limits hold everywhere. stale_s: of the occupancy."""

    limit_mps: Annotated[float, number("m/s", ge=0.0, le=20.0, stricter=LOWER)]
    polygon_m: tuple[float, ...] = ()
    occupied_limit_mps: Annotated[float, number("m/s", ge=0.0, le=20.0, stricter=LOWER)] | None = None
    stale_s: Annotated[float, AGE_S] = 0.5


def _make(name: str, parameters: SpeedParameters, site: Site) -> SpeedRule:
    polygon = Polygon.from_flat(parameters.polygon_m) if parameters.polygon_m else None
    if polygon is not None and site.robot.is_fixed and site.robot.base is None:
        raise ValueError(f"polygon_m: where {site.robot.name} stands is not known: base_pose is missing in its profile")
    occupied_mps = parameters.occupied_limit_mps
    return SpeedRule(name, parameters.limit_mps, site.robot, polygon, occupied_mps, parameters.stale_s)


RULE = RuleType("speed", SpeedParameters, _make, needs=lambda site: (site.motion_input,))
