"""`body_height`: a body that sinks or leaves the floor is a stop."""

import pytest

from port_safety.model.readings import Body
from port_safety.rules.body_height import BodyHeightRule
from tests.unit.port_safety.kind_rules import severities
from tests.unit.port_safety.rule_bench import LITTLE, STAMP, moment, told


@pytest.mark.parametrize(("height_m", "stops"), [(0.49, True), (0.51, False), (1.19, False), (1.21, True)])
def test_a_body_that_sinks_or_leaves_the_floor_is_a_stop(height_m: float, stops: bool) -> None:
    assert bool(severities("body_height", Body(height_m))) == stops


def test_a_body_at_its_very_limits_is_within() -> None:
    rule = BodyHeightRule(0.5, 1.0, 0.3)
    assert told(rule.judge(moment(body=Body(0.5)))) == told(rule.judge(moment(body=Body(1.0)))) == []
    for height_m, limit_m in ((0.5 - LITTLE, 0.5), (1.0 + LITTLE, 1.0)):
        assert told(rule.judge(moment(body=Body(height_m)))) == [
            ("PROTECTIVE_STOP", "body_height", "body", height_m, limit_m, "m", STAMP)
        ]
    assert BodyHeightRule(0.0, 0.1, 0.3).low_m == 0.0
    for low_m, high_m in ((-0.5, 1.0), (1.0, 1.0), (1.5, 1.0)):
        with pytest.raises(ValueError, match="low_m"):
            BodyHeightRule(low_m, high_m, 0.3)
