"""The pace of a trajectory: from one rate to another, and when a phase is reached."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from port_safety.commands.time_scaling import TimeScaling
from tests.unit.port_safety.rule_bench import exactly

few = settings(max_examples=20, deadline=None)


def test_a_pace_goes_evenly_from_one_rate_to_the_other() -> None:
    pace = TimeScaling(1.0, 0.5, 2.0)
    assert [pace.rate(t) for t in (-1.0, 0.0, 1.0, 2.0, 5.0)] == [1.0, 1.0, 0.75, 0.5, 0.5]
    assert [pace.phase(t) for t in (-1.0, 0.0, 1.0, 2.0, 5.0)] == exactly([0.0, 0.0, 0.875, 1.5, 3.0])
    assert [pace.elapsed(phase) for phase in (0.0, 0.875, 1.5, 3.0)] == exactly([0.0, 1.0, 2.0, 5.0])


def test_a_pace_that_ends_at_zero_never_gets_further() -> None:
    pace = TimeScaling(1.0, 0.0, 2.0)
    assert pace.phase(9.0) == pace.phase(2.0) == 1.0
    assert pace.elapsed(0.75) == exactly(1.0) and pace.elapsed(1.0) == exactly(2.0)
    assert pace.elapsed(1.1) == math.inf


def test_a_pace_from_rest_and_one_without_a_ramp() -> None:
    assert TimeScaling(0.0, 1.0, 2.0).elapsed(0.25) == exactly(1.0)
    assert TimeScaling(0.0, 1.0, 2.0).elapsed(-1.0) == 0.0
    assert TimeScaling(0.25, 0.5).phase(4.0) == 2.0 and TimeScaling(0.25, 0.5).elapsed(2.0) == 4.0
    assert TimeScaling(0.0, 0.0).elapsed(1.0) == math.inf and TimeScaling(0.0, 0.0).elapsed(0.0) == math.inf


def test_a_pace_from_rest_has_done_nothing_at_its_beginning() -> None:
    assert [TimeScaling(0.0, 1.0, 2.0).elapsed(phase_s) for phase_s in (-0.5, 0.0)] == [0.0, 0.0]


@few
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 2.0), st.floats(0.0, 5.0))
def test_a_pace_knows_when_a_phase_is_reached(begin: float, end: float, over_s: float, elapsed_s: float) -> None:
    pace = TimeScaling(begin, end, over_s)
    phase_s = pace.phase(elapsed_s)
    assert pace.phase(elapsed_s + 0.1) >= phase_s - 1e-12
    if pace.rate(elapsed_s) > 1e-3:
        assert pace.elapsed(phase_s) == pytest.approx(elapsed_s, abs=1e-5)
