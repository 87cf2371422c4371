"""How often a stream is worth sending: at once on a change, otherwise not more often than its period.

Pure: time is an argument.
"""

from collections.abc import Hashable


class Pace:
    """Decides for one stream. period_s: the least time between two records that say the same; 0 lets everything by."""

    def __init__(self, period_s: float) -> None:
        if period_s < 0:
            raise ValueError(f"period_s: {period_s} is negative")
        self._period_s = period_s
        self._next_s = 0.0
        self._last: Hashable = None

    def due(self, now_s: float, essence: Hashable = None) -> bool:
        """Whether to send what has `essence`, the part whose change must be seen at once."""
        if essence == self._last and now_s < self._next_s:
            return False
        # Counting on from the last deadline keeps the mean rate where messages arrive slightly off the period.
        on_time = now_s - self._next_s < self._period_s
        self._next_s = (self._next_s if on_time else now_s) + self._period_s
        self._last = essence
        return True
