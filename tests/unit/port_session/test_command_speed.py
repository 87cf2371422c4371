"""How fast a command was, as a recording tells it: of today, and of before the gate told it."""

from types import SimpleNamespace

import pytest

from port_session.report.streams import command_mps

TWIST = SimpleNamespace(linear=SimpleNamespace(x=3.0, y=4.0))


@pytest.mark.parametrize(("told", "expected"), [({}, 5.0), ({"passed_mps": 0.25}, 0.25), ({"passed_mps": 0.0}, 0.0)])
def test_a_told_speed_counts_else_the_twist(told: dict[str, float], expected: float) -> None:
    assert command_mps(SimpleNamespace(passed=TWIST, **told), "passed") == expected
