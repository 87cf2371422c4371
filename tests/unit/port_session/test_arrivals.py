"""How often a stream arrives and how late its stamps are."""

import math

import pytest

from port_session.admission.arrivals import Arrivals


def test_a_rate_is_counted_over_the_window_alone() -> None:
    one = Arrivals(2.0, begun_s=0.0)
    for number in range(100):
        one.note(number * 0.1, 0.02)
    assert one.flow(9.9).rate_hz == pytest.approx(10.0, abs=0.6)
    assert one.flow(10.9).rate_hz == pytest.approx(5.0, abs=0.6)
    assert one.flow(20.0).rate_hz == 0.0


def test_before_a_whole_window_has_passed_the_rate_counts_from_the_beginning() -> None:
    one = Arrivals(2.0, begun_s=5.0)
    assert one.flow(5.0).rate_hz == 0.0
    for number in range(5):
        one.note(5.1 + number * 0.1, math.nan)
    flow = one.flow(5.5)
    assert flow.rate_hz == pytest.approx(10.0) and math.isnan(flow.lag_s)


def test_one_late_message_makes_no_late_clock() -> None:
    one = Arrivals(2.0, begun_s=0.0)
    for lag_s in (0.01, 0.02, 3.0):
        one.note(1.0, lag_s)
    assert one.flow(1.0).lag_s == 0.02
