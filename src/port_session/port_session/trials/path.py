"""How a robot goes: its rated speed, how straight it goes, how near to the goal it ends. By the ground's cameras."""

import math

import numpy as np

from port_session.trials.indicator import Indicator, NotMeasured, Result
from port_session.trials.run_data import Passage, Poses, RunData, Series

#: Steady is where the gate lets through this share of the fastest that it let through in the run, for so long at least;
#: what comes first of it is left out, for the robot still speeds up.
_STEADY_SHARE, _STEADY_S, _SETTLE_S = 0.95, 1.0, 0.5
#: A straight is fitted through so many places at least, along so much way.
_PLACES, _WAY_M = 10, 0.5
#: Over which the path is smoothed before its greatest distance from a straight is looked for.
_SMOOTH_S = 0.3
#: At the end of a run the robot stands: its place is the mean of this time.
_LAST_S = 0.5


def rated_speed(run: RunData) -> list[Result]:
    """The slope of way over time in the longest steady part of the run, m/s."""
    begin_s, end_s = _steady(run.passage)
    poses = run.poses.between(begin_s + _SETTLE_S, end_s)
    way_m = _along(poses)
    time_s = poses.time_s - poses.time_s.mean()
    slope = float(time_s @ (way_m - way_m.mean()) / (time_s @ time_s))
    residual = way_m - way_m.mean() - slope * time_s
    u_fit = math.sqrt(float(residual @ residual) / max(1, len(time_s) - 2) / float(time_s @ time_s))
    # What the cameras see wrong may change along the way: at worst by one of their uncertainties at each end.
    u_places = math.sqrt(2.0) * float(poses.u_m.max()) / float(poses.time_s[-1] - poses.time_s[0])
    return [Result(abs(slope), math.hypot(u_fit, u_places), float(poses.time_s[0]))]


def straightness(run: RunData) -> list[Result]:
    """The greatest distance from the straight that fits the run's path best, m."""
    poses = run.poses
    _along(poses)
    across = _smooth(_axes(poses)[1], poses.time_s)
    return [Result(float(np.abs(across).max()), float(poses.u_m.max()), run.begin_s)]


def goal_distance(run: RunData) -> list[Result]:
    """From where the robot stood at the end of the run to the goal, m."""
    if run.goal_m is None:
        raise NotMeasured("the trial has no goal on the ground")
    last = run.poses.between(run.end_s - _LAST_S, run.end_s)
    if not len(last):
        raise NotMeasured(f"no camera saw the robot in the last {_LAST_S:g} s of the run")
    away_m = math.dist((float(last.x_m.mean()), float(last.y_m.mean())), run.goal_m)
    return [Result(away_m, float(last.u_m.max()), run.end_s)]


def time_on_task(run: RunData) -> list[Result]:
    """How long the session was RUNNING in the run, s. A person begins and ends it."""
    return [Result(run.running_s, _REACTION_U_S, run.begin_s)]


#: Half a second either way, begin and end: rectangular (JCGM 100:2008, 4.3.7).
_REACTION_U_S = 0.5 / math.sqrt(3.0) * math.sqrt(2.0)


def _steady(passage: Passage) -> tuple[float, float]:
    """Begin and end of the longest time in which the gate let through nearly the fastest of the run."""
    if not len(passage.time_s) or not np.nanmax(passage.passed_mps, initial=0.0) > 0.0:
        raise NotMeasured("the gate let nothing through in this run")
    fast = passage.passed_mps >= _STEADY_SHARE * np.nanmax(passage.passed_mps)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], fast.astype(np.int8), [0]))))
    spans = [
        (float(passage.time_s[a]), float(passage.time_s[b - 1])) for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]
    begin_s, end_s = max(spans, key=lambda span: span[1] - span[0])
    if end_s - begin_s < _STEADY_S + _SETTLE_S:
        raise NotMeasured(f"the robot was never asked for one speed for {_STEADY_S + _SETTLE_S:g} s")
    return begin_s, end_s


def _along(poses: Poses) -> Series:
    """The way along the straight that fits best. Raises NotMeasured where there is none to speak of."""
    if len(poses) < _PLACES:
        raise NotMeasured(f"the cameras saw the robot {len(poses)} times; {_PLACES} are needed")
    along = _axes(poses)[0]
    if float(np.ptp(along)) < _WAY_M:
        raise NotMeasured(f"the robot went {float(np.ptp(along)):.2f} m; {_WAY_M:g} m are needed")
    return along


def _smooth(series: Series, time_s: Series) -> Series:
    """The mean over _SMOOTH_S: the greatest of many noisy places would be their noise."""
    width = max(1, round(_SMOOTH_S * (len(time_s) - 1) / float(time_s[-1] - time_s[0])))
    width = min(width, len(series))
    return np.convolve(series, np.full(width, 1.0 / width), mode="valid")


def _axes(poses: Poses) -> tuple[Series, Series]:
    """The places along and across their principal axis (total least squares)."""
    places = np.column_stack((poses.x_m, poses.y_m))
    centred = places - places.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    return centred @ axes[0], centred @ axes[1]


RATED_SPEED = Indicator(
    name="rated_speed", title="Rated speed", unit="m/s", needs=("gate", "poses"), better="higher",
    method="slope of way over time by the ground's cameras, where the gate let one speed through for the longest",
    source="GB/T 44251-2024 clause 6 and ISO 18646-1 clause 5 measure it; their texts were not seen",
    measure=rated_speed,
)  # fmt: skip

STRAIGHTNESS = Indicator(
    name="straightness", title="Straightness", unit="m", needs=("poses",), better="lower",
    method="greatest distance of the path from the straight that fits it best (total least squares)",
    source="draft of GB/T 44251-2024 clause 19; its text was not seen", measure=straightness,
)  # fmt: skip

GOAL_DISTANCE = Indicator(
    name="goal_distance", title="Distance to the goal", unit="m", needs=("poses",), better="lower",
    method="from the mean place in the last half second of the run to the goal", source="port", measure=goal_distance,
)  # fmt: skip

TIME_ON_TASK = Indicator(
    name="time_on_task", title="Time on task", unit="s", needs=("gate",), better="lower",
    method="how long the session was running in the run, stops left out", source="port", measure=time_on_task,
)  # fmt: skip
