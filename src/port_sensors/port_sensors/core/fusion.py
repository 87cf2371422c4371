"""One pose of the robot from what several cameras see of it.

Cameras take their pictures at different instants and deliver them late and out of order: poses are compared at the
instant of the newest one, brought there by the motion that the same camera saw, with a covariance that grows on the
way; before it has seen the motion, a camera is not compared with others. Those
that agree within their covariances (Mahalanobis distance) are weighed together; the largest group that agrees is
believed, and between groups of one size the one where the robot is expected: by what was sure, not by what a camera
alone said while another was awaited. After a pause nobody knows any more where the robot is expected: then a camera
that was in the wrong before does not become right by speaking first. Where that does not decide, nothing is said:
silence stops the robot. Reads no clock.

The marker's unknown height shifts every camera's pose in its own direction. It is estimated along, so that cameras on
opposite sides correct each other and cameras on one side are not believed twice.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from port_sensors.core.camera_model import Array
from port_sensors.core.floor_pose import FloorPose
from port_sensors.core.track import Track

_NS = 1_000_000_000
_STEPPED_BACK_NS = _NS // 2

Poses = dict[str, FloorPose]


@dataclass(frozen=True)
class FusionSettings:
    """gate: squared Mahalanobis distance up to which two poses agree; by default 99.9 % of χ²(3).

    memory_s: how old a camera's pose may be against the newest one to count. patience: how many poses in a row of a
    lone camera may contradict the track before they are believed. await_s: how long a camera that saw the robot is
    awaited before another is taken to be alone.
    """

    gate: float = 16.27
    memory_s: float = 0.2
    patience: int = 2
    await_s: float = 1.0

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: {getattr(self, name)} is not positive")


@dataclass(frozen=True, eq=False)
class Sighting:
    """The robot's pose as one camera saw it in a picture captured at stamp_ns."""

    camera: str
    stamp_ns: int
    pose: FloorPose


@dataclass(frozen=True, eq=False)
class Judged:
    """What became of a sighting.

    fused: the robot's pose at stamp_ns, or None if nothing new can be said. believed: the cameras in it. votes: whether
    a camera agrees with the others, and how far it is from them in m; of the camera that saw this, or, where nobody
    knows who is right, of all. Empty while no other camera sees the robot.
    """

    stamp_ns: int
    fused: FloorPose | None
    believed: tuple[str, ...]
    votes: Mapping[str, tuple[bool, float]]


class Fusion:
    """Takes sightings as they arrive, from one thread at a time."""

    def __init__(self, settings: FusionSettings | None = None) -> None:
        self._settings = settings or FusionSettings()
        self._newest: dict[str, Sighting] = {}
        self._tracks: dict[str, Track] = {}  # by camera: its motion is right even where its place is not
        self._track = Track()  # what was given
        self._sure = Track()  # of that, what several agreed on, or one that was not waiting for another
        self._vouched: set[str] = set()
        self._contradicted = 0
        self._in_the_wrong: set[str] = set()  # cameras that contradicted those believed, and agreed with none since
        self._distrusted: frozenset[str] = frozenset()

    def take(self, sighting: Sighting, distrusted: Iterable[str] = ()) -> Judged:
        """Judge the next sighting. Cameras in `distrusted` are compared with the others but never believed."""
        self._start_anew_after_a_step(sighting.stamp_ns)
        self._note_distrusted(frozenset(distrusted))
        self._keep(sighting)
        at_ns = max(sighting.stamp_ns, self._track.stamp_ns() or 0)
        poses = self._brought(at_ns)
        if sighting.camera not in poses:
            return Judged(at_ns, None, (), {})
        counted = {name: pose for name, pose in poses.items() if name not in self._distrusted}
        group = self._believable(counted, at_ns)
        voters = tuple(counted) if not group and sighting.camera in counted else (sighting.camera,)
        votes = {name: vote for name in voters if (vote := self._vote(name, poses, counted, group))}
        self._remember(group, votes)
        if not group or sighting.camera not in counted:
            return Judged(at_ns, None, (), votes)
        fused = weighed([counted[name] for name in group])
        if at_ns == self._track.stamp_ns():
            return Judged(at_ns, None, group, votes)  # came late: it will count in the next one
        self._track.add(at_ns, fused)
        if len(counted) > 1 or not self._awaited(sighting.camera, at_ns):
            self._sure.add(at_ns, fused)
        return Judged(at_ns, fused, group, votes)

    def _note_distrusted(self, distrusted: frozenset[str]) -> None:
        """Who contradicted a camera that is not believed any more was perhaps not wrong."""
        if distrusted != self._distrusted:
            self._in_the_wrong.clear()
        self._distrusted = distrusted

    def _remember(self, group: tuple[str, ...], votes: Mapping[str, tuple[bool, float]]) -> None:
        """Who is in the wrong, where it is decided."""
        if group:
            self._in_the_wrong.update(name for name, (agrees, _) in votes.items() if not agrees)
        if len(group) > 1:
            self._in_the_wrong.difference_update(group)

    def _start_anew_after_a_step(self, stamp_ns: int) -> None:
        last_ns = self._track.stamp_ns()
        if last_ns is not None and last_ns - stamp_ns > _STEPPED_BACK_NS:
            self._track.forget()
            self._sure.forget()
            self._newest.clear()
            self._tracks.clear()
            self._in_the_wrong.clear()

    def _keep(self, sighting: Sighting) -> None:
        track = self._tracks.setdefault(sighting.camera, Track())
        last_ns = track.stamp_ns()
        if last_ns is not None and not 0 < sighting.stamp_ns - last_ns <= self._settings.memory_s * _NS:
            track.forget()
        track.add(sighting.stamp_ns, sighting.pose)
        self._newest[sighting.camera] = sighting

    def _brought(self, at_ns: int) -> Poses:
        """The newest pose of each camera, where it is recent, as of `at_ns`; a lone one need not know the motion."""
        newest_ns = max(one.stamp_ns for one in self._newest.values())
        recent = [one for one in self._newest.values() if newest_ns - one.stamp_ns <= self._settings.memory_s * _NS]
        return {
            one.camera: self._tracks[one.camera].bring(one.pose, one.stamp_ns, at_ns)
            for one in recent
            if len(recent) == 1 or self._tracks[one.camera].is_measured()
        }

    def _believable(self, poses: Poses, at_ns: int) -> tuple[str, ...]:
        """The cameras to believe, or none."""
        if len(poses) == 1:
            return self._alone(poses, at_ns)
        groups = {tuple(other for other in poses if self._agree(poses[name], poses[other])) for name in poses}
        most = max((len(group) for group in groups), default=0)
        largest = [group for group in groups if len(group) == most]
        if most > 1 and len(largest) == 1:
            self._vouched.update(largest[0])
            return largest[0]
        return self._expected_among(largest, poses, at_ns)

    def _alone(self, poses: Poses, at_ns: int) -> tuple[str, ...]:
        """A lone camera is believed where the robot is expected, and elsewhere if it insists and nobody is awaited."""
        (name,) = poses
        expected = self._sure.expected(at_ns)
        fits = expected is not None and self._agree(poses[name], expected)
        if self._awaited(name, at_ns):
            return (name,) if fits and name not in self._in_the_wrong else ()
        if expected is None and name in self._in_the_wrong:
            return ()
        if expected is not None and not fits:
            self._contradicted += 1
            if self._contradicted <= self._settings.patience:
                return ()
            self._track.forget()
            self._sure.forget()
        self._contradicted = 0
        return (name,)

    def _awaited(self, camera: str, at_ns: int) -> bool:
        """Whether another camera saw the robot so lately that it is about to speak, too."""
        known = self._newest.keys() - self._in_the_wrong - self._distrusted - {camera}
        return any(at_ns - self._newest[name].stamp_ns <= self._settings.await_s * _NS for name in known)

    def _expected_among(self, groups: list[tuple[str, ...]], poses: Poses, at_ns: int) -> tuple[str, ...]:
        """Of groups of one size, the one where the robot is expected; after a pause, the one in which nobody was wrong.

        Only cameras that once agreed with another may win: else whichever spoke first would be right for ever.
        """
        expected = self._sure.expected(at_ns)
        if expected is None:
            right = [group for group in groups if self._in_the_wrong.isdisjoint(group)]
            return right[0] if len(right) == 1 and len(groups) > 1 else ()
        fused = {group: weighed([poses[name] for name in group]) for group in groups if self._vouched.issuperset(group)}
        near = [group for group in fused if self._agree(fused[group], expected)]
        return min(near, key=lambda group: distance2(fused[group], expected), default=())

    def _vote(self, camera: str, poses: Poses, counted: Poses, group: tuple[str, ...]) -> tuple[bool, float] | None:
        """Whether a camera agrees with the believed others, and how far it is from them in m.

        A distrusted camera that has no believed one beside it is compared with the other distrusted ones.
        """
        names = group or tuple(counted) or (tuple(poses) if camera not in counted else ())
        others = [poses[name] for name in names if name != camera]
        if not others:
            return None
        own, middle = poses[camera], weighed(others)
        apart_m = math.hypot(own.x_m - middle.x_m, own.y_m - middle.y_m)
        return (camera in group if group and camera in counted else self._agree(own, middle)), apart_m

    def _agree(self, one: FloorPose, other: FloorPose) -> bool:
        return one is other or distance2(one, other) <= self._settings.gate


def distance2(one: FloorPose, other: FloorPose) -> float:
    """Squared Mahalanobis distance of two poses of one robot at one instant."""
    apart = _apart(one, other)
    by_height = one.by_height - other.by_height
    covariance = _own(one) + _own(other) + np.outer(by_height, by_height)
    return float(apart @ np.linalg.solve(covariance, apart))


def weighed(poses: list[FloorPose]) -> FloorPose:
    """The best pose from several of one instant: least squares for x, y, yaw and the height error that they share."""
    if len(poses) == 1:
        return poses[0]
    first, information, weighted = poses[0], np.diag([0.0, 0.0, 0.0, 1.0]), np.zeros(4)
    for pose in poses:
        design = np.column_stack([np.eye(3), pose.by_height])
        weight = design.T @ np.linalg.inv(_own(pose))
        information += weight @ design
        weighted += weight @ _apart(pose, first)
    covariance = np.linalg.inv(information)
    x, y, yaw, _ = np.append(first.values(), 0.0) + covariance @ weighted
    return FloorPose(float(x), float(y), math.remainder(float(yaw), math.tau), covariance[:3, :3])


def _own(pose: FloorPose) -> Array:
    """The covariance without the part that all views of the robot share."""
    own: Array = pose.covariance - np.outer(pose.by_height, pose.by_height)
    return own


def _apart(one: FloorPose, other: FloorPose) -> Array:
    apart = one.values() - other.values()
    apart[2] = math.remainder(apart[2], math.tau)
    return apart
