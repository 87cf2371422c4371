"""`border`: a robot whose computers are not reached stands; whoever commands it there is an emergency, by name."""

import math

import pytest

from port_safety.model.readings import Alive, Border, Reading, Value
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.border import NAME, BorderRule
from port_safety.rules.context import RuleContext

NOW = 10_000_000_000


def judged(value: Value | None, age_ns: int = 0) -> list[Verdict]:
    readings = {} if value is None else {NAME: Reading(value, NOW - age_ns, NOW - age_ns)}
    verdicts = BorderRule(0.4).judge(RuleContext(NOW, readings, None, None, True))
    assert all(each.rule == NAME for each in verdicts)
    return list(verdicts)


def test_nothing_is_said_while_the_robot_answers_and_nobody_else_commands_it() -> None:
    assert judged(Border(True)) == [] == judged(Border(True), 400_000_000)


@pytest.mark.parametrize("value", [None, Alive()])
def test_never_having_heard_of_it_is_a_stop(value: Value | None) -> None:
    (verdict,) = judged(value)
    assert verdict.severity is Severity.PROTECTIVE_STOP and math.isnan(verdict.value) and verdict.limit == 0.4
    assert verdict.reason == "border: nothing was heard yet of the robot's computers"


def test_silence_is_a_stop() -> None:
    (verdict,) = judged(Border(True), 500_000_000)
    assert (verdict.severity, verdict.value) == (Severity.PROTECTIVE_STOP, 0.5)
    assert verdict.reason == "border: nothing was heard for 0.5 s of the robot's computers"


def test_a_robot_that_is_not_reached_is_a_stop_with_the_reason() -> None:
    (verdict,) = judged(Border(False, "silent for 0.3 s; see its cable", ("/teleop",)))
    assert verdict.severity is Severity.PROTECTIVE_STOP and verdict.reason == "border: silent for 0.3 s; see its cable"
    assert judged(Border(False))[0].reason == "border: the robot's computers do not answer"


def test_whoever_commands_the_robot_there_is_an_emergency_by_name() -> None:
    (verdict,) = judged(Border(True, "", ("/teleop",)))
    assert (verdict.severity, verdict.source, verdict.value) == (Severity.EMERGENCY_STOP, "/teleop", 1.0)
    assert verdict.reason.startswith("bypass: /teleop publishes on the robot's command topic in the robot's own domain")


def test_four_are_named_and_all_are_counted() -> None:
    found = judged(Border(True, "", tuple(f"/n{number}" for number in range(6))))
    assert [each.source for each in found] == ["/n0", "/n1", "/n2", "/n3"] and {each.value for each in found} == {6.0}


@pytest.mark.parametrize("stale_s", [0.0, -1.0, math.nan])
def test_a_word_that_may_be_of_any_age_is_none(stale_s: float) -> None:
    with pytest.raises(ValueError, match=f"stale_s: {stale_s}"):
        BorderRule(stale_s)
