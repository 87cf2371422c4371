"""How far and how long a robot goes on after the gate has decided to stop it.

The distance is measured from outside, by the ground's cameras, and held against what the robot itself says; where there
is no camera, the robot's odometry is all there is.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from port_session.trials.indicator import Indicator, NotMeasured, Result
from port_session.trials.run_data import GateStop, Poses, RunData

#: A camera's pose may be this much older or younger than the stop.
_NEAR_S = 0.2
#: After standstill the robot is seen for this long: the mean of its place there.
_STANDS_S = 0.5
#: Odometry of a braking robot: a share of its way, and a tick of the gate.
_ODOMETRY_SHARE, _ODOMETRY_M = 0.05, 0.005
_UNSEEN = "by odometry alone: no camera saw it from its beginning to its end"
#: The gate sees the robot stand at the next reading of its odometry, and decides in a tick.
_TIME_U_S = 0.03


def _stops(run: RunData) -> Iterator[tuple[GateStop, float]]:
    """Those that were seen to their end, with how long they took."""
    if not run.stops:
        raise NotMeasured("the gate did not stop the robot in this run")
    for stop in run.stops:
        if stop.duration_s is not None:
            yield stop, stop.duration_s


def distances(run: RunData) -> list[Result]:
    """Of every stop that was seen to its end, m."""
    found = [result for stop, duration_s in _stops(run) if (result := _distance(run.poses, stop, duration_s))]
    if not found:
        raise NotMeasured("no stop of this run was seen to its end")
    return found


def _distance(poses: Poses, stop: GateStop, duration_s: float) -> Result | None:
    by_odometry = None if stop.distance_m is None else Result(stop.distance_m, _odometry_u(stop.distance_m), stop.at_s)
    seen = _seen(poses, stop.at_s, stop.at_s + duration_s)
    if seen is None:
        return by_odometry and replace(
            by_odometry, remark="by odometry alone: no camera saw it from its beginning to its end"
        )
    if by_odometry is None:
        return seen
    apart_m = abs(seen.value - by_odometry.value)
    agree = apart_m <= 2.0 * math.hypot(seen.u, by_odometry.u)
    remark = "" if agree else f"odometry says {by_odometry.value:.3f} m: they contradict"
    return Result(seen.value, seen.u, stop.at_s, remark)


def _seen(poses: Poses, begin_s: float, end_s: float) -> Result | None:
    """From where the robot was at the decision to where it stood, as the cameras saw it; the time between is linear."""
    near = poses.between(begin_s - _NEAR_S, begin_s + _NEAR_S)
    stands = poses.between(end_s, end_s + _STANDS_S)
    if len(near) < 2 or not (near.time_s[0] <= begin_s <= near.time_s[-1]) or not len(stands):
        return None
    x_m, y_m = (float(np.interp(begin_s, near.time_s, series)) for series in (near.x_m, near.y_m))
    value_m = math.hypot(float(stands.x_m.mean()) - x_m, float(stands.y_m.mean()) - y_m)
    return Result(value_m, math.hypot(float(near.u_m.max()), float(stands.u_m.max())), begin_s)


def _odometry_u(distance_m: float) -> float:
    return math.hypot(_ODOMETRY_SHARE * distance_m, _ODOMETRY_M)


def times(run: RunData) -> list[Result]:
    """Of every stop that was seen to its end, s."""
    found = [Result(duration_s, _TIME_U_S, stop.at_s) for stop, duration_s in _stops(run)]
    if not found:
        raise NotMeasured("no stop of this run was seen to its end")
    return found


STOPPING_DISTANCE = Indicator(
    name="stopping_distance", title="Stopping distance", unit="m", needs=("gate",), better="lower",
    method="from the place at the gate's decision to the place of standstill, by the ground's cameras; by odometry "
    "where they did not see it",
    source="GB/T 44251-2024 clause 7 and ISO 18646-1 clause 6 measure it; their texts were not seen",
    measure=distances,
)  # fmt: skip

STOPPING_TIME = Indicator(
    name="stopping_time", title="Stopping time", unit="s", needs=("gate",), better="lower",
    method="from the gate's decision until the robot is measured to stand", source="as stopping_distance",
    measure=times,
)  # fmt: skip
