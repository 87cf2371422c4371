"""When the next tick is due, how late the last ones and all of them were, how many were missed."""

from collections import deque

from port_safety.monitoring.histogram import Histogram


class TickClock:
    """Absolute deadlines every `period_ns`; a deadline missed by a whole period is counted and skipped, not made up."""

    def __init__(self, hz: float, now_ns: int) -> None:
        self.period_ns = round(1e9 / hz)
        self.due_ns = now_ns
        self.missed = 0
        self.lateness = Histogram()
        self._late_ns: deque[int] = deque(maxlen=max(50, round(hz)))

    def begin(self, now_ns: int) -> None:
        """The loop runs from now on; what the start took is no lateness."""
        self.due_ns = now_ns

    def due(self, now_ns: int) -> bool:
        """Whether a tick is due; if so the next deadline is set and the lateness noted."""
        late_ns = now_ns - self.due_ns
        if late_ns < 0:
            return False
        self._late_ns.append(late_ns)
        self.lateness.add(late_ns)
        skipped = late_ns // self.period_ns
        self.missed += skipped
        self.due_ns += (skipped + 1) * self.period_ns
        return True

    def wait_s(self, now_ns: int) -> float:
        """Seconds until the next deadline, 0 or more."""
        return max(0, self.due_ns - now_ns) / 1e9

    def jitter_p99_ms(self) -> float:
        """99th percentile of the lateness over the last second."""
        if not self._late_ns:
            return 0.0
        ordered = sorted(self._late_ns)
        return ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))] / 1e6
