"""The way out of a zone: a person holds it open, the robot moves slowly, and only outward.

What may be led out of is the edge of a zone (`Boundary`), nothing else. While it lasts, the footprint's distance to
every edge that it is over must not shrink, and whatever else objects ends it. It ends by itself when the robot is out.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from port_safety.commands.twist import ZERO, Motion
from port_safety.gate.events import EventKind
from port_safety.gate.hold_to_run import HoldToRun
from port_safety.gate.moment import Moment, Transition
from port_safety.gate.state_machine import Trigger
from port_safety.gate.stop import Stop
from port_safety.model.readings import Pose
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.envelope import Boundary

#: The robot is out when it is this far from every edge that it was over.
FREE_M = 0.05
#: A robot that is seen this much further in than it had come already does not do what it is told.
SLIP_M = 0.1
#: How far ahead an edge is looked at, m: small against every zone.
_STEP_M = 0.02
#: Overspeed means above limit × (1 + share) + offset.
_OVERSPEED_SHARE = 0.1
_OVERSPEED_MPS = 0.1


@dataclass(frozen=True, slots=True)
class ReducedSpeed:
    """The most that passes while a person holds a rule off or the way out open. m/s, rad/s.

    Below the reduced speed of ISO 10218-1:2011 5.6.2 (0.25 m/s), at which a person can still step aside.
    """

    speed_mps: float = 0.2
    turn_radps: float = 0.3

    def limit(self, context: RuleContext, rule: str, source: str, why: str) -> Verdict:
        """This pace as a limit on what is asked for; there also while nothing exceeds it, so that it can be seen."""
        asked_mps = context.request_mps
        turn_radps = 0.0 if context.request is None else abs(context.request.wz)
        scale = self.speed_mps / asked_mps if asked_mps > self.speed_mps else 1.0
        scale_angular = self.turn_radps / turn_radps if turn_radps > self.turn_radps else 1.0
        reason = f"{why}; at most {self.speed_mps:.2f} m/s"
        return Verdict(
            Severity.LIMIT, rule, source, reason, asked_mps, self.speed_mps, "m/s", scale, scale_angular
        )  # fmt: skip

    def overspeed(self, context: RuleContext, rule: str, source: str) -> list[Verdict]:
        """A robot that is measured to be faster is stopped."""
        if not context.measured_mps > self.speed_mps * (1.0 + _OVERSPEED_SHARE) + _OVERSPEED_MPS:
            return []
        reason = f"{rule}: {context.measured_mps:.2f} m/s measured, {self.speed_mps:.2f} allowed"
        return [
            Verdict(
                Severity.PROTECTIVE_STOP, rule, source, reason, context.measured_mps, self.speed_mps, "m/s",
                stamp_ns=context.readings["odometry"].stamp_ns if "odometry" in context.readings else 0,
            )
        ]  # fmt: skip


REDUCED_SPEED = ReducedSpeed()


class Recovery:
    """One way out. `motion` is what the person asks for, `edges` what the robot is still over, by the verdicts' key."""

    def __init__(self) -> None:
        self.hold = HoldToRun()
        self.motion = ZERO
        self.edges: dict[tuple[str, str], Boundary] = {}
        self._best_m: dict[tuple[str, str], float] = {}

    def begin(self, edges: Mapping[tuple[str, str], Boundary]) -> None:
        """From now on these edges may be crossed, outward."""
        self.edges, self._best_m = dict(edges), {}

    def lead(self, motion: Motion) -> None:
        """The person who holds it open asks for `motion`, in the robot's frame."""
        self.motion = motion

    def end(self) -> None:
        """Nothing passes any more until the person has let go."""
        self.motion = ZERO
        self.edges = {}
        self.hold.revoke()

    def look(self, context: RuleContext) -> None:
        """Take in where the robot is: how far it has come, and which edges it has left behind."""
        seen = context.pose()
        if seen is None:
            return
        for key, edge in list(self.edges.items()):
            clear_m = edge.clearance_m((seen[0].x, seen[0].y))
            self._best_m[key] = max(clear_m, self._best_m.get(key, clear_m))
            if clear_m >= FREE_M:
                del self.edges[key]

    def verdicts(self, context: RuleContext) -> list[Verdict]:
        """What this way out has to say in this tick; changes nothing."""
        seen = context.pose()
        if seen is None:
            return [_stop("pose", "nobody sees where the robot is", 0)]
        pose = seen[0]
        stamp_ns = context.pose_stamp_ns
        said = [
            REDUCED_SPEED.limit(context, "recover", "pace", f"{self.hold.by} leads the robot out of {self.zones()}")
        ]
        said += REDUCED_SPEED.overspeed(context, "recover", "robot")
        for key, edge in self.edges.items():
            back_m = self._best_m.get(key, -math.inf) - edge.clearance_m((pose.x, pose.y))
            if back_m > SLIP_M:
                said.append(_stop(key[1], f"the robot goes {back_m:.2f} m further in", stamp_ns))
            elif context.request is None or leads_in(edge, pose, context.request):
                reason = f"recover: this way leads further into {key[1]}"
                said.append(Verdict(Severity.LIMIT, "recover", key[1], reason, scale=0.0))
        return said

    def zones(self) -> str:
        """The edges that the robot is over, in words."""
        return ", ".join(source for _, source in self.edges) or "the zone"

    def go_on(self, stop: Stop, moment: Moment) -> list[Transition]:
        """One tick of the way out: what was not there before ends it, so does the person who lets go."""
        new = [verdict for verdict in moment.objections if verdict.key not in self.edges]
        stop.take(moment.objections, moment.now_ns)
        if new:
            return [self._ended(stop, moment, new[0].reason), *stop.join(new)]
        if not self.edges:
            return self._released(stop, moment, "the robot is out")
        return [] if self.hold.is_active(moment.now_ns) else self._released(stop, moment, "let go")

    def _released(self, stop: Stop, moment: Moment, reason: str) -> list[Transition]:
        ended = replace(self._ended(stop, moment, reason), new_epoch=True)
        return [ended, Transition(Trigger.RELEASED, reason)]

    def _ended(self, stop: Stop, moment: Moment, reason: str) -> Transition:
        """The robot is brought to rest from what it does now."""
        stop.brake_from(moment.start)
        ended = Transition(None, reason, EventKind.RECOVER_ENDED, by=self.hold.by)
        self.end()
        return ended


def leads_in(edge: Boundary, pose: Pose, motion: Motion) -> bool:
    """Whether `motion` takes the footprint further over the edge."""
    speed_mps = motion.speed_mps
    if not speed_mps > 0.0:
        return False
    vx, vy = motion.in_ground(pose.yaw)
    ahead = (pose.x + _STEP_M * vx / speed_mps, pose.y + _STEP_M * vy / speed_mps)
    return edge.clearance_m(ahead) < edge.clearance_m((pose.x, pose.y)) - 1e-9


def _stop(source: str, reason: str, stamp_ns: int) -> Verdict:
    return Verdict(Severity.PROTECTIVE_STOP, "recover", source, f"recover: {reason}", stamp_ns=stamp_ns)
