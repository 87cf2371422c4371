"""`stuck_input`: while the robot is told to move, what says where it is must change.

A driver that hangs may go on sending its last value under new stamps: young, plausible and wrong. So a value that is
bit by bit the same over `readings` advancing stamps and `after_s`, while motion has been passing for as long, is a
protective stop. So is a robot that does not move at all although it is told to: nobody can tell the two apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from port_safety.model.verdict import Verdict
from port_safety.rules.context import NS_PER_S, RuleContext
from port_safety.rules.required_input import stop
from port_safety.rules.rule_type import LOWER, RuleParameters, RuleType, Site, number


@dataclass(frozen=True, slots=True)
class StuckInputRule:
    """How long motion may pass without a change, in s, and over how many readings at least.

    sources: inputs that move with the robot.
    """

    after_s: float
    readings: int
    sources: tuple[str, ...] = ("odometry", "ground_pose")

    def __post_init__(self) -> None:
        if not self.after_s > 0.0:
            raise ValueError(f"after_s: {self.after_s} must be above 0")
        if self.readings < 2:
            raise ValueError(f"readings: {self.readings} must be 2 or more")

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        since_ns = context.last_output.moving_since_ns
        if since_ns is None or context.now_ns - since_ns < self.after_s * NS_PER_S:
            return ()
        return [verdict for name in self.sources for verdict in self._source(context, name)]

    def _source(self, context: RuleContext, name: str) -> Sequence[Verdict]:
        history, reading = context.histories.get(name), context.readings.get(name)
        if history is None or reading is None or history.same < self.readings:
            return ()
        same_s = (reading.stamp_ns - history.same_since_ns) / NS_PER_S
        if same_s < self.after_s:
            return ()
        reason = f"{name}: stuck, the same {history.same} times in {same_s:.1f} s while the robot is told to move"
        return [stop("stuck_input", name, reason, same_s, self.after_s, "s", reading.stamp_ns)]


class StuckInputParameters(RuleParameters, frozen=True):
    """How long a value may stay the same while motion passes, and over how many readings at least."""

    after_s: Annotated[float, number("s", ge=0.2, le=30.0, stricter=LOWER)] = 1.0
    readings: Annotated[int, number("", ge=2, le=1000)] = 8


def _make(name: str, parameters: StuckInputParameters, site: Site) -> StuckInputRule:
    sources = [site.motion_input, *site.place_inputs]
    if site.by_joints and "joints" not in sources:
        sources.append("joints")
    return StuckInputRule(parameters.after_s, parameters.readings, tuple(sources))


RULE = RuleType(
    "stuck_input", StuckInputParameters, _make, needs=lambda site: (site.motion_input, *site.place_inputs),
    old_names=("frozen",),
)  # fmt: skip
