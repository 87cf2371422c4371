"""What the tests of rules share: moments with what is seen in them, rows of readings, verdicts as rows of figures."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.model.braking_model import BrakingModel
from port_safety.model.history import History
from port_safety.model.readings import Occupancy, Odometry, Pose, Reading, Value
from port_safety.model.verdict import Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.rule_type import Site
from tests.gate_bench import ROBOT

S, MS = 1_000_000_000, 1_000_000
NOW = 100 * S
#: When what `moment` and `row` show was stamped.
STAMP = NOW - 2 * MS
LITTLE = 1e-6
STILL = Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
#: ROBOT with figures that add up without rounding.
EVEN = replace(ROBOT, footprint_radius_m=0.5, braking=BrakingModel(0.25, 2.0))
SITE = Site(ROBOT, ("station_1",), ())


def context(request: Motion | None = None, **more: Any) -> RuleContext:
    """An armed robot of which nothing is seen but what `more` says."""
    return RuleContext(NOW, more.pop("readings", {}), request or Motion(), NOW, True, **more)


def placed(
    x: float,
    y: float,
    yaw: float,
    request: Motion,
    speed: float = 0.0,
    occupied: frozenset[str] | None = None,
    age_s: float = 0.0,
) -> RuleContext:
    """A robot at this place; its pose is `age_s` old, its odometry is not."""
    stamp = NOW - round(age_s * 1e9)
    readings = {
        "ground_pose": Reading(Pose(x, y, yaw), stamp, stamp),
        "odometry": Reading(Odometry(x, y, yaw, speed, 0.0, 0.0), NOW, NOW),
    }
    if occupied is not None:
        readings["occupancy"] = Reading(Occupancy(occupied), NOW, NOW)
    return RuleContext(NOW, readings, request, NOW, True)


def seen(now_ns: int = NOW, request: Motion = ZERO, **readings: Value) -> RuleContext:
    """All these readings, as old as nothing; two underscores in a name stand for a space."""
    named = {name.replace("__", " "): Reading(value, now_ns, now_ns) for name, value in readings.items()}
    return RuleContext(now_ns, named, request, now_ns, True)


def moment(request: Motion = ZERO, armed: bool = True, **readings: Value) -> RuleContext:
    """All these readings at STAMP, with their histories; two underscores in a name stand for a space."""
    readings.setdefault("odometry", STILL)
    named = {name.replace("__", " "): Reading(value, STAMP, STAMP + MS) for name, value in readings.items()}
    histories = {name: History() for name in named}
    for name, reading in named.items():
        histories[name].note(reading)
    return RuleContext(NOW, named, request, NOW, armed, histories=histories)


def row(name: str, *values: Value, period_ms: int = 10) -> RuleContext:
    """One input with these values after one another, the last one at STAMP."""
    history = History()
    for number, value in enumerate(values):
        stamp_ns = STAMP - period_ms * MS * (len(values) - 1 - number)
        history.note(Reading(value, stamp_ns, stamp_ns + MS))
    return RuleContext(NOW, {name: history.recent[-1]}, ZERO, NOW, True, histories={name: history})


def stamped_row(name: str, *at: tuple[int, Value]) -> RuleContext:
    """One input with these values at these stamps; now is the last of them."""
    history = History()
    for stamp_ns, value in at:
        history.note(Reading(value, stamp_ns, stamp_ns))
    return RuleContext(at[-1][0], {name: history.recent[-1]}, ZERO, at[-1][0], True, histories={name: history})


def told(verdicts: Sequence[Verdict]) -> list[tuple[Any, ...]]:
    """Severity, rule, source, value, limit, unit and stamp of each."""
    return [
        (each.severity.name, each.rule, each.source, each.value, each.limit, each.unit, each.stamp_ns)
        for each in verdicts
    ]


def near(value: float) -> Any:
    return pytest.approx(value, abs=3 * LITTLE)


def exactly(value: Any, **tolerance: Any) -> Any:
    """`value`, but for the rounding of floats; of any type, so that it may stand in a tuple among others."""
    return pytest.approx(value, **tolerance)


def above(value: float) -> float:
    """The next number."""
    return math.nextafter(value, math.inf)


def below(value: float) -> float:
    """The number before."""
    return math.nextafter(value, -math.inf)
