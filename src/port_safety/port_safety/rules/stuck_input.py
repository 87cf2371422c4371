"""`frozen`: while the robot is told to move, what says where it is must change.

A driver that hangs may go on sending its last value under new stamps: young, plausible and wrong. So a value that is
bit by bit the same over `readings` advancing stamps and `after_s`, while motion has been passing for as long, is a
protective stop. So is a robot that does not move at all although it is told to: nobody can tell the two apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import NS_PER_S, RuleContext

#: The inputs that move with the robot.
SOURCES = ("odometry", "ground_pose")


@dataclass(frozen=True, slots=True)
class StuckInputRule:
    """How long motion may pass without a change, in s, and over how many readings at least."""

    after_s: float
    readings: int

    def __post_init__(self) -> None:
        if not self.after_s > 0.0:
            raise ValueError(f"after_s: {self.after_s} must be above 0")
        if self.readings < 2:
            raise ValueError(f"readings: {self.readings} must be 2 or more")

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        since_ns = context.last_output.moving_since_ns
        if since_ns is None or context.now_ns - since_ns < self.after_s * NS_PER_S:
            return ()
        return [verdict for name in SOURCES for verdict in self._source(context, name)]

    def _source(self, context: RuleContext, name: str) -> Sequence[Verdict]:
        history, reading = context.histories.get(name), context.readings.get(name)
        if history is None or reading is None or history.same < self.readings:
            return ()
        same_s = (reading.stamp_ns - history.same_since_ns) / NS_PER_S
        if same_s < self.after_s:
            return ()
        reason = f"{name}: frozen, the same {history.same} times in {same_s:.1f} s while the robot is told to move"
        return [
            Verdict(
                Severity.PROTECTIVE_STOP, "frozen", name, reason, same_s, self.after_s, "s", stamp_ns=reading.stamp_ns
            )
        ]
