"""When to try again what failed: after pauses that grow, jittered, and counted from the beginning of the attempt.

Counted so because an attempt may itself have waited: who asked in vain for a second need not rest for another one.
From one attempt's beginning to the next it takes at most LONGEST_S, or the attempt itself and the first pause if that
is longer. Reads no clock and draws no lots.
"""

_FIRST_S = 0.1
_MOST_S = 0.8
_JITTER = 0.25
LONGEST_S = _MOST_S * (1 + _JITTER)


class Retry:
    """The pauses of one link."""

    def __init__(self) -> None:
        self._pause_s = _FIRST_S

    def pause_s(self, worked: bool, lasted_s: float, lot: float) -> float:
        """How long to wait now. worked: the attempt got through and was lost later. lot: 0…1, for the jitter."""
        if worked:
            self._pause_s, lasted_s = _FIRST_S, 0.0
        rest_s = self._pause_s * (1 + _JITTER * (2 * lot - 1)) - lasted_s
        self._pause_s = min(2 * self._pause_s, _MOST_S)
        return max(rest_s, _FIRST_S * (1 + _JITTER * (2 * lot - 1)))
