"""What one source has shown lately: how late its stamps came, and for how long its value has been the very same.

Grows by one entry a reading, never in a tick. Only a new stamp counts: a reading told twice says nothing new.
"""

from collections import deque

from port_safety.model.readings import Odometry, Pose, Reading
from port_safety.model.track import Track

#: Lags and readings that are kept.
KEPT = 32


class History:
    """One source. `lags_ns`: arrival minus stamp of the last readings, newest last; below zero: from the future.

    `recent`: the last readings, newest last. `same`: how many readings in a row had the value of the newest one, since
    the stamp `same_since_ns`. `track`: where the source said that the robot was.
    """

    __slots__ = ("_last", "lags_ns", "recent", "same", "same_since_ns", "track")

    def __init__(self) -> None:
        self.lags_ns: deque[int] = deque(maxlen=KEPT)
        self.recent: deque[Reading] = deque(maxlen=KEPT)
        self.same = 0
        self.same_since_ns = 0
        self.track = Track()
        self._last: Reading | None = None

    def note(self, reading: Reading) -> None:
        """Take in the newest reading; one that was never stamped has shown nothing."""
        if reading.unstamped:
            return
        last, self._last = self._last, reading
        if last is not None and reading.stamp_ns == last.stamp_ns:
            return
        self.lags_ns.append(reading.received_ns - reading.stamp_ns)
        self.recent.append(reading)
        if last is not None and reading.value == last.value:
            self.same += 1
        else:
            self.same, self.same_since_ns = 1, reading.stamp_ns
        if isinstance(reading.value, Pose | Odometry) and not reading.fault:
            self.track.add(reading.value.x, reading.value.y, reading.value.yaw, reading.stamp_ns)
