"""What is known of a robot: by what it is measured, when it stands, how high its body is, when a reading arrived."""

import math
from dataclasses import replace

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.gate import operator_commands
from port_safety.gate.gate import Gate
from port_safety.gate.observations import FRESH_NS
from port_safety.gate.state_machine import State
from port_safety.model.braking_model import BrakingModel
from port_safety.model.readings import FUTURE_TOLERANCE_NS, Body, Gantry, JointStates, Odometry
from port_safety.model.standstill import STILL_FOR_NS
from port_safety.model.stop_profiles import Seen
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.envelope import Envelope
from tests.gate_bench import ROBOT, Bench, robot_of
from tests.unit.port_safety.running_gates import NOW, STILL, bench_in_run, running


def test_an_arm_is_measured_by_its_joints_others_by_odometry() -> None:
    """An arm is measured by its joints and all others by their odometry."""
    for robot, speed_mps in ((robot_of("arm"), 0.8 * 3.0), (ROBOT, 0.5), (robot_of("humanoid"), 0.5)):
        gate = Gate("t", robot, Envelope({}, "hash"))
        gate.update("joints", JointStates((0.0, 0.0, 0.0), (1.0, -1.0, 1.0)), NOW, NOW)
        gate.update("odometry", Odometry(0.0, 0.0, 0.0, 0.3, 0.4, 0.0), NOW, NOW)
        assert gate.observed.meter.speed_mps(NOW) == pytest.approx(speed_mps)


def test_every_reading_is_noted_in_the_history_of_its_input() -> None:
    gate = running()
    gate.update("odometry", STILL, NOW + 5, NOW + 6)
    assert [each.stamp_ns for each in gate.observed.histories["odometry"].recent] == [NOW - STILL_FOR_NS, NOW, NOW + 5]
    assert (gate.observed.readings["odometry"].stamp_ns, gate.observed.readings["odometry"].received_ns) == (
        NOW + 5,
        NOW + 6,
    )


def test_a_robot_told_to_move_stands_a_latency_later() -> None:
    """A robot that was told to move stands a latency and the time of standstill later."""
    gate = running()
    gate.request(Motion(0.3), NOW + 1000)
    gate.request(ZERO, NOW + 2000)
    quiet_ns = NOW + 1000 + 80_000_000
    for at_ns, stands in ((quiet_ns + STILL_FOR_NS - 1, False), (quiet_ns + STILL_FOR_NS, True)):
        gate.update("odometry", STILL, at_ns, at_ns)
        assert gate.observed.stands(at_ns) is stands


def test_a_new_gate_grants_a_robot_its_latency() -> None:
    """A gate that never told a robot to move grants it its latency from the beginning."""
    gate = Gate("t", replace(ROBOT, braking=BrakingModel(0.8, 1.2)), Envelope({}, "hash"))
    quiet_ns = 800_000_000
    for at_ns in range(0, quiet_ns, 100_000_000):
        gate.update("odometry", STILL, at_ns, at_ns)
    for at_ns, stands in ((quiet_ns + STILL_FOR_NS - 1, False), (quiet_ns + STILL_FOR_NS, True)):
        gate.update("odometry", STILL, at_ns, at_ns)
        assert gate.observed.stands(at_ns) is stands


@pytest.mark.parametrize(
    ("stamp_ns", "received_ns", "known"),
    [
        (NOW - FRESH_NS, NOW, True),
        (NOW - FRESH_NS - 1, NOW, False),
        (NOW, NOW - FRESH_NS, True),
        (NOW, NOW - FRESH_NS - 1, False),
        (NOW + FUTURE_TOLERANCE_NS, NOW, True),
        (NOW + FUTURE_TOLERANCE_NS + 1, NOW, False),
    ],
)
def test_height_and_gantry_are_known_while_they_are_fresh(stamp_ns: int, received_ns: int, known: bool) -> None:
    """How high a body is and whether it hangs is known while it is fresh."""
    gate = running()
    gate.update("body", Body(0.25), stamp_ns, received_ns)
    gate.update("gantry", Gantry(True), stamp_ns, received_ns)
    seen = gate.observed.seen(NOW)
    assert replace(seen, height_m=0.25) == Seen(0.0, 0.0, True, True, 0.25, known)
    assert seen.height_m == 0.25 if known else math.isnan(seen.height_m)


def test_what_is_no_height_and_no_gantry_is_not_known() -> None:
    gate = running()
    for body, gantry in ((Body(-math.inf), Gantry(False)), (Gantry(True), Body(0.25))):
        gate.update("body", body, NOW, NOW)
        gate.update("gantry", gantry, NOW, NOW)
        assert math.isnan(gate.observed.seen(NOW).height_m) and not gate.observed.seen(NOW).caught


def test_a_robot_just_told_to_move_does_not_stand() -> None:
    """A stop right after the first command: the robot still stands, but what it was told is on its way."""
    bench = Bench(obeys=False).run()
    bench.turn(1.0)
    bench.request = Motion(0.4)
    bench.turn()
    operator_commands.stop(bench.gate, "officer", "test", False, bench.now_ns)
    bench.turn(0.1)
    assert bench.gate.state is State.STOPPING
    bench.turn(1.0)
    assert bench.gate.state in (State.STOPPED, State.RESET_READY)


def test_a_cause_by_silence_has_no_arrival() -> None:
    made = bench_in_run()
    received_ns = made.gate.observed.received_ns
    made.estop = None
    made.turn(0.25)
    assert made.gate.stop is not None and made.gate.stop.received_ns is not None
    assert received_ns(Verdict(Severity.EMERGENCY_STOP, "r", "s", "w", stamp_ns=3), 5) is None
    assert received_ns(Verdict(Severity.EMERGENCY_STOP, "r", "s", "w", stamp_ns=7), 5) is None
    assert received_ns(Verdict(Severity.EMERGENCY_STOP, "r", "s", "w", stamp_ns=int("500")), 500)


def arm_told(*positions: float, step_ns: int = 10_000_000) -> Gate:
    """An arm's gate that heard these positions of its first joint, the last one NOW."""
    gate = Gate("t", robot_of("arm"), Envelope({}, "hash"))
    for index, position in enumerate(positions):
        at_ns = NOW - (len(positions) - 1 - index) * step_ns
        gate.update("joints", JointStates((position, 0.0, 0.0), (0.0, 0.0, 0.0)), at_ns, at_ns)
    return gate


def test_joints_are_where_three_readings_in_a_row_agree() -> None:
    assert arm_told(1.0, 1.0).observed.joints(NOW) is None, "two are too few"
    seen = arm_told(1.0, 1.02, 1.01).observed.joints(NOW)
    assert seen is not None and seen.positions[0] == 1.01, "the newest"
    assert arm_told(9.0, 1.0, 1.0, 1.0).observed.joints(NOW) is not None, "what was before them does not count"
    assert arm_told(1.0, 1.0, 9.0).observed.joints(NOW) is None, "one odd sample"
    assert arm_told(1.0, 9.0, 1.0).observed.joints(NOW) is None


def test_joints_agree_within_a_twentieth_of_a_radian() -> None:
    assert arm_told(0.0, 0.05, 0.0).observed.joints(NOW) is not None
    assert arm_told(0.0, 0.0500001, 0.0).observed.joints(NOW) is None


def test_joints_that_are_old_or_told_twice_are_nowhere() -> None:
    gate = arm_told(1.0, 1.0, 1.0)
    assert gate.observed.joints(NOW + 300_000_000) is not None
    assert gate.observed.joints(NOW + 300_000_001) is None
    gate.update("joints", JointStates((1.0, 0.0, 0.0), (0.0, 0.0, 0.0)), NOW, NOW + 1)
    assert gate.observed.joints(NOW + 1) is None, "under the stamp of another"
    assert Gate("t", robot_of("arm"), Envelope({}, "hash")).observed.joints(NOW) is None


def test_a_fault_among_the_last_three_leaves_too_few() -> None:
    gate = arm_told(1.0, 1.0, 1.0)
    gate.update("joints", JointStates((1.0, 0.0), (0.0, 0.0)), NOW + 1, NOW + 1)
    gate.update("joints", JointStates((1.0, 0.0, 0.0), (0.0, 0.0, 0.0)), NOW + 2, NOW + 2)
    assert gate.observed.joints(NOW + 2) is None


def test_a_robot_without_joints_is_told_of_none() -> None:
    gate = running()
    faults = []
    for number, values in enumerate(((), (0.0,))):
        gate.update("joints", JointStates(values, values), NOW + number, NOW + number)
        faults.append(gate.observed.readings["joints"].fault)
    assert faults == ["", "1 positions and 1 velocities for 0 joints"]
