"""What counts of what the robot's own stack asks: by its stamp, by when it was said, and whether it still asks."""

import pytest

from port_safety.commands.joint_trajectory import JointTrajectory
from port_safety.commands.twist import ZERO, Motion
from port_safety.gate import operator_commands
from port_safety.gate.gate import Gate
from port_safety.gate.requests import SILENT_NS, Requests, never_set
from port_safety.model.readings import FUTURE_TOLERANCE_NS, NEVER_SET_NS
from port_safety.model.standstill import STILL_FOR_NS
from port_safety.rules.envelope import Envelope
from tests.commands import ARM, HERE, trajectory
from tests.gate_bench import PRESSED, RELEASED, ROBOT, Bench, robot_of
from tests.unit.port_safety.running_gates import NOW, STILL, S, Sees, running


def test_a_silent_stack_asks_for_nothing() -> None:
    asked = Requests(ZERO)
    assert asked.last_heard_ns is None and not asked.still_asks(0)
    asked.take(Motion(1.0), 0, None, False)
    assert asked.still_asks(SILENT_NS) == "1.00 m/s" and not asked.still_asks(SILENT_NS + 1)


def test_a_command_is_as_old_as_the_older_of_stamp_and_arrival() -> None:
    asked = Requests(ZERO)
    for stamp_ns, counts_ns in ((90, 90), (100, 100), (150, 100), (None, 100)):
        asked.take(Motion(1.0), 100, stamp_ns, False)
        assert (asked.received_ns, asked.last_heard_ns) == (counts_ns, 100)


def test_a_stamp_ten_years_before_the_start_was_never_set() -> None:
    assert [never_set(NEVER_SET_NS + each) for each in (-1, 0, 1)] == [True, False, False]
    assert not never_set(None)


@pytest.mark.parametrize(
    ("ahead_ns", "says"),
    [
        (FUTURE_TOLERANCE_NS, ""),
        (FUTURE_TOLERANCE_NS + 1, "command: stamped 0.10 s in the future"),
        (7_000_000_000, "command: stamped 7.00 s in the future"),
    ],
)
def test_a_command_stamped_too_far_ahead_is_a_stop(ahead_ns: int, says: str) -> None:
    """A command may be stamped ahead by as much as clocks differ."""
    gate = running()
    gate.request(Motion(0.3), NOW + 7, NOW + 7 + ahead_ns)
    assert (gate.reason == says and gate.requests.command == ZERO) if says else gate.output.command == Motion(0.3)
    assert gate.requests.last_heard_ns == NOW + 7
    if gate.stop is not None:
        assert [(*key, cause.stamp_ns) for key, cause in gate.stop.causes.items()] == [("command", "command", NOW + 7)]


def test_a_command_from_before_the_epoch_is_not_heard() -> None:
    """A command from before the epoch is not heard and one from its beginning is."""
    gate = running()
    operator_commands.stop(gate, "anna", "", False, NOW + 10)
    assert gate.request(Motion(0.3), NOW + 20, NOW + 9) is gate.output
    assert (gate.requests.command, gate.requests.last_heard_ns) == (ZERO, NOW)
    gate.request(Motion(0.3), NOW + 20, NOW + 10)
    assert (gate.requests.command, gate.requests.last_heard_ns) == (Motion(0.3), NOW + 20)


def test_a_command_without_a_stamp_is_never_from_the_future() -> None:
    gate = running()
    assert gate.request(Motion(0.3), -NOW).command == Motion(0.3)


def test_a_zero_from_before_arming_opens_nothing() -> None:
    gate = Gate("t", ROBOT, Envelope({}, "hash"))
    for at_ns in (NOW - STILL_FOR_NS, NOW):
        gate.update("odometry", STILL, at_ns, at_ns)
        gate.request(ZERO, at_ns)
    assert operator_commands.arm(gate, "anna", NOW).accepted
    assert gate.request(Motion(0.3), NOW + 1).command == ZERO


def test_a_trajectory_is_asked_for_as_long_as_it_is_followed() -> None:
    """A trajectory is asked for as long as it is followed and a velocity when it was said."""
    rule, nothing = Sees(), JointTrajectory(ARM)
    gate = Gate("t", robot_of("arm", joints=ARM), Envelope({"sees": rule}, "hash"), nothing)
    for at_ns in (NOW - STILL_FOR_NS, NOW - 1, NOW):
        gate.update("joints", HERE, at_ns, at_ns)
    gate.tick(NOW)
    assert operator_commands.arm(gate, "anna", NOW).accepted
    gate.request(nothing, NOW + 10)
    gate.request(trajectory((1.0, 0.0, 0.0)), NOW + 20)
    assert not gate.output.command.rests_at(NOW + 30)
    for at_ns, asked_ns in ((NOW + 30, NOW + 30), (NOW + S // 2, NOW + S // 2), (NOW + 2 * S, NOW + 20)):
        gate.tick(at_ns)
        assert rule.asked_ns == asked_ns
    base = running(rule)
    base.request(Motion(0.3), NOW + 20)
    base.tick(NOW + 30)
    assert rule.asked_ns == NOW + 20


def test_a_command_stamped_before_the_stop_never_passes_after_it() -> None:
    bench = Bench().drive()
    old_ns = bench.now_ns
    bench.estop, bench.request = PRESSED, ZERO
    bench.turn(1.0)
    bench.estop = RELEASED
    bench.turn(1.0)
    assert operator_commands.reset(bench.gate, bench.gate.tracker.event_id, "officer", bench.now_ns).accepted
    bench.request = None
    bench.turn(0.1)
    assert operator_commands.arm(bench.gate, "officer", bench.now_ns).accepted
    bench.gate.request(ZERO, bench.now_ns)
    assert bench.gate.request(Motion(0.5), bench.now_ns, stamp_ns=old_ns).command == ZERO
