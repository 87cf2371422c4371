"""How often a stream arrives, how late its stamps are, how large its messages."""

import math

from port_session.admission.arrivals import FLOOD, Arrivals


def told(*lags_s: float) -> Arrivals:
    one = Arrivals(0.0, 100)
    for number, lag_s in enumerate(lags_s):
        one.note(number * 0.01, 1000.0 + number, lag_s, 40)
    return one


def test_a_rate_is_what_came_in_the_time() -> None:
    flow = told(*[0.02] * 50).flow(2.0)
    assert (flow.rate_hz, flow.lag_s, flow.bytes, flow.most_bytes) == (25.0, 0.02, 40, 100)
    assert Arrivals(0.0).flow(2.0).rate_hz == 0.0 and math.isnan(Arrivals(0.0).flow(2.0).lag_s)
    assert math.isnan(told(math.nan, math.nan).flow(2.0).lag_s)


def test_whoever_counts_late_makes_no_late_clock_and_one_odd_stamp_none_either() -> None:
    assert told(*[0.01] * 3, *[4.0] * 17).flow(2.0).lag_s == 0.01
    assert told(-5.0, *[0.01] * 19).flow(2.0).lag_s == 0.01
    assert told(*[3.2] * 20).flow(2.0).lag_s == 3.2


def test_the_newest_stamp_is_kept_and_whether_it_is_the_only_one() -> None:
    assert told(0.0, 0.0, 0.0).flow(1.0).stamp_s == 1002.0 and not told(0.0, 0.0, 0.0).flow(1.0).same_stamp
    same = Arrivals(0.0)
    for _ in range(3):
        same.note(0.1, 7.0, 0.0, 1)
    assert same.flow(1.0).same_stamp


def test_a_flood_counts_until_nobody_listened_to_it_any_more() -> None:
    flood = Arrivals(0.0)
    for number in range(FLOOD):
        flood.note(number / FLOOD, 1.0 + number, 0.0, 1)
    assert flood.flooded and flood.flow(100.0).rate_hz > FLOOD * 0.99
