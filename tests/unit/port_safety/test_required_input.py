"""What all rules of legged robots and arms have in common: a healthy value is content, any other is a stop."""

from dataclasses import replace

import pytest

from port_safety.commands.twist import ZERO
from port_safety.model.readings import Alive, Body, Reading
from port_safety.rules.body_height import BodyHeightRule
from port_safety.rules.context import RuleContext
from port_safety.rules.registry import parameters_of, rule_types
from tests.unit.port_safety.kind_rules import CONTENT, KIND_BLOCKS, SITES, every_input, made_rule
from tests.unit.port_safety.rule_bench import MS, NOW, S, moment


@pytest.mark.parametrize("kind", CONTENT)
def test_a_healthy_value_is_no_objection(kind: str) -> None:
    assert not made_rule(kind).judge(every_input(kind, CONTENT[kind][1]))


@pytest.mark.parametrize("kind", CONTENT)
@pytest.mark.parametrize(
    ("age_ms", "says"), [(None, "no data"), (900, "no data for 0.90 s"), (-300, "in the future"), (0, " is ")]
)
def test_a_missing_old_early_or_faulty_input_is_a_stop(kind: str, age_ms: int | None, says: str) -> None:
    value = CONTENT[kind][2] if age_ms == 0 else CONTENT[kind][1]
    moment = RuleContext(NOW, {}, ZERO, NOW, True) if age_ms is None else every_input(kind, value, age_ms)
    verdicts = made_rule(kind).judge(moment)
    assert len(verdicts) == len(CONTENT[kind][0]) and all(verdict.stops for verdict in verdicts)
    assert all(verdict.rule == kind and verdict.source in CONTENT[kind][0] for verdict in verdicts)
    assert says in verdicts[0].reason or "not a number" in verdicts[0].reason


@pytest.mark.parametrize("kind", CONTENT)
def test_another_kind_of_value_is_a_stop(kind: str) -> None:
    assert "not what this rule looks at" in made_rule(kind).judge(every_input(kind, Alive()))[0].reason


@pytest.mark.parametrize("kind", CONTENT)
def test_a_source_that_repeats_its_stamp_is_stale(kind: str) -> None:
    """The same stamp told again and again is one reading that grows old."""
    name, value = CONTENT[kind][0][0], CONTENT[kind][1]
    old = Reading(value, NOW - 900 * MS, NOW)
    moment = replace(every_input(kind, value), readings={**every_input(kind, value).readings, name: old})
    assert made_rule(kind).judge(moment)[0].source == name


@pytest.mark.parametrize("kind", CONTENT)
def test_each_rule_tells_how_old_its_inputs_may_be(kind: str) -> None:
    made = rule_types()[kind]
    watched = made.watches(parameters_of(kind, {"type": kind, **KIND_BLOCKS[kind]}), SITES[kind])
    assert tuple(watched) == CONTENT[kind][0] and made.reads_values


def test_a_missing_input_has_no_stamp_and_ages_are_in_seconds() -> None:
    (nothing,) = BodyHeightRule(0.5, 1.0, 0.3).judge(moment())
    assert nothing.stamp_ns == 0 and nothing.reason == "body_height: body: no data"
    old = RuleContext(NOW, {"body": Reading(Body(0.7), NOW - 5 * S // 2, NOW)}, ZERO, NOW, True)
    assert old.age_s("body") == 2.5 and old.age_s("imu") is None
    assert BodyHeightRule(0.5, 1.0, 0.3).judge(old)[0].stamp_ns == NOW
