"""Whether a device sends as many samples a second as it was told to: its time is counted in them. Reads no clock."""

from collections import deque

_LOOKS = 5
#: What a busy machine may make of five seconds; a device that is set up otherwise is off by much more.
_OFF = 0.1


class Pace:
    """The last looks at a device that should send `rate_hz`. off: by how much of it the rate may differ."""

    def __init__(self, rate_hz: float, off: float = _OFF) -> None:
        self._rate_hz, self._off = rate_hz, off
        self._looks: deque[tuple[int, float]] = deque(maxlen=_LOOKS)
        self._fresh = True

    def look(self, samples: int, elapsed_s: float) -> float | None:
        """The rate if it is not as told, else None. samples: since the look before, those reported lost with them."""
        if self._fresh:  # it began somewhere in between, or what it lost meanwhile comes at once
            self._fresh = False
            return None
        self._looks.append((samples, elapsed_s))
        if len(self._looks) < _LOOKS:
            return None
        counts, times_s = zip(*self._looks, strict=True)
        rate_hz = float(sum(counts) / sum(times_s))
        return rate_hz if abs(rate_hz / self._rate_hz - 1) > self._off else None

    def forget(self) -> None:
        """The device was gone, or silent."""
        self._looks.clear()
        self._fresh = True
