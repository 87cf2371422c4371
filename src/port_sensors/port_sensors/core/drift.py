"""How much faster or slower a device's clock runs than ours, from when its samples arrive. Reads no clock.

The earliest arrival in each second waited least; a line through these lows has the drift as its slope. Jitter makes
lows late, never early, so the line is fitted again without those above it.
"""

from collections import deque

import numpy as np

_BIN_S = 1.0
_BINS = 120
_BINS_LEAST = 10
_ROUNDS = 3


class Drift:
    """Fed with arrival and device time, both in s; `ppm` is above 0 where the device is slow."""

    def __init__(self) -> None:
        self._lows: deque[tuple[float, float]] = deque(maxlen=_BINS)
        self._bin_end_s = float("-inf")

    def observe(self, device_s: float, arrival_s: float) -> None:
        """A sample of `device_s` arrived at `arrival_s`."""
        late = (arrival_s, arrival_s - device_s)
        if arrival_s >= self._bin_end_s:
            self._lows.append(late)
            self._bin_end_s = arrival_s + _BIN_S
        elif late[1] < self._lows[-1][1]:
            self._lows[-1] = late

    def restart(self) -> None:
        """The device began anew: what was seen says nothing any more."""
        self._lows.clear()
        self._bin_end_s = float("-inf")

    @property
    def ppm(self) -> float:
        """Parts in a million; NaN in the first seconds."""
        if len(self._lows) < _BINS_LEAST:
            return float("nan")
        at, late = np.array(self._lows).T
        at = at - at[0]
        for _ in range(_ROUNDS):
            slope, level = np.polyfit(at, late, 1)
            keep = late <= slope * at + level + 1e-9
            if keep.sum() < _BINS_LEAST:
                break
            at, late = at[keep], late[keep]
        return float(slope * 1e6)
