"""Where a force plate lies and which way its channels point: from its own wrench to loads on the ground.

C3D's conventions: four corners of the working surface in frame ground, the first in the plate's quadrant +x +y, then
−x +y, −x −y, +x −y; `origin_m` leads from the plate's own origin, about which it tells moments, to the middle of that
surface, in the plate's frame; `signs` turn the device's channels into ours, Fz above zero under load. Source: the C3D
file format user guide, FORCE_PLATFORM:CORNERS, ORIGIN and TYPE 2 (c3d.org). Knows no device, no clock.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from port_sensors.core.wrench import COP_THRESHOLD_N

Vector = npt.NDArray[np.float64]

#: How much of its length a side may be off the rectangle: what a tape measures on a real floor.
_SKEWED = 0.02
_ORDER = "write the corner in the plate's quadrant +x +y first, then -x +y, -x -y, +x -y: against the clock from above"


class Load(NamedTuple):
    """What stands on a plate, frame ground. force_n (3,); centre_m (3,) on the surface, NaN under the force threshold;
    free_moment_nm: about the plate's z through the centre, N·m."""

    force_n: Vector
    centre_m: Vector
    free_moment_nm: float


@dataclass(frozen=True)
class Surface:
    """One plate. corners_m: (4, 3). Raises ValueError if they span no rectangle whose z points up."""

    corners_m: Vector
    origin_m: Vector
    signs: Vector

    @classmethod
    def of(cls, corners_m: Sequence[float], origin_m: Sequence[float] = (), signs: Sequence[float] = ()) -> "Surface":
        """From flat parameters: 12 numbers, 3 (default: the origin is on the surface), 6 (default: ours)."""
        for name, given, count in (("corners_m", corners_m, 12), ("origin_m", origin_m, 3), ("signs", signs, 6)):
            if len(given) != count and (given or name == "corners_m"):
                raise ValueError(f"{name}: {len(given)} numbers, not {count}")
        origin = np.array(origin_m or (0.0, 0.0, 0.0), dtype=np.float64)
        turns = np.array(signs or (1.0,) * 6, dtype=np.float64)
        return cls(np.array(corners_m, dtype=np.float64).reshape(4, 3), origin, turns)

    def __post_init__(self) -> None:
        if not np.isin(self.signs, (-1.0, 1.0)).all():
            raise ValueError("signs: each must be 1 or -1")
        self._check_corners()

    def _check_corners(self) -> None:
        x, y = self._sides()
        lengths = np.linalg.norm(x), np.linalg.norm(y)
        if min(lengths) < 1e-3 or abs(x @ y) > _SKEWED * lengths[0] * lengths[1]:
            raise ValueError(f"corners_m: not the corners of a rectangle, in order; {_ORDER}")
        should = self.middle_m + np.array(((1, 1), (-1, 1), (-1, -1), (1, -1))) / 2 @ np.stack((x, y))
        off_m = np.linalg.norm(self.corners_m - should, axis=1).max()
        if off_m > _SKEWED * max(lengths):
            raise ValueError(f"corners_m: a corner is {off_m:.3f} m off the rectangle of the others; measure it again")
        if not self.axes[2, 2] > 0.0:
            raise ValueError(f"corners_m: in this order the plate's z points down and weight is a pull; {_ORDER}")

    @cached_property
    def middle_m(self) -> Vector:
        """The middle of the working surface, frame ground."""
        middle: Vector = self.corners_m.mean(axis=0)
        return middle

    @cached_property
    def axes(self) -> Vector:
        """The plate's x, y and z as columns, frame ground (3, 3)."""
        x, y = self._sides()
        x = x / np.linalg.norm(x)
        z = np.cross(x, y)
        z /= np.linalg.norm(z)
        return np.column_stack((x, np.cross(z, x), z))

    def at_surface(self, wrench: Vector) -> Vector:
        """`wrench` (…, 6) about the plate's own origin → about the middle of its surface."""
        if not self.origin_m.any():
            return wrench
        moved: Vector = wrench @ self._to_surface.T
        return moved

    def load(self, wrench: Vector, threshold_n: float = COP_THRESHOLD_N) -> Load:
        """What `wrench` (6,), about the plate's own origin, means on the ground."""
        force_x, force_y, force_z, moment_x, moment_y, moment_z = self.at_surface(wrench).tolist()
        force: Vector = self.axes @ wrench[:3]
        if not force_z >= threshold_n:
            return Load(force, np.full(3, np.nan), math.nan)
        x, y = -moment_y / force_z, moment_x / force_z
        centre: Vector = self.middle_m + self.axes @ (x, y, 0.0)
        return Load(force, centre, moment_z - x * force_y + y * force_x)

    @cached_property
    def _to_surface(self) -> Vector:
        """M about the surface = M about the origin − origin_m × F, as a matrix (6, 6)."""
        x, y, z = self.origin_m
        matrix = np.eye(6)
        matrix[3:, :3] = -np.array(((0.0, -z, y), (z, 0.0, -x), (-y, x, 0.0)))
        return matrix

    def _sides(self) -> tuple[Vector, Vector]:
        first, second, third, fourth = self.corners_m
        return (first + fourth - second - third) / 2, (first + second - third - fourth) / 2


def centre_and_free_moment(wrench: Vector, threshold_n: float = COP_THRESHOLD_N) -> tuple[Vector, Vector, Vector]:
    """x, y in m and the free moment in N·m of wrenches (…, 6) about a point on the surface.

    x = −My/Fz, y = Mx/Fz, Tz = Mz − x·Fy + y·Fx; NaN where Fz is under `threshold_n` or not finite.
    """
    force_x, force_y, force_z, moment_x, moment_y, moment_z = np.moveaxis(np.asarray(wrench, dtype=np.float64), -1, 0)
    loaded = np.where(force_z >= threshold_n, force_z, np.nan)
    x, y = -moment_y / loaded, moment_x / loaded
    return x, y, moment_z - x * force_y + y * force_x


def combined(loads: Sequence[Load], threshold_n: float = COP_THRESHOLD_N) -> Load:
    """Several plates as one: the forces added; the centre where their vertical forces balance; the moment left there.

    Plates under the threshold add their force and no moment: what they could add is within the noise.
    """
    total: Vector = np.sum([load.force_n for load in loads], axis=0)
    standing = [load for load in loads if not math.isnan(load.free_moment_nm)]
    weight = sum(float(load.force_n[2]) for load in standing)
    if not standing or not weight >= threshold_n:
        return Load(total, np.full(3, np.nan), math.nan)
    centre: Vector = np.sum([load.centre_m * load.force_n[2] for load in standing], axis=0) / weight
    free = 0.0
    for load in standing:
        arm_x, arm_y, _ = (load.centre_m - centre).tolist()
        free += arm_x * load.force_n[1] - arm_y * load.force_n[0] + load.free_moment_nm
    return Load(total, centre, float(free))
