"""`joint_flail`: joints that whip are a controller out of control. An emergency, by the joint's name.

A joint that is faster than `velocity_radps`, or that changes its speed by more than `acceleration_radps2` between two
readings, in `readings` readings in a row. One odd sample is an encoder's; a row of them is a motion. Accelerations are
differences of the measured velocities over the source's own stamps. Bounds lie above what the robot's maker lets a gait
ask for (cf. ISO 13482:2014 5.10: hazards from robot motion). For prismatic joints read m/s and m/s².
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from port_safety.core.history import KEPT
from port_safety.core.reading import Joints, Reading
from port_safety.core.rules.claim import check_positive, claimed, emergency, last, stop
from port_safety.core.verdict import Verdict
from port_safety.core.view import NS_PER_S, View


@dataclass(frozen=True, slots=True)
class JointFlailRule:
    """Bounds of every joint, over how many readings in a row, and the greatest age."""

    velocity_radps: float
    acceleration_radps2: float
    readings: int
    stale_s: float

    def __post_init__(self) -> None:
        check_positive(self, "velocity_radps", "acceleration_radps2", "stale_s")
        if not 1 <= self.readings < KEPT:
            raise ValueError(f"readings: {self.readings} must lie in 1..{KEPT - 1}")

    @property
    def ages_s(self) -> Mapping[str, float]:
        return {"joint_states": self.stale_s}

    def judge(self, view: View) -> Sequence[Verdict]:
        joints, verdicts = claimed(view, "joint_flail", "joint_states", Joints, self.stale_s)
        if joints is None:
            return verdicts
        stamp_ns = view.readings["joint_states"].stamp_ns
        if not joints.velocities:
            return [stop("joint_flail", "joint_states", "it gives no velocities", float("nan"), 0.0, "", stamp_ns)]
        readings = last(view, "joint_states", self.readings + 1)
        seen = [each for each in readings if isinstance(each.value, Joints) and each.value.names == joints.names]
        return [*self._fast(joints, seen[-self.readings :], stamp_ns), *self._jerking(joints, seen, stamp_ns)]

    def _fast(self, joints: Joints, seen: Sequence[Reading], stamp_ns: int) -> list[Verdict]:
        if len(seen) < self.readings:
            return []
        least = [min(abs(each.value.velocities[index]) for each in seen) for index in range(len(joints.names))]  # type: ignore[union-attr]
        return self._verdicts(joints, least, self.velocity_radps, "turns", "rad/s", stamp_ns)

    def _jerking(self, joints: Joints, seen: Sequence[Reading], stamp_ns: int) -> list[Verdict]:
        if len(seen) < self.readings + 1:
            return []
        steps = [_accelerations(before, after) for before, after in pairwise(seen)]
        least = [min(step[index] for step in steps) for index in range(len(joints.names))]
        return self._verdicts(joints, least, self.acceleration_radps2, "jerks", "rad/s²", stamp_ns)

    def _verdicts(
        self, joints: Joints, least: Sequence[float], bound: float, does: str, unit: str, stamp_ns: int
    ) -> list[Verdict]:
        return [
            emergency(
                "joint_flail", f"{does} {name}", f"{name} {does} with {value:.1f} {unit}, {bound:.1f} at most",
                value, bound, unit, stamp_ns,
            )
            for name, value in zip(joints.names, least, strict=True)
            if value > bound
        ]  # fmt: skip


def _accelerations(before: Reading, after: Reading) -> list[float]:
    assert isinstance(before.value, Joints) and isinstance(after.value, Joints)
    dt_s = (after.stamp_ns - before.stamp_ns) / NS_PER_S
    pairs = zip(before.value.velocities, after.value.velocities, strict=True)
    return [abs(now - was) / dt_s if dt_s > 0.0 else 0.0 for was, now in pairs]
