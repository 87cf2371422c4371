"""Fits a device's time to ours, so that stamps are paced by the device and not by the jitter of arrival.

A sample cannot arrive before it was taken, and the one that waited least tells the offset best: the estimate follows
the lower envelope of (arrival − device time) over a sliding window, slewed slowly, so that it can follow a drifting
crystal but not a busy processor. Feed it monotonic time; a step of the system clock then touches nothing here. What
stays in the offset is the shortest way through device, cable and kernel. Reads no clock.
"""

from collections import deque

from port_sensors.core.drift import Drift

_BIN_S = 0.5
_BINS = 8
#: After a (re)start the offset may fall freely for this long: the first reads are the late ones.
_SETTLE_S = 1.0
#: How fast the offset may move once settled, as a share of elapsed time: ten times a poor crystal's error.
_SLEW = 5e-4
#: A difference above this through a whole bin is no drift: the device paused or began anew.
_STEP_S = 0.2


class DeviceClock:
    """Device time is index / rate_hz. All times are seconds on one monotonic clock."""

    def __init__(self, rate_hz: float) -> None:
        if not rate_hz > 0:
            raise ValueError(f"rate_hz: {rate_hz} is not above 0")
        self.rate_hz = rate_hz
        self.offset_s = float("nan")
        self.drift = Drift()
        self._lows: deque[float] = deque(maxlen=_BINS)
        self._bin_end_s = 0.0
        self._settled_s = 0.0
        self._last_s = 0.0

    def observe(self, index: int, arrival_s: float) -> None:
        """The sample `index` was the newest of what was read at `arrival_s`."""
        difference_s = arrival_s - index / self.rate_hz
        self.drift.observe(index / self.rate_hz, arrival_s)
        if not self._lows or difference_s < self.offset_s - _STEP_S:
            self._restart(difference_s, arrival_s)
        elif arrival_s >= self._bin_end_s:
            if self._lows[-1] > self.offset_s + _STEP_S:
                self._restart(difference_s, arrival_s)
            self._lows.append(difference_s)
            self._bin_end_s = arrival_s + _BIN_S
        self._lows[-1] = min(self._lows[-1], difference_s)
        self._follow(min(self._lows), arrival_s)

    def time_s(self, index: float) -> float:
        """When sample `index` was taken, on the clock of the arrivals; NaN before the first observation."""
        return self.offset_s + index / self.rate_hz

    def _restart(self, difference_s: float, now_s: float) -> None:
        self._lows.clear()
        self.drift.restart()
        self._lows.append(difference_s)
        self.offset_s = difference_s
        self._bin_end_s, self._settled_s, self._last_s = now_s + _BIN_S, now_s + _SETTLE_S, now_s

    def _follow(self, target_s: float, now_s: float) -> None:
        move_s = target_s - self.offset_s
        if now_s >= self._settled_s:
            most_s = _SLEW * max(0.0, now_s - self._last_s)
            move_s = min(most_s, max(-most_s, move_s))
        self.offset_s += move_s
        self._last_s = now_s
