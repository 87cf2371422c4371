"""What motion the commands of the last moments explain."""

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.gate.expected_motion import ExpectedMotion
from port_safety.rules.context import Span
from tests.gate_bench import ROBOT
from tests.unit.port_safety.rule_bench import NOW, S


def test_expected_motion_is_late_and_slows_as_the_robot_can() -> None:
    """What is expected comes late and slows down as the robot can."""
    expected = ExpectedMotion(ROBOT)
    expected.note(ZERO, NOW)
    expected.note(Motion(1.0), NOW + S)
    assert expected.spans[0] == Span(0.0, 1.0), "within the latency both are explained"
    expected.note(Motion(1.0), NOW + 3 * S)
    assert expected.spans[0].most == 1.0
    expected.note(ZERO, NOW + 3 * S + 1)
    expected.note(ZERO, NOW + 4 * S)
    braked = 1.0 - 0.5 * ROBOT.braking.deceleration_mps2
    assert expected.spans[0].most == pytest.approx(braked, abs=1e-6)
    expected.note(ZERO, NOW + 9 * S)
    assert expected.spans[0] == Span(0.0, 0.0)
