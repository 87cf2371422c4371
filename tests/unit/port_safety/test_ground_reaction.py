"""`ground_reaction`: more force than the robot's mass explains, or what no foot can do, is a stop."""

from dataclasses import replace
from typing import Any

import pytest

from port_safety.commands.twist import ZERO
from port_safety.model.readings import PlateForce, Reading
from port_safety.model.verdict import Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.ground_reaction import GroundReactionRule
from port_safety.rules.required_input import GRAVITY_MPS2
from tests.unit.port_safety.kind_rules import made_rule
from tests.unit.port_safety.rule_bench import NOW, STAMP, STILL, above, exactly, moment, near, seen, told

GROUND = GroundReactionRule(("left", "right"), 10.0, 2.0, 5.0, 0.5, 0.5)


def plates(left: PlateForce, right: PlateForce) -> list[Verdict]:
    readings = {f"force_plate {name}": Reading(value, NOW, NOW) for name, value in (("left", left), ("right", right))}
    return list(made_rule("ground_reaction").judge(RuleContext(NOW, readings, ZERO, NOW, True)))


def test_more_than_the_mass_explains_on_all_plates_is_a_stop() -> None:
    """The plates together carry no more than the robot can weigh on them."""
    bound_n = 6.0 * 50.0 * GRAVITY_MPS2
    half = PlateForce(0.0, bound_n / 2 - 1.0, 10.0)
    assert not plates(half, half)
    (verdict,) = plates(half, replace(half, highest_n=bound_n / 2 + 2.0))
    assert (verdict.source, verdict.limit, verdict.unit) == ("plates", exactly(bound_n), "N")


@pytest.mark.parametrize(
    ("force", "says"),
    [
        (PlateForce(-60.0, 0.0, 0.0), "pulled by 60 N"),
        (PlateForce(100.0, 100.0, 250.0), "sideways by 250 N"),
        (PlateForce(0.0, 0.0, 0.0, "saturated"), "saturated"),
    ],
)
def test_a_pull_or_a_sideways_push_is_a_fault_of_the_plate(force: PlateForce, says: str) -> None:
    (verdict,) = plates(force, PlateForce(0.0, 0.0, 0.0))
    assert verdict.stops and verdict.source == "force_plate left" and says in verdict.reason


def loads(left: PlateForce, right: PlateForce | None = None) -> list[tuple[Any, ...]]:
    context = moment(force_plate__left=left, force_plate__right=right or PlateForce(0.0, 0.0, 0.0))
    return told(GROUND.judge(context))


def test_forces_at_their_very_limits_are_no_stop() -> None:
    most_n = 2.0 * 10.0 * 9.81
    assert loads(PlateForce(-5.0, 100.0, 55.0), PlateForce(0.0, most_n - 100.0, 0.0)) == []
    assert loads(PlateForce(-5.5, 0.0, 0.0)) == [
        ("PROTECTIVE_STOP", "ground_reaction", "force_plate left", -5.5, -5.0, "N", STAMP)
    ]
    assert loads(PlateForce(0.0, 100.0, 55.5)) == [
        ("PROTECTIVE_STOP", "ground_reaction", "force_plate left", 55.5, 55.0, "N", STAMP)
    ]
    assert loads(PlateForce(-5.0, -3.0, 5.5))[0][3:5] == (5.5, 5.0), "a plate that is pulled explains nothing"
    assert loads(PlateForce(0.0, 100.0, 0.0), PlateForce(0.0, most_n - 99.0, 0.0)) == [
        ("PROTECTIVE_STOP", "ground_reaction", "plates", near(most_n + 1.0), near(most_n), "N", STAMP)
    ]


def test_a_plate_of_which_nothing_is_known_carries_nothing() -> None:
    rule = GroundReactionRule(("left", "right"), 1.0, 2.0, 50.0, 1.5, 0.5)
    most_n = 2.0 * 9.81
    for load_n, sources in ((most_n, ["force_plate right"]), (above(most_n), None)):
        context = seen(force_plate__left=PlateForce(0.0, load_n, 0.0), force_plate__right=STILL)
        said = rule.judge(context)
        assert [each.source for each in said] == (sources or ["force_plate right", "plates"])
