"""How the robot has moved in the last instants: enough to bring a pose from one instant to another close by.

The motion is a straight line through recent poses, and its uncertainty grows with the time it bridges. Reads no clock.
"""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from port_sensors.core.camera_model import Array
from port_sensors.core.floor_pose import FloorPose

_NS = 1_000_000_000
_LEAST_SPAN_S = 0.1
#: What a robot of the ground may do between two pictures: m/s², rad/s².
_ACCELERATION = np.array([3.0, 3.0, 6.0])
#: Standard deviations of the velocity in m/s, rad/s: once measured (it lags while the robot brakes), and before.
_MEASURED = np.array([0.2, 0.2, 0.4])
_UNMEASURED = np.array([1.5, 1.5, 2.0])


@dataclass(frozen=True)
class _Point:
    stamp_ns: int
    values: Array  # x, y, yaw without jumps of a whole turn


class Track:
    """The poses of the last `span_s`."""

    def __init__(self, span_s: float = 0.35) -> None:
        self._span_ns = int(span_s * _NS)
        self._points: deque[_Point] = deque()
        self._covariance: Array = np.zeros((3, 3))

    def add(self, stamp_ns: int, pose: FloorPose) -> None:
        """The next pose; stamps rise."""
        values = pose.values()
        if self._points:
            last = self._points[-1].values[2]
            values[2] = last + math.remainder(values[2] - last, math.tau)
        self._points.append(_Point(stamp_ns, values))
        self._covariance = pose.covariance
        while stamp_ns - self._points[0].stamp_ns > self._span_ns:
            self._points.popleft()

    def forget(self) -> None:
        """Begin anew."""
        self._points.clear()

    def stamp_ns(self) -> int | None:
        """Of the newest pose."""
        return self._points[-1].stamp_ns if self._points else None

    def is_measured(self) -> bool:
        """Whether the track is long enough to tell the motion."""
        return bool(self._points) and self._points[-1].stamp_ns - self._points[0].stamp_ns >= _LEAST_SPAN_S * _NS

    def bring(self, pose: FloorPose, from_ns: int, to_ns: int) -> FloorPose:
        """`pose` as it will be, or was, at `to_ns`, if the robot goes on as it did."""
        apart_s = (to_ns - from_ns) / _NS
        if apart_s == 0.0:
            return pose
        velocity = self._velocity()
        sigma = _UNMEASURED if velocity is None else _MEASURED
        x, y, yaw = pose.values() + (np.zeros(3) if velocity is None else velocity * apart_s)
        growth = (sigma * apart_s) ** 2 + (_ACCELERATION * apart_s**2 / 2) ** 2
        return FloorPose(float(x), float(y), float(yaw), pose.covariance + np.diag(growth), pose.by_height)

    def expected(self, at_ns: int) -> FloorPose | None:
        """Where the robot should be at `at_ns`; None where the track is too old to say."""
        if not self._points or not 0 <= at_ns - self._points[-1].stamp_ns <= self._span_ns:
            return None
        x, y, yaw = self._points[-1].values
        last = FloorPose(float(x), float(y), float(yaw), self._covariance)
        return self.bring(last, self._points[-1].stamp_ns, at_ns)

    def _velocity(self) -> Array | None:
        """Slope of the straight line through the poses, per second."""
        if not self.is_measured():
            return None
        times = np.array([(one.stamp_ns - self._points[0].stamp_ns) / _NS for one in self._points])
        times -= times.mean()
        values = np.array([one.values for one in self._points])
        slope: Array = times @ (values - values.mean(axis=0)) / (times @ times)
        return slope
