"""Where a source said that the robot was, over the last seconds, by the source's own stamps."""

import math
from bisect import bisect_left

Place = tuple[float, float, float]

#: Places are kept for this long, and this far apart: a source may be faster than anybody needs.
KEPT_NS = 12_000_000_000
APART_NS = 8_000_000
#: A stamp this far behind the newest one is no late message: the source's clock was set back, so the track begins anew.
SET_BACK_NS = 200_000_000


class Track:
    """Stamps (monotonic ns, rising) and places (x, y in m, heading in rad) beside each other."""

    __slots__ = ("places", "stamps_ns")

    def __init__(self) -> None:
        self.stamps_ns: list[int] = []
        self.places: list[Place] = []

    def add(self, x: float, y: float, yaw: float, stamp_ns: int) -> None:
        """The newest place; one that comes late is left out."""
        stamps = self.stamps_ns
        if stamps and stamp_ns < stamps[-1] - SET_BACK_NS:
            stamps.clear()
            self.places.clear()
        if stamps and stamp_ns < stamps[-1] + APART_NS:
            return
        stamps.append(stamp_ns)
        # A heading of 1e308 rad is a number, the difference of two of them is none.
        self.places.append((x, y, math.remainder(yaw, math.tau)))
        if stamps[0] < stamp_ns - 2 * KEPT_NS:
            self._forget(bisect_left(stamps, stamp_ns - KEPT_NS))

    def _forget(self, count: int) -> None:
        del self.stamps_ns[:count]
        del self.places[:count]

    def at(self, stamp_ns: int) -> Place | None:
        """The place at `stamp_ns`, on a line between the two around it; None outside of the track."""
        stamps = self.stamps_ns
        after = bisect_left(stamps, stamp_ns)
        if after == len(stamps) or (after == 0 and stamps[0] != stamp_ns):
            return None
        if stamps[after] == stamp_ns:
            return self.places[after]
        (ax, ay, ayaw), (bx, by, byaw) = self.places[after - 1 : after + 1]
        share = (stamp_ns - stamps[after - 1]) / (stamps[after] - stamps[after - 1])
        turn = math.remainder(byaw - ayaw, math.tau)
        return ax + share * (bx - ax), ay + share * (by - ay), ayaw + share * turn


def step(start: Place, end: Place) -> Place:
    """The way from `start` to `end` as seen from `start`: ahead and to the left in m, turned in rad.

    Seen like this it does not depend on where the frame of a source lies, nor on which way it looks.
    """
    dx, dy = end[0] - start[0], end[1] - start[1]
    cos, sin = math.cos(start[2]), math.sin(start[2])
    return cos * dx + sin * dy, cos * dy - sin * dx, math.remainder(end[2] - start[2], math.tau)
