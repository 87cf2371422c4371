"""How a stop is carried out: at which stage it begins, how it brakes, when the power goes."""

from dataclasses import replace

import pytest

from port_safety.commands.twist import Motion
from port_safety.gate import operator_commands
from port_safety.gate.state_machine import State
from port_safety.model.readings import Odometry
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.stop_start import StopStart
from tests.gate_bench import Bench, base_twist, state_of
from tests.unit.port_safety.running_gates import NOW, STILL, Says, running


@pytest.mark.parametrize(
    ("severity", "removes_power", "stage", "label", "speed_mps", "enable"),
    [
        (Severity.PROTECTIVE_STOP, False, "ramp", "ramp", 0.3, True),
        (Severity.EMERGENCY_STOP, False, "halt", "halt", 0.0, True),
        (Severity.EMERGENCY_STOP, True, "cut", "cut: a cause takes the power", 0.0, False),
    ],
)
def test_a_stop_begins_at_the_stage_of_its_severity(
    severity: Severity, removes_power: bool, stage: str, label: str, speed_mps: float, enable: bool
) -> None:
    rule = Says()
    gate = running(rule)
    gate.request(Motion(0.3), NOW + 1)
    gate.update("odometry", replace(STILL, vx=0.3), NOW + 2, NOW + 2)
    rule.words = [Verdict(severity, "says", "a", "why a", removes_power=removes_power)]
    output = gate.tick(NOW + 2)
    assert (gate.stage, output.command.speed_mps, output.enable) == (stage, speed_mps, enable)
    assert gate.stop is not None and gate.stop.stages == [(label, NOW + 2)]
    assert gate.stop.start == StopStart(NOW + 2, Motion(0.3), 0.3) and gate.stop.event_id == "t-1"


def test_a_robot_is_braked_from_one_moment_until_another() -> None:
    """A robot is braked from one moment until it is braked from another."""
    gate = running()
    gate.request(Motion(0.3), NOW)
    operator_commands.stop(gate, "anna", "", False, NOW + 1)
    stop = gate.stop
    assert stop is not None
    first = stop.braking
    gate.tick(NOW + 2)
    assert first.start is stop.start and stop.braking is first
    stop.brake_from(replace(stop.start, at_ns=NOW + 3))
    second = stop.braking
    gate.tick(NOW + 4)
    assert second is not first and second.start.at_ns == NOW + 3 and stop.braking is second


def test_a_protective_stop_ramps_down_and_then_takes_the_power() -> None:
    bench = Bench().drive(0.45)
    operator_commands.stop(bench.gate, "officer", "test", False, bench.now_ns)
    speeds = []
    while state_of(bench.gate) is State.STOPPING:
        output = bench.turn()
        speeds.append(base_twist(output.command).vx)
        assert output.enable or state_of(bench.gate) is State.STOPPED
    assert speeds == sorted(speeds, reverse=True) and speeds[0] > 0.3 and speeds[-1] == 0.0
    assert not bench.gate.output.enable


def test_a_robot_that_does_not_slow_down_loses_its_power_early() -> None:
    bench = Bench(obeys=False).drive(0.4)
    bench.odometry = Odometry(0.0, 0.0, 0.0, 1.4, 0.0, 0.0)
    bench.turn()
    operator_commands.stop(bench.gate, "officer", "test", False, bench.now_ns)
    assert bench.turn(0.2).enable
    assert not bench.turn(0.8).enable
    assert bench.gate.state is State.STOPPING, "it moves, so it has not stopped"
