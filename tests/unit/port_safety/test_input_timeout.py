"""`input_timeout`: what is missing, old, early or no number is a stop by name; a silent stack moves nothing."""

import math
from dataclasses import replace
from typing import Any

import pytest

from port_safety.commands.twist import ZERO
from port_safety.gate.state_machine import State
from port_safety.model.readings import ClockStep, Odometry, Pose, Reading
from port_safety.model.verdict import Severity
from port_safety.rules.context import RuleContext
from port_safety.rules.input_timeout import InputTimeoutRule, TimedInput
from port_safety.rules.registry import make_rule
from port_safety.rules.rule_type import Site
from tests.gate_bench import BLOCKS, ROBOT, Bench, robot_of
from tests.unit.port_safety.rule_bench import NOW, STILL, S, near, seen, told

LATE = "stamps are 3.20 s behind this machine's clock"


def test_an_input_or_command_older_than_its_limit_is_told() -> None:
    rule = InputTimeoutRule((TimedInput("odometry", 0.25, Severity.PROTECTIVE_STOP),), 0.5)

    def aged(age_ns: int, request_age_ns: int = 0, armed: bool = True) -> list[tuple[Any, ...]]:
        value = Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        readings = {"odometry": Reading(value, NOW - age_ns, NOW - age_ns)}
        return told(rule.judge(RuleContext(NOW, readings, ZERO, NOW - request_age_ns, armed)))

    assert aged(S // 4, S // 2) == []
    assert aged(S // 4 + 1000) == [
        ("PROTECTIVE_STOP", "input_timeout", "odometry", near(0.250001), 0.25, "s", NOW - S // 4 - 1000)
    ]
    assert aged(0, S // 2 + 1000) == [("LIMIT", "input_timeout", "command", near(0.500001), 0.5, "s", 0)]
    assert aged(0, S, armed=False) == []
    (limit,) = rule.judge(RuleContext(NOW, {"odometry": Reading(ClockStep(), NOW, NOW)}, ZERO, None, True))
    assert (limit.scale, limit.scale_angular, limit.reason) == (0.0, 0.0, "command: no data")
    (nothing,) = rule.judge(RuleContext(NOW, {}, ZERO, NOW, True))
    assert nothing.stamp_ns == 0 and nothing.reason == "odometry: no data"


def test_a_stamp_from_the_future_is_told_by_how_much() -> None:
    rule = InputTimeoutRule((TimedInput("odometry", 0.25, Severity.PROTECTIVE_STOP),), 0.5)
    early = Reading(Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0), NOW + S // 2, NOW)
    (verdict,) = rule.judge(RuleContext(NOW, {"odometry": early}, ZERO, NOW, True))
    assert verdict.reason == "odometry: stamped 0.50 s in the future" and verdict.value == 0.0
    just = Reading(Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0), NOW + S // 10, NOW)
    assert not rule.judge(RuleContext(NOW, {"odometry": just}, ZERO, NOW, True))


def test_an_age_limit_is_above_zero() -> None:
    with pytest.raises(ValueError, match="limit_s"):
        TimedInput("odometry", 0.0, Severity.PROTECTIVE_STOP)


def test_the_age_of_a_command_and_of_a_stamp_is_a_difference() -> None:
    rule = InputTimeoutRule((TimedInput("odometry", 0.25, Severity.LIMIT),), 2.0)
    late = replace(seen(odometry=STILL), request_received_ns=NOW - 60 * S)
    assert [each.value for each in rule.judge(late)] == [60.0]
    early = Reading(STILL, 3 * S, S)
    (verdict,) = rule.judge(RuleContext(S, {"odometry": early}, ZERO, S, True))
    assert verdict.reason == "odometry: stamped 2.00 s in the future"


def test_each_kind_of_robot_has_its_inputs_watched() -> None:
    station, plate = ("estop one", 0.15, "EMERGENCY_STOP"), ("force_plate left", 0.5, "PROTECTIVE_STOP")
    base = [("odometry", 0.3, "PROTECTIVE_STOP"), ("ground_pose", 0.5, "PROTECTIVE_STOP")]
    for robot, own in ((ROBOT, base), (robot_of("arm"), [("joints", 0.3, "PROTECTIVE_STOP")])):
        rule = make_rule("input_timeout", BLOCKS["input_timeout"], Site(robot, ("one",), ("left",)))
        assert isinstance(rule, InputTimeoutRule) and rule.command_s == 0.3
        assert [(each.name, each.limit_s, each.severity.name) for each in rule.inputs] == [station, *own, plate]


@pytest.mark.parametrize(
    ("field", "rule_source", "after_s"),
    [
        ("estop", "estop station_1", 0.2),
        ("odometry", "odometry", 0.35),
        ("pose", "ground_pose", 0.55),
        ("plate", "force_plate left", 0.55),
    ],
)
def test_each_lost_input_stops_the_robot_by_name(field: str, rule_source: str, after_s: float) -> None:
    bench = Bench(obeys=False).drive()
    setattr(bench, field, None)
    bench.turn(after_s)
    assert bench.gate.stop is not None
    assert ("input_timeout", rule_source) in bench.gate.stop.causes
    assert bench.gate.reason.startswith(f"{rule_source}: no data for")
    assert bench.gate.output.command == ZERO or bench.gate.state is State.STOPPING


def test_a_silent_stack_moves_nothing_but_is_no_stop() -> None:
    bench = Bench().drive()
    bench.request = None
    assert bench.turn(0.5).command == ZERO
    assert bench.gate.state is State.REDUCED
    assert bench.gate.reason.startswith("command: none for")


def test_a_reading_that_is_no_number_stops_and_is_named() -> None:
    bench = Bench(obeys=False).drive()
    bench.pose = Pose(math.nan, 0.0, 0.0)
    bench.turn()
    assert bench.gate.reason == "ground_pose: x is nan"


def test_a_stamp_in_the_future_is_stale() -> None:
    bench = Bench(obeys=False).drive()
    bench.pose = None
    bench.gate.update("ground_pose", Pose(0.0, 0.0, 0.0), bench.now_ns + 2_000_000_000, bench.now_ns)
    bench.turn()
    assert "in the future" in bench.gate.reason


def test_an_old_stamp_is_stale_although_it_just_arrived() -> None:
    bench = Bench(obeys=False).drive()
    bench.pose = None
    bench.gate.update("ground_pose", Pose(0.0, 0.0, 0.0), bench.now_ns - 2_000_000_000, bench.now_ns)
    bench.turn()
    assert bench.gate.reason == "ground_pose: stamps are 2.00 s behind this machine's clock"


def test_a_reading_that_was_never_stamped_is_no_data() -> None:
    """What was never stamped is no data whatever its age would be."""
    bench = Bench(obeys=False).drive()
    bench.pose = None
    bench.gate.update("ground_pose", Pose(0.0, 0.0, 0.0), -1_700_000_000 * 10**9, bench.now_ns)
    bench.turn()
    assert bench.gate.reason.startswith("ground_pose: no data: not stamped yet")


@pytest.mark.parametrize("name", ["odometry", "ground_pose", "force_plate left", "estop station_1"])
def test_an_input_whose_clock_is_late_is_named_so_by_the_gate(name: str) -> None:
    bench = Bench()
    bench.stamped_late_ns[name] = 3_200_000_000
    bench.turn(0.5)
    assert bench.gate.reason == f"{name}: {LATE}"
