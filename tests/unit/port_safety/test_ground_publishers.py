"""`ground_publishers`: whoever else speaks on the ground's topics is a stop by name; not having looked is a stop."""

import math

import pytest

from port_safety.model.readings import Alive, Publishers, Reading, Value
from port_safety.model.verdict import Severity
from port_safety.rules.context import RuleContext
from port_safety.rules.ground_publishers import NAME, GroundPublishersRule

NOW = 10_000_000_000


def judged(value: Value | None, age_ns: int = 0) -> list[tuple[str, str, float, float]]:
    readings = {} if value is None else {NAME: Reading(value, NOW - age_ns, NOW - age_ns)}
    verdicts = GroundPublishersRule(1.0).judge(RuleContext(NOW, readings, None, None, True))
    assert all(each.rule == NAME and each.severity is Severity.PROTECTIVE_STOP for each in verdicts)
    return [(each.source, each.reason, each.value, each.limit) for each in verdicts]


def test_nothing_is_said_while_nobody_else_speaks() -> None:
    assert judged(Publishers()) == [] == judged(Publishers(), 1_000_000_000)


def test_whoever_speaks_is_named_with_the_topic() -> None:
    who = "/team/teleop on /hall/ground/robot_pose"
    reason = f"ground_publishers: foreign publisher: {who}; end it"
    assert judged(Publishers((who,))) == [(who, reason, 1.0, 0.0)]


def test_four_are_named_and_all_are_counted() -> None:
    found = judged(Publishers(tuple(f"/n{number} on /t" for number in range(6))))
    assert [source for source, *_ in found] == [f"/n{number} on /t" for number in range(4)]
    assert {value for _, _, value, _ in found} == {6.0}


@pytest.mark.parametrize("value", [None, Alive()])
def test_never_having_looked_is_a_stop(value: Value | None) -> None:
    ((source, reason, age_s, limit_s),) = judged(value)
    assert source == NAME and math.isnan(age_s) and limit_s == 1.0
    assert reason == "ground_publishers: nobody has looked yet who speaks on the ground's topics"


def test_an_old_look_is_a_stop() -> None:
    ((source, reason, age_s, _),) = judged(Publishers(), 2_500_000_000)
    assert source == NAME and age_s == 2.5
    assert reason == "ground_publishers: nobody has looked for 2.5 s who speaks on the ground's topics"
    assert judged(Publishers(("x on y",)), 1_000_000_001)[0][0] == NAME


@pytest.mark.parametrize("stale_s", [0.0, -1.0, math.nan])
def test_a_look_that_may_be_of_any_age_is_none(stale_s: float) -> None:
    with pytest.raises(ValueError, match=f"stale_s: {stale_s}"):
        GroundPublishersRule(stale_s)
