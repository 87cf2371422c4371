"""A system clock that steps when told, for whoever asks `time.time_ns` in this process; the monotonic clock goes on."""

import time
from itertools import pairwise

import pytest

STEPS_NS = (1_000_000_000, -1_000_000_000)


class SteppedClock:
    """Real time, and what it was stepped by."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.step_ns, plain = 0, time.time_ns
        patch.setattr(time, "time_ns", lambda: plain() + self.step_ns)


def intervals_are_unbroken(stamps_ns: list[int], period_ns: float, step_ns: int, tolerance_ns: float) -> None:
    """Every interval is the period, but for the one in which the clock was stepped: that one shows the step."""
    gaps_ns = [after - before for before, after in pairwise(stamps_ns)]
    odd = [gap for gap in gaps_ns if abs(gap - period_ns) > tolerance_ns]
    assert len(odd) == (1 if step_ns else 0), odd
    assert all(abs(gap - period_ns - step_ns) <= tolerance_ns for gap in odd), odd
