"""The rule judges what it must, and a gate stops by it. Run where port and this package are installed."""

from typing import Any

import pytest
from ground_rules.reverse_speed import RULE, ReverseSpeedRule

from port_safety.commands.twist import ZERO, Motion
from port_safety.gate import operator_commands
from port_safety.gate.gate import Gate
from port_safety.gate.state_machine import State
from port_safety.model.braking_model import BrakingModel
from port_safety.model.readings import Estop, Odometry, Pose, Reading
from port_safety.model.robot_model import RobotModel
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.registry import EnvelopeError, make_envelope, rule_types
from port_safety.rules.rule_type import Site

ROBOT = RobotModel("base", "wheeled", 1.5, 1.5, BrakingModel(0.1, 1.2), 0.4, 1.5)
SITE = Site(ROBOT, ("station_1",), ())
BLOCKS: dict[str, Any] = {
    "input_timeout": {"type": "input_timeout"},
    "reverse_speed": {"type": "reverse_speed", "limit_mps": 0.3},
}
TICK_NS = 5_000_000


def judged(measured_mps: float | None, requested_mps: float) -> list[Verdict]:
    readings = {}
    if measured_mps is not None:
        readings["odometry"] = Reading(Odometry(0.0, 0.0, 0.0, measured_mps, 0.0, 0.0), 1, 1)
    return list(ReverseSpeedRule(0.3).judge(RuleContext(2, readings, Motion(requested_mps), 1, True)))


def test_the_rule_is_found_by_its_entry_point() -> None:
    assert rule_types()["reverse_speed"] is RULE


@pytest.mark.parametrize("requested_mps", [1.5, 0.0, -0.3])
def test_forwards_and_slowly_backwards_pass(requested_mps: float) -> None:
    assert judged(-0.3, requested_mps) == []


def test_a_faster_request_backwards_is_reduced_to_the_limit() -> None:
    (verdict,) = judged(0.0, -0.6)
    assert (verdict.severity, verdict.value, verdict.limit, verdict.scale) == (Severity.LIMIT, 0.6, 0.3, 0.5)


@pytest.mark.parametrize("measured_mps", [-0.44, float("nan")])
def test_measured_faster_or_no_number_is_a_protective_stop(measured_mps: float) -> None:
    (verdict,) = judged(measured_mps, 0.0)
    assert verdict.severity is Severity.PROTECTIVE_STOP


def test_without_odometry_it_stops() -> None:
    (verdict,) = judged(None, 0.0)
    assert (verdict.severity, verdict.missing_input) == (Severity.PROTECTIVE_STOP, "odometry")


def test_a_limit_below_zero_is_refused_by_key() -> None:
    blocks = {**BLOCKS, "reverse_speed": {"type": "reverse_speed", "limit_mps": -1.0}}
    with pytest.raises(EnvelopeError, match="reverse_speed: limit_mps"):
        make_envelope(list(blocks), blocks, SITE)


def test_a_gate_stops_by_it() -> None:
    gate, now_ns = Gate("test", ROBOT, make_envelope(list(BLOCKS), BLOCKS, SITE)), 1_000_000_000

    def turn(ticks: int, measured_mps: float) -> None:
        nonlocal now_ns
        for _ in range(ticks):
            now_ns += TICK_NS
            gate.update("estop station_1", Estop(True, True, False, True), now_ns, now_ns)
            gate.update("odometry", Odometry(0.0, 0.0, 0.0, measured_mps, 0.0, 0.0), now_ns, now_ns)
            gate.update("ground_pose", Pose(0.0, 0.0, 0.0), now_ns, now_ns)
            gate.request(ZERO, now_ns)
            gate.tick(now_ns)

    turn(120, 0.0)
    assert operator_commands.arm(gate, "tester", now_ns).accepted, gate.reason
    turn(10, 0.0)
    assert gate.state is State.RUN, gate.reason
    turn(1, -0.6)
    assert gate.state is State.STOPPING
    assert gate.stop is not None and ("reverse_speed", "base") in gate.stop.causes
