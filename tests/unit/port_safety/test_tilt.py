"""`tilt`: leaning is a protective stop, falling an emergency."""

import math

import pytest

from port_safety.model.readings import Attitude
from port_safety.model.verdict import Severity
from port_safety.rules.context import RuleContext
from port_safety.rules.tilt import TiltRule
from tests.unit.port_safety.kind_rules import every_input, made_rule, severities, upright
from tests.unit.port_safety.rule_bench import LITTLE, STAMP, exactly, moment, near, told


def test_leaning_is_a_protective_stop_and_falling_an_emergency() -> None:
    assert not severities("tilt", upright(0.34))
    assert severities("tilt", upright(0.4)) == [(Severity.PROTECTIVE_STOP, exactly(0.4))]
    assert severities("tilt", upright(-0.8, 2.0)) == [(Severity.EMERGENCY_STOP, exactly(0.8))]
    assert not severities("tilt", upright(0.34))


@pytest.mark.parametrize(
    ("attitude", "says"),
    [
        (Attitude(0.0, 0.0, 0.0, 1.0, known=False), "gives no orientation"),
        (Attitude(0.0, 0.0, 0.0, 0.0), "no rotation"),
    ],
)
def test_an_orientation_that_is_none_is_a_stop(attitude: Attitude, says: str) -> None:
    assert says in made_rule("tilt").judge(every_input("tilt", attitude))[0].reason


def leaning(rad: float) -> RuleContext:
    return moment(imu=Attitude(math.sin(rad / 2), 0.0, 0.0, math.cos(rad / 2)))


def test_leaning_and_falling_begin_at_their_very_limits() -> None:
    rule = TiltRule(0.3, 0.6, 0.1)
    assert told(rule.judge(leaning(0.3 - LITTLE))) == []
    assert told(rule.judge(leaning(0.3 + LITTLE))) == [
        ("PROTECTIVE_STOP", "tilt", "body", near(0.3), 0.3, "rad", STAMP)
    ]
    assert told(rule.judge(leaning(0.6 - LITTLE)))[0][0] == "PROTECTIVE_STOP"
    assert told(rule.judge(leaning(0.6 + LITTLE))) == [("EMERGENCY_STOP", "tilt", "body", near(0.6), 0.6, "rad", STAMP)]
    assert TiltRule(0.6, 0.6, 0.1).judge(leaning(0.7))
    (exact,) = TiltRule(0.1, 0.2, 0.1).judge(leaning(0.5))
    assert not TiltRule(exact.value, exact.value, 0.1).judge(leaning(0.5)), "at the very edge it is content"
    assert TiltRule(0.1, 3.15, 0.1).fall_rad == 3.15
    with pytest.raises(ValueError, match="fall_rad"):
        TiltRule(0.1, 3.16, 0.1)
    with pytest.raises(ValueError, match="fall_rad"):
        TiltRule(0.3, 0.2, 0.1)
