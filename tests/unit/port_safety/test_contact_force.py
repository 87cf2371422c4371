"""`contact_force`: pushing too hard in a row of readings is a stop, a blow an emergency."""

from typing import Any

import pytest

from port_safety.model.history import KEPT
from port_safety.model.readings import Force
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.contact_force import ContactForceRule
from tests.unit.port_safety.kind_rules import made_rule, row_of
from tests.unit.port_safety.rule_bench import STAMP, S, above, near, row, stamped_row, told


def pushes(*forces_n: float) -> list[Verdict]:
    return list(
        made_rule("contact_force").judge(row_of(*(Force(0.0, -n, 0.0) for n in forces_n), name="contact_wrench"))
    )


def test_a_long_push_is_a_stop_and_a_blow_an_emergency() -> None:
    """Pushing too hard in a row of readings is a stop and a blow an emergency."""
    assert not pushes(20.0, 120.0, 120.0)
    (held,) = pushes(120.0, 110.0, 130.0)
    assert (held.severity, held.value) == (Severity.PROTECTIVE_STOP, 110.0)
    (blow,) = pushes(20.0, 181.0)
    assert blow.severity is Severity.EMERGENCY_STOP
    assert not pushes(120.0, 110.0, 130.0, 90.0)


def test_a_force_at_its_very_limits_is_no_stop() -> None:
    rule = ContactForceRule(50.0, 100.0, 2, 0.1)

    def felt(*forces: float) -> list[tuple[Any, ...]]:
        return told(rule.judge(row("contact_wrench", *(Force(0.6 * force, 0.0, -0.8 * force) for force in forces))))

    assert felt(50.0, 50.0) == [] == felt(60.0) == felt(40.0, 100.0)
    assert felt(70.0, 60.0) == [("PROTECTIVE_STOP", "contact_force", "tool", near(60.0), 50.0, "N", STAMP)]
    assert felt(100.5) == [("EMERGENCY_STOP", "contact_force", "tool", near(100.5), 100.0, "N", STAMP)]
    assert ContactForceRule(50.0, 50.0, KEPT, 0.1)
    for bad in ((50.0, 49.0, 2), (50.0, 101.0, 2), (50.0, 100.0, 0), (50.0, 100.0, KEPT + 1)):
        with pytest.raises(ValueError, match="must lie in"):
            ContactForceRule(*bad, stale_s=0.1)


def test_an_arm_pushes_in_as_many_readings_as_are_asked_for() -> None:
    rule = ContactForceRule(50.0, 100.0, 1, 0.1)
    assert not rule.judge(stamped_row("contact_wrench", (S, Force(50.0, 0.0, 0.0))))
    assert rule.judge(stamped_row("contact_wrench", (S, Force(above(50.0), 0.0, 0.0))))
