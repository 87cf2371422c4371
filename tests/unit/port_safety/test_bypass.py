"""`bypass`: whoever else commands the robot is an emergency by name; not having looked is a stop."""

from collections.abc import Sequence

import pytest

from port_safety.commands.twist import ZERO
from port_safety.model.readings import Publishers, Reading
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.bypass import BypassRule
from port_safety.rules.context import RuleContext
from tests.unit.port_safety.rule_bench import NOW, S, context, moment, near, told

CALLED = "a program without a node (01ff)"


def publishers(*foreign: str, age_s: float = 0.0) -> RuleContext:
    at_ns = NOW - round(age_s * S)
    return context(readings={"publishers": Reading(Publishers(foreign), at_ns, at_ns)})


def test_each_other_publisher_is_an_emergency_by_name() -> None:
    verdicts = BypassRule(1.0).judge(publishers("/team/teleop", "/x/driver"))
    assert [verdict.source for verdict in verdicts] == ["/team/teleop", "/x/driver"]
    assert all(verdict.severity is Severity.EMERGENCY_STOP for verdict in verdicts)
    assert not BypassRule(1.0).judge(publishers())


@pytest.mark.parametrize("moment", [context(), publishers(age_s=1.5)])
def test_not_having_looked_is_a_stop(moment: RuleContext) -> None:
    (verdict,) = BypassRule(1.0).judge(moment)
    assert (verdict.severity, verdict.source) == (Severity.PROTECTIVE_STOP, "publishers")


def test_old_looks_and_other_publishers_object_by_name() -> None:
    """Old looks, a gate from before and at most four others are told."""
    rule = BypassRule(1.0)

    def seen(publishers: Publishers, age_ns: int = 0) -> Sequence[Verdict]:
        reading = Reading(publishers, NOW - age_ns, NOW - age_ns)
        return rule.judge(RuleContext(NOW, {"publishers": reading}, ZERO, NOW, True))

    assert not seen(Publishers(), S)
    assert told(seen(Publishers(), S + 1000)) == [
        ("PROTECTIVE_STOP", "bypass", "publishers", near(1.000001), 1.0, "s", 0)
    ]
    assert told(seen(Publishers((), 2))) == [("PROTECTIVE_STOP", "bypass", "gate before", 2.0, 0.0, "nodes", NOW)]
    names = ("/a", "/b", "/c", "/d", "/e")
    assert told(seen(Publishers(names, 1))) == [
        ("EMERGENCY_STOP", "bypass", name, 5.0, 0.0, "nodes", NOW) for name in names[:4]
    ]
    assert [(each.severity.name, each.source) for each in rule.judge(moment())] == [("PROTECTIVE_STOP", "publishers")]
    for stale_s in (0.0, -1.0):
        with pytest.raises(ValueError, match="stale_s"):
            BypassRule(stale_s)


def test_a_gate_from_before_is_a_stop_and_no_emergency() -> None:
    """Nothing moves before the one from before is gone and it is no emergency."""

    def verdicts(publishers: Publishers) -> list[Severity]:
        view = RuleContext(S, {"publishers": Reading(publishers, S, S)}, ZERO, S, True)
        return [verdict.severity for verdict in BypassRule(1.0).judge(view)]

    assert verdicts(Publishers((), 1)) == [Severity.PROTECTIVE_STOP]
    assert verdicts(Publishers(("/team/teleop",), 1)) == [Severity.EMERGENCY_STOP]
    assert not verdicts(Publishers())


def test_a_nameless_one_holds_the_robot_and_says_what_to_do() -> None:
    view = RuleContext(S, {"publishers": Reading(Publishers(nameless=1), S, S)}, ZERO, S, True)
    (verdict,) = BypassRule(1.0).judge(view)
    assert verdict.severity is Severity.PROTECTIVE_STOP and not verdict.self_clearing
    assert verdict.source not in ("publishers", "gate before") and verdict.value == 1.0
    both = RuleContext(S, {"publishers": Reading(Publishers((CALLED,), 1, 1), S, S)}, ZERO, S, True)
    assert [each.severity for each in BypassRule(1.0).judge(both)] == [Severity.EMERGENCY_STOP]
