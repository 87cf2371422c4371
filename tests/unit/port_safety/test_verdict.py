"""A verdict: what it says, which one cannot be born, and which is the worst."""

import math
from typing import Any

import pytest

from port_safety.model.verdict import Severity, Verdict, by_severity, worst
from tests.unit.port_safety.stops import cause, emergency


def test_severities_are_those_of_the_message() -> None:
    assert [(each.name, each.value) for each in Severity] == [
        ("OK", 0), ("LIMIT", 1), ("PROTECTIVE_STOP", 2), ("EMERGENCY_STOP", 3),
    ]  # fmt: skip


def test_a_verdict_says_no_more_than_it_was_told() -> None:
    plain = Verdict(Severity.LIMIT, "rule", "source", "why")
    assert (plain.unit, plain.scale, plain.scale_angular, plain.stamp_ns) == ("", 1.0, 1.0, 0)
    assert not plain.self_clearing and not plain.removes_power and math.isnan(plain.value) and math.isnan(plain.limit)
    assert plain.key == ("rule", "source") and not plain.stops and cause("a").stops and emergency("a").stops


def test_an_emergency_never_clears_by_itself() -> None:
    assert cause("a", clears=True).self_clearing
    with pytest.raises(ValueError, match="never clears by itself"):
        cause("a", Severity.EMERGENCY_STOP, clears=True)


@pytest.mark.parametrize("scale", [-0.001, 1.001, math.nan, math.inf])
def test_a_share_lies_between_nothing_and_all(scale: float) -> None:
    for good in (0.0, 1.0):
        assert Verdict(Severity.LIMIT, "r", "s", "why", scale=good, scale_angular=good)
    with pytest.raises(ValueError, match="scale"):
        Verdict(Severity.LIMIT, "r", "s", "why", scale=scale)
    with pytest.raises(ValueError, match="scale"):
        Verdict(Severity.LIMIT, "r", "s", "why", scale_angular=scale)


def test_a_verdict_names_rule_and_reason() -> None:
    for rule, reason in (("", "why"), ("rule", "")):
        with pytest.raises(ValueError, match="names both"):
            Verdict(Severity.LIMIT, rule, "s", reason)


def test_the_worst_comes_first_and_equals_keep_their_order() -> None:
    limit = Verdict(Severity.LIMIT, "rule", "l", "why", scale=0.5)
    told = by_severity([limit, cause("b"), emergency("e"), cause("a"), emergency("d")])
    assert [verdict.source for verdict in told] == ["e", "d", "b", "a", "l"]
    assert by_severity([]) == ()
    assert worst(told) is Severity.EMERGENCY_STOP and worst([]) is Severity.OK


@pytest.mark.parametrize(
    "bad",
    [
        {"scale": 1.5},
        {"scale_angular": -0.1},
        {"reason": ""},
        {"severity": Severity.EMERGENCY_STOP, "self_clearing": True},
    ],
)
def test_a_verdict_that_makes_no_sense_cannot_be_born(bad: dict[str, Any]) -> None:
    fine: dict[str, Any] = {"severity": Severity.LIMIT, "rule": "r", "source": "s", "reason": "why"}
    with pytest.raises(ValueError):
        Verdict(**{**fine, **bad})
