"""The rules of legged robots and arms: what each objects to, when it is content, and that nothing known is a stop."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.port_safety.kind_rules import upright


@given(angle=st.floats(0.0, math.pi), heading=st.floats(-math.pi, math.pi))
def test_the_angle_from_upright_is_measured_whatever_the_heading(angle: float, heading: float) -> None:
    assert upright(angle, heading).tilt_rad == pytest.approx(angle, abs=1e-6)
