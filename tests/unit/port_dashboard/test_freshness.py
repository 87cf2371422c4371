"""A value is fresh only if its age is a number below its limit."""

import math

import pytest

from port_dashboard.state.freshness import Seen, age_ms, is_fresh, true_at


@pytest.mark.parametrize("age", [None, math.nan, math.inf, -1.0, 500.0, 501.0])
def test_not_fresh(age: float | None) -> None:
    assert not is_fresh(age, 500.0)


def test_fresh_below_the_limit() -> None:
    assert is_fresh(0.0, 500.0) and is_fresh(499.9, 500.0)


def test_never_received_has_no_age() -> None:
    assert age_ms(None, 5) is None


def test_age_on_the_monotonic_clock() -> None:
    assert age_ms(Seen("x", 1_000_000), 3_500_000) == 2.5


@pytest.mark.parametrize("off_ns", [2_000_000_000, -2_000_000_000])
def test_a_latched_old_stamp_and_one_in_the_future_are_equally_old(off_ns: int) -> None:
    seen = Seen("x", true_at(now_ns=10_000_000_000, now_system_ns=50_000_000_000, stamp_ns=50_000_000_000 + off_ns))
    assert age_ms(seen, 10_000_000_000) == 2000.0
