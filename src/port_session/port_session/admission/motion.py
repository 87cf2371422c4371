"""How far a robot came while it was looked at: by the ground, by its odometry's places, and by its velocity. Pure.

All as steps seen from where they begin, so that it does not matter where a frame lies.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from port_safety.model.track import Place, Track, step
from port_safety.rules.pose_agreement import steps_of
from port_session.admission.heard import OdometrySample, PoseSample

_ALL_NS = 3_600_000_000_000


@dataclass(frozen=True)
class Travel:
    """seen: by the ground, None where it saw too little; claimed: by places; told: by velocity, turned with the robot;
    unturned: by velocity as if it were told in the odometry's frame. All over the same span_s."""

    seen: Place | None
    claimed: Place
    told: Place
    unturned: Place
    span_s: float

    @classmethod
    def of(cls, odometry: Sequence[OdometrySample], poses: Sequence[PoseSample]) -> Self | None:
        """None where the odometry says too little."""
        if len(odometry) < 3 or any(sample.fault for sample in odometry):
            return None
        claimed, seen = Track(), Track()
        for sample in odometry:
            claimed.add(*sample.place, sample.stamp_ns)
        for pose in poses:
            seen.add(*pose.place, pose.stamp_ns)
        steps = steps_of(seen, claimed, _ALL_NS)
        if steps is not None:
            begin_ns = next(at for at in seen.stamps_ns if at >= claimed.stamps_ns[0])
            odometry = [sample for sample in odometry if begin_ns <= sample.stamp_ns <= steps[2]]
        if len(odometry) < 3:
            return None
        own = step(odometry[0].place, odometry[-1].place) if steps is None else steps[1]
        told, unturned = _integrated(odometry)
        span_s = (odometry[-1].stamp_ns - odometry[0].stamp_ns) / 1e9
        return cls(steps[0] if steps else None, own, told, unturned, span_s)


def _integrated(odometry: Sequence[OdometrySample]) -> tuple[Place, Place]:
    """The way by the velocity: of the robot's body, and as if of the odometry's frame, both seen from the beginning."""
    x = y = yaw = flat_x = flat_y = 0.0
    for before, after in pairwise(odometry):
        dt_s = (after.stamp_ns - before.stamp_ns) / 1e9
        vx, vy, wz = ((a + b) / 2 for a, b in zip(before.velocity, after.velocity, strict=True))
        middle = yaw + wz * dt_s / 2
        x += (vx * math.cos(middle) - vy * math.sin(middle)) * dt_s
        y += (vx * math.sin(middle) + vy * math.cos(middle)) * dt_s
        flat_x, flat_y, yaw = flat_x + vx * dt_s, flat_y + vy * dt_s, yaw + wz * dt_s
    turned = step((0.0, 0.0, odometry[0].place[2]), (flat_x, flat_y, odometry[0].place[2] + yaw))
    return (x, y, yaw), turned
