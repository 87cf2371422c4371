"""How often one stream arrives and how late its stamps are, over the last while. Pure: times are arguments."""

import statistics
from collections import deque

from port_session.admission.judge import Flow


class Arrivals:
    """Counts over `window_s`, from `begun_s` on (monotonic)."""

    def __init__(self, window_s: float, begun_s: float) -> None:
        self._window_s, self._begun_s = window_s, begun_s
        self._kept: deque[tuple[float, float]] = deque()

    def note(self, now_s: float, lag_s: float) -> None:
        """One arrived; lag_s: how old its stamp was, NaN if it has none."""
        self._kept.append((now_s, lag_s))
        self._forget(now_s)

    def flow(self, now_s: float) -> Flow:
        self._forget(now_s)
        span_s = min(self._window_s, now_s - self._begun_s)
        if span_s <= 0.0 or not self._kept:
            return Flow(0.0)
        return Flow(len(self._kept) / span_s, statistics.median(lag_s for _, lag_s in self._kept))

    def _forget(self, now_s: float) -> None:
        while self._kept and self._kept[0][0] < now_s - self._window_s:
            self._kept.popleft()
