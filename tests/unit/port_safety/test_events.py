"""The events of a gate: their numbers, and what they say without being told."""

import math
from dataclasses import astuple

from port_safety.gate.events import NO_COST, CommandResult, EventKind, GateEvent
from port_safety.gate.state_machine import State


def test_the_kinds_are_those_of_the_message() -> None:
    names = (
        "STATE_CHANGED STOP CAUSE_ADDED STANDSTILL RESET_ACCEPTED RESET_REFUSED ARMED ARM_REFUSED LIMIT_BEGAN "
        "LIMIT_ENDED RECOVER_BEGAN RECOVER_ENDED OVERRIDE_BEGAN OVERRIDE_ENDED ENVELOPE_CHANGED DISARMED"
    )
    assert [(kind.name, kind.value) for kind in EventKind] == list(zip(names.split(), range(16), strict=True))


def test_an_event_has_no_figures_that_nobody_told() -> None:
    one = GateEvent(EventKind.ARMED, 1, State.STANDBY, State.RUN, 2, "armed")
    assert (one.event_id, one.causes, one.by) == ("", (), "")
    assert all(map(math.isnan, astuple(one.cost))) and one.cost == NO_COST
    assert CommandResult(True, "x") != CommandResult(False, "x")
