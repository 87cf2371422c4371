"""How fast a total grows, over the last seconds. Pure: time is an argument."""

from collections import deque

_WINDOW_S = 5.0


class Rate:
    """The mean of the last `window_s`: short enough to follow, long enough not to flicker."""

    def __init__(self, window_s: float = _WINDOW_S) -> None:
        self._window_s = window_s
        self._seen: deque[tuple[float, float]] = deque()

    def note(self, now_s: float, total: float) -> float:
        """The total now; returns the rate in 1/s, 0 while there is nothing to compare with."""
        self._seen.append((now_s, total))
        while now_s - self._seen[0][0] > self._window_s and len(self._seen) > 2:
            self._seen.popleft()
        begin_s, before = self._seen[0]
        return (total - before) / (now_s - begin_s) if now_s > begin_s else 0.0
