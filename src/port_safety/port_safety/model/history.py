"""What one source has shown lately: how late its stamps came, and for how long its value has been the very same.

Grows by one entry a reading, never in a tick. Only a new stamp counts: a reading told twice says nothing new.
"""

from collections import deque

from port_safety.model.readings import JointStates, Odometry, Pose, Reading, Value
from port_safety.model.track import Track

#: A place within this of another is the same, m and rad: less than a robot that is told to move comes on in a second.
SAME_M, SAME_RAD = 1e-3, 1e-3
#: Lags and readings that are kept.
KEPT = 32


class History:
    """One source. `lags_ns`: arrival minus stamp of the last readings, newest last; below zero: from the future.

    `recent`: the last readings, newest last. `same`: how many readings in a row had the same value, but for noise,
    since the stamp `same_since_ns`. `track`: where the source said that the robot was.
    """

    __slots__ = ("_anchor", "_last", "lags_ns", "recent", "same", "same_since_ns", "track")

    def __init__(self) -> None:
        self.lags_ns: deque[int] = deque(maxlen=KEPT)
        self.recent: deque[Reading] = deque(maxlen=KEPT)
        self.same = 0
        self.same_since_ns = 0
        self.track = Track()
        self._last: Reading | None = None
        self._anchor: Value | None = None

    def note(self, reading: Reading) -> None:
        """Take in the newest reading; one that was never stamped has shown nothing."""
        if reading.unstamped:
            return
        last, self._last = self._last, reading
        if last is not None and reading.stamp_ns == last.stamp_ns:
            return
        self.lags_ns.append(reading.received_ns - reading.stamp_ns)
        self.recent.append(reading)
        if self._anchor is not None and _alike(reading.value, self._anchor):
            self.same += 1
        else:
            self.same, self.same_since_ns, self._anchor = 1, reading.stamp_ns, reading.value
        if isinstance(reading.value, Pose | Odometry) and not reading.fault:
            self.track.add(reading.value.x, reading.value.y, reading.value.yaw, reading.stamp_ns)


def _alike(value: Value, anchor: Value) -> bool:
    """Whether both say the same, but for noise that is far below what a moving robot does."""
    if isinstance(value, JointStates) and isinstance(anchor, JointStates):
        pairs = zip(value.positions, anchor.positions, strict=False)
        return len(value.positions) == len(anchor.positions) and all(abs(a - b) <= SAME_RAD for a, b in pairs)
    if isinstance(value, Pose | Odometry) and isinstance(anchor, Pose | Odometry):
        near = abs(value.x - anchor.x) <= SAME_M and abs(value.y - anchor.y) <= SAME_M
        return near and abs(value.yaw - anchor.yaw) <= SAME_RAD
    return value == anchor
