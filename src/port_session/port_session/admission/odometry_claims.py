"""Whether a robot's odometry says what it should, as it can be seen while the robot stands. Pure.

Numbers, covariance, frames (REP-105), and where it believes to be against where the ground sees it.
"""

import math
from collections.abc import Sequence

from port_safety.model.track import Place
from port_session.admission.finding import Finding
from port_session.admission.heard import Heard, OdometrySample, PoseSample

#: Frames by the last word of their name, whatever robot's name stands before it.
_WORLD = frozenset({"odom", "map", "world", "earth", "ground"})
_BODY = frozenset({"base_link", "base_footprint", "base", "body", "trunk", "pelvis"})
#: Frames in which a place is corrected now and then: it jumps.
_JUMPING = frozenset({"map", "world", "earth"})
#: Beyond this a place is another one, whatever a camera errs.
_APART_M, _APART_RAD = 0.3, 0.35
#: Nobody's ground is larger than this, m: what is further out counts in mm.
_GROUND_M = 500.0
_POSE, _TWIST = slice(0, 36), slice(36, 72)


def odometry_claims(topic: str, heard: Heard) -> list[Finding]:
    """What is wrong, the first thing alone; else what is odd; empty if all is well."""
    samples = heard.odometry
    if not samples:
        return []
    wrong = _numbers(topic, samples) or _frames(topic, samples[-1])
    if wrong:
        return [wrong]
    odd = (_covariance(topic, samples[-1]), _jumping(topic, samples[-1]), _elsewhere(topic, samples[-1], heard.poses))
    found = [each for each in odd if each]
    return [each for each in found if not each.ok][:1] or found


def _numbers(topic: str, samples: Sequence[OdometrySample]) -> Finding | None:
    fault = next((sample.fault for sample in samples if sample.fault), "")
    if fault:
        return Finding(
            topic, False, fault, "publish nothing while a value is not known, and never one that is no number"
        )
    for sample in samples:
        if not all(map(math.isfinite, sample.covariance)):
            problem = "a number of its covariance is none (NaN or inf)"
            return Finding(topic, False, problem, "fill pose.covariance and twist.covariance with numbers")
    x, y, _ = samples[-1].place
    if math.hypot(x, y) > _GROUND_M:
        problem = f"says that the robot is at [{x:.0f}, {y:.0f}] m: it counts in mm"
        return Finding(topic, False, problem, "publish lengths in m (REP-103): divide mm by 1000")
    return None


def _frames(topic: str, sample: OdometrySample) -> Finding | None:
    frame, child = _last(sample.frame), _last(sample.child_frame)
    said = f"header.frame_id is {sample.frame!r}, child_frame_id {sample.child_frame!r}"
    remedy = (
        "set header.frame_id to odom and child_frame_id to base_link, and give the velocity in the latter (REP-105)"
    )
    if not frame or not child:
        return Finding(topic, False, f"{said}: nobody can tell in which frame it speaks", remedy)
    if frame == child or frame in _BODY or child in _WORLD:
        return Finding(topic, False, f"{said}: a velocity is told in the frame of the robot's body", remedy)
    return None


def _last(frame: str) -> str:
    return frame.rstrip("/").rpartition("/")[2].lower()


def _covariance(topic: str, sample: OdometrySample) -> Finding | None:
    parts = {"pose": sample.covariance[_POSE], "twist": sample.covariance[_TWIST]}
    for name, numbers in parts.items():
        if any(numbers[place] < 0.0 for place in range(0, len(numbers), 7)):
            remedy = f"publish the variance of each value in {name}.covariance, 1e6 for one that is not measured"
            return Finding(topic, True, remedy=remedy, detail=f"{name}.covariance is below zero", odd=True)
    empty = [name for name, numbers in parts.items() if not any(numbers)]
    if not empty:
        return None
    remedy = (
        f"fill the diagonal of {' and '.join(f'{name}.covariance' for name in empty)} with what it was measured to be"
    )
    return Finding(topic, True, remedy=remedy, detail="says of itself to be exact: its covariance is zero", odd=True)


def _jumping(topic: str, sample: OdometrySample) -> Finding | None:
    if _last(sample.frame) not in _JUMPING:
        return None
    detail = (
        f"header.frame_id is {sample.frame!r}: a place in it is corrected now and then, and the gate stops for a jump"
    )
    return Finding(
        topic, True, remedy="publish odometry in frame odom, in which nothing jumps", detail=detail, odd=True
    )


def _elsewhere(topic: str, sample: OdometrySample, poses: Sequence[PoseSample]) -> Finding | None:
    """Frame odom may lie anywhere, and the gate compares steps; a stack that drives to places in frame ground errs."""
    if not poses:
        return None
    seen, said = poses[-1].place, sample.place
    apart_m = math.hypot(seen[0] - said[0], seen[1] - said[1])
    apart_rad = abs(math.remainder(seen[2] - said[2], math.tau))
    if apart_m <= _APART_M and apart_rad <= _APART_RAD:
        return None
    apart = f"{apart_m:.2f} m and {apart_rad:.2f} rad apart"
    what = f"says {_words(said)}, the ground sees the robot at {_words(seen)}: {apart}"
    remedy = "begin the odometry where ground/robot_pose says, or have your stack take its places from there"
    if _last(sample.frame) == "ground":
        return Finding(topic, False, what, f"{remedy}; until then call its frame odom")
    return Finding(topic, True, remedy=remedy, detail=f"{what}; its frame lies elsewhere", odd=True)


def _words(place: Place) -> str:
    return f"[{place[0]:.2f} m, {place[1]:.2f} m, {place[2]:.2f} rad]"
