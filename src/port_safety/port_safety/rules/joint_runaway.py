"""`joint_runaway`: joints that whip are a controller out of control. An emergency, by the joint's name.

A joint that is faster than `velocity_radps`, or that changes its speed by more than `acceleration_radps2` between two
readings, in `readings` readings in a row. One odd sample is an encoder's; a row of them is a motion. Accelerations are
differences of the measured velocities over the source's own stamps. Bounds lie above what the robot's maker lets a gait
ask for (cf. ISO 13482:2014 5.10: hazards from robot motion). For prismatic joints read m/s and m/s².
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from port_safety.model.history import KEPT
from port_safety.model.readings import JointStates, Reading
from port_safety.model.verdict import Verdict
from port_safety.rules.context import NS_PER_S, RuleContext
from port_safety.rules.required_input import check_positive, emergency, latest, required
from port_safety.rules.rule_type import AGE_S, LOWER, RuleParameters, RuleType, Site, joints_of, number


@dataclass(frozen=True, slots=True)
class JointRunawayRule:
    """joints: their names. Bounds of every joint, over how many readings in a row, and the greatest age."""

    joints: tuple[str, ...]
    velocity_radps: float
    acceleration_radps2: float
    readings: int
    stale_s: float

    def __post_init__(self) -> None:
        check_positive(self, "velocity_radps", "acceleration_radps2", "stale_s")
        if not 1 <= self.readings < KEPT:
            raise ValueError(f"readings: {self.readings} must lie in 1..{KEPT - 1}")

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        states, verdicts = required(context, "joint_runaway", "joints", JointStates, self.stale_s)
        if states is None:
            return verdicts
        stamp_ns = context.readings["joints"].stamp_ns
        seen = [
            each
            for each in latest(context, "joints", self.readings + 1)
            if not each.fault and isinstance(each.value, JointStates)
        ]
        return [*self._fast(seen[-self.readings :], stamp_ns), *self._jerking(seen, stamp_ns)]

    def _fast(self, seen: Sequence[Reading], stamp_ns: int) -> list[Verdict]:
        if len(seen) < self.readings:
            return []
        speeds = [[abs(speed) for speed in _velocities(each)] for each in seen]
        return self._least(speeds, self.velocity_radps, "turns", "rad/s", stamp_ns)

    def _jerking(self, seen: Sequence[Reading], stamp_ns: int) -> list[Verdict]:
        if len(seen) < self.readings + 1:
            return []
        steps = [_accelerations(before, after) for before, after in pairwise(seen)]
        return self._least(steps, self.acceleration_radps2, "jerks", "rad/s²", stamp_ns)

    def _least(
        self, rows: Sequence[Sequence[float]], bound: float, does: str, unit: str, stamp_ns: int
    ) -> list[Verdict]:
        """An emergency for each joint that is above its bound in every row."""
        return [
            emergency(
                "joint_runaway", f"{does} {name}", f"{name} {does} with {min(values):.1f} {unit}, {bound:.1f} at most",
                min(values), bound, unit, stamp_ns,
            )
            for name, values in zip(self.joints, zip(*rows, strict=True), strict=True)
            if min(values) > bound
        ]  # fmt: skip


def _velocities(reading: Reading) -> tuple[float, ...]:
    assert isinstance(reading.value, JointStates)
    return reading.value.velocities


def _accelerations(before: Reading, after: Reading) -> list[float]:
    dt_s = (after.stamp_ns - before.stamp_ns) / NS_PER_S
    pairs = zip(_velocities(before), _velocities(after), strict=True)
    return [abs(now - was) / dt_s if dt_s > 0.0 else 0.0 for was, now in pairs]


class JointRunawayParameters(RuleParameters, frozen=True):
    """Bounds of every joint, in so many readings in a row; greatest age."""

    velocity_radps: Annotated[float, number("rad/s", gt=0.0, le=100_000.0, stricter=LOWER)]
    acceleration_radps2: Annotated[float, number("rad/s²", gt=0.0, le=100_000.0, stricter=LOWER)]
    readings: Annotated[int, number("", ge=1, le=KEPT - 1)] = 5
    stale_s: Annotated[float, AGE_S] = 0.1


def _make(name: str, parameters: JointRunawayParameters, site: Site) -> JointRunawayRule:
    return JointRunawayRule(
        joints_of(site).names, parameters.velocity_radps, parameters.acceleration_radps2, parameters.readings,
        parameters.stale_s,
    )  # fmt: skip


RULE = RuleType(
    "joint_runaway", JointRunawayParameters, _make, watches=lambda parameters, site: {"joints": parameters.stale_s},
    old_names=("joint_flail",),
)  # fmt: skip
