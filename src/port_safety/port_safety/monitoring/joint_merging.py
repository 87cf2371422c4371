"""A robot's joint states out of messages that each know some of its joints, or none.

The arm's driver, its gripper's and its base's publish on one topic, each in an order of its own. A joint counts by its
name, with the stamp of the message that told it last.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from port_safety.model.joints import Joints
from port_safety.model.readings import Alive, JointStates

#: Of the age at which a rule objects to the joints: so much earlier a joint that stays away is called by its name.
NAMED_AT = 0.9


@dataclass(frozen=True, slots=True)
class _Joint:
    position: float
    velocity: float
    stamp_ns: int


@dataclass(frozen=True, slots=True)
class MergedJoints:
    """All joints as they were told last. stamp_ns: of the joint that was told longest ago.

    value: if something of a joint is missing, Alive with a fault that names the joint; stamp_ns is the message's then,
    for its clock is not to blame.
    """

    value: JointStates | Alive
    stamp_ns: int


class JointMerging:
    """Of one robot. limit_s: how old its joints may be."""

    def __init__(self, joints: Joints, limit_s: float) -> None:
        self._names = joints.names
        self._missing_ns = round(limit_s * NAMED_AT * 1e9)
        self._last: dict[str, _Joint] = {}

    def merge(
        self, names: Sequence[str], positions: Sequence[float], velocities: Sequence[float], stamp_ns: int
    ) -> MergedJoints | None:
        """Take in a message stamped `stamp_ns`; None if it has none of the robot's joints. rad, rad/s.

        A value that the message does not have is NaN, and so is one whose list is shorter than that of the names.
        """
        told = {name: place for place, name in enumerate(names) if name in self._names}
        if not told:
            return None
        for name, place in told.items():
            self._last[name] = _Joint(_at(positions, place), _at(velocities, place), stamp_ns)
        stamps_ns = [self._last[name].stamp_ns for name in self._names if name in self._last]
        if missing := self._missing(max(stamps_ns)):
            return MergedJoints(missing, stamp_ns)
        rows = [self._last[name] for name in self._names]
        value = JointStates(tuple(row.position for row in rows), tuple(row.velocity for row in rows))
        return MergedJoints(value, min(stamps_ns))

    def _missing(self, newest_ns: int) -> Alive | None:
        """What names each joint that nobody told, not lately, or not wholly; None if all were."""
        words = [f"{name}: {word}" for name in self._names if (word := self._word(name, newest_ns))]
        return Alive("; ".join(words)) if words else None

    def _word(self, name: str, newest_ns: int) -> str:
        last = self._last.get(name)
        if last is None:
            return "no data"
        if newest_ns - last.stamp_ns > self._missing_ns:
            return f"no data for {(newest_ns - last.stamp_ns) / 1e9:.2f} s"
        values = (("position", last.position), ("velocity", last.velocity))
        return next((f"no {what}" for what, value in values if math.isnan(value)), "")


def _at(values: Sequence[float], place: int) -> float:
    return float(values[place]) if place < len(values) else math.nan
