"""Thinning a plot hides no peak; a jump's height does not depend on where in a recording it happens."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from port_session.report.decimate import min_max
from port_session.report.jump import measure
from tests.doors.port_session.recording import jump_force_n

values = st.floats(-1e6, 1e6) | st.just(float("nan"))


@given(st.lists(values, max_size=400), st.integers(1, 40))
def test_thinning_keeps_order_extremes_gaps_and_its_bound(y: list[float], buckets: int) -> None:
    given_y = np.array(y, dtype=np.float64)
    x, kept = min_max(np.arange(len(y), dtype=np.float64), given_y, buckets)
    assert len(kept) <= 3 * buckets
    assert np.all(np.diff(x) > 0)
    assert np.array_equal(kept, given_y[x.astype(int)], equal_nan=True)
    assert np.isnan(kept).any() == np.isnan(given_y).any()
    if np.isfinite(given_y).any():
        assert (np.nanmin(kept), np.nanmax(kept)) == (np.nanmin(given_y), np.nanmax(given_y))


@settings(max_examples=30, deadline=None)
@given(
    height_m=st.floats(0.03, 0.8), mass_kg=st.floats(8.0, 150.0), rate_hz=st.sampled_from([1000.0, 2000.0]),
    cut_s=st.floats(0.0, 8.0),
)  # fmt: skip
def test_both_heights_are_right_wherever_the_jump_is(
    height_m: float, mass_kg: float, rate_hz: float, cut_s: float
) -> None:
    force_n = jump_force_n(np.arange(int(12 * rate_hz)) / rate_hz, mass_kg, height_m)[int(cut_s * rate_hz) :]
    jump = measure(force_n, rate_hz)
    assert jump.height_impulse_m == pytest.approx(height_m, rel=0.02, abs=0.001)
    assert jump.height_flight_m == pytest.approx(height_m, rel=0.02, abs=0.001)
