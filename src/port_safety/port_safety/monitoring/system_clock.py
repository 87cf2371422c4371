"""Whether the system clock was set lately, seen against the monotonic one. Reads no clock: both times are arguments."""

from collections import deque

from port_safety.model.readings import ClockStep

#: A step is seen for this long; slower changes than this are the ordinary steering of the clock.
SEEN_FOR_NS = 2_000_000_000


class SystemClockWatch:
    """Compares the offset of the two clocks with what it was a moment ago."""

    def __init__(self) -> None:
        self._offsets: deque[tuple[int, int]] = deque()

    def look(self, system_ns: int, monotonic_ns: int) -> ClockStep:
        """How far the system clock has been moved within the last two seconds."""
        offset_ns = system_ns - monotonic_ns
        while self._offsets and self._offsets[0][0] < monotonic_ns - SEEN_FOR_NS:
            self._offsets.popleft()
        self._offsets.append((monotonic_ns, offset_ns))
        return ClockStep(max((offset_ns - old_ns for _, old_ns in self._offsets), key=abs) / 1e9)
