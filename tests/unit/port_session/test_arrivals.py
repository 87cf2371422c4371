"""How often a stream arrives and how late its stamps are."""

import math

from port_session.admission.arrivals import Arrivals
from port_session.admission.judge import Flow


def told(*lags_s: float) -> Arrivals:
    one = Arrivals()
    for lag_s in lags_s:
        one.note(lag_s)
    return one


def test_a_rate_is_what_came_in_the_time() -> None:
    assert told(*[0.02] * 50).flow(2.0) == Flow(25.0, 0.02)
    assert Arrivals().flow(2.0).rate_hz == 0.0 and math.isnan(Arrivals().flow(2.0).lag_s)
    assert math.isnan(told(math.nan, math.nan).flow(2.0).lag_s)


def test_whoever_counts_late_makes_no_late_clock_and_one_odd_stamp_none_either() -> None:
    assert told(*[0.01] * 3, *[4.0] * 17).flow(2.0).lag_s == 0.01
    assert told(-5.0, *[0.01] * 19).flow(2.0).lag_s == 0.01
    assert told(*[3.2] * 20).flow(2.0).lag_s == 3.2
