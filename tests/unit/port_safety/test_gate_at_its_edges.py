"""The gate on its own, without a rule that could object: stamps, epochs, standstill, what passes, to the nanosecond."""

import math
from dataclasses import replace

import pytest

from port_safety.commands.joint_trajectory import JointTrajectory
from port_safety.commands.twist import ZERO, Motion
from port_safety.gate import operator_commands
from port_safety.gate.active_limits import HOLD_NS
from port_safety.gate.events import EventKind
from port_safety.gate.gate import Gate, Output
from port_safety.gate.observations import FRESH_NS
from port_safety.gate.state_machine import State
from port_safety.model.braking_model import BrakingModel
from port_safety.model.readings import FUTURE_TOLERANCE_NS, Body, Gantry, JointStates, Odometry
from port_safety.model.standstill import STILL_FOR_NS
from port_safety.model.stop_profiles import Seen
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.envelope import Envelope
from port_safety.rules.stop_start import StopStart
from tests.commands import ARM, HERE, trajectory
from tests.gate_bench import ROBOT, robot_of

S = 1_000_000_000
NOW = 5 * S
STILL = Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


class Says:
    """A rule that says what it was told to."""

    def __init__(self) -> None:
        self.words: list[Verdict] = []

    def judge(self, view: RuleContext) -> list[Verdict]:
        return self.words


class Sees(Says):
    """A rule that says nothing and notes since when what is asked for has been asked."""

    asked_ns: int | None = None

    def judge(self, view: RuleContext) -> list[Verdict]:
        self.asked_ns = view.request_received_ns
        return []


def running(rule: Says | None = None) -> Gate:
    """A gate in RUN at NOW, of which nothing is asked."""
    gate = Gate("t", ROBOT, Envelope({} if rule is None else {"says": rule}, "hash"))
    for at_ns in (NOW - STILL_FOR_NS, NOW):
        gate.update("odometry", STILL, at_ns, at_ns)
    gate.tick(NOW)
    assert operator_commands.arm(gate, "anna", NOW).accepted
    assert gate.request(ZERO, NOW).command == ZERO and gate.state is State.RUN
    gate.take_events()
    return gate


def limit(source: str, scale: float, scale_angular: float) -> Verdict:
    return Verdict(Severity.LIMIT, "says", source, f"why {source}", scale=scale, scale_angular=scale_angular)


# --- what comes in ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ahead_ns", "says"),
    [
        (FUTURE_TOLERANCE_NS, ""),
        (FUTURE_TOLERANCE_NS + 1, "command: stamped 0.10 s in the future"),
        (7_000_000_000, "command: stamped 7.00 s in the future"),
    ],
)
def test_a_command_may_be_stamped_ahead_by_as_much_as_clocks_differ(ahead_ns: int, says: str) -> None:
    gate = running()
    gate.request(Motion(0.3), NOW + 7, NOW + 7 + ahead_ns)
    assert (gate.reason == says and gate.requests.command == ZERO) if says else gate.output.command == Motion(0.3)
    assert gate.requests.last_heard_ns == NOW + 7
    if gate.stop is not None:
        assert [(*key, cause.stamp_ns) for key, cause in gate.stop.causes.items()] == [("command", "command", NOW + 7)]


def test_a_command_from_before_the_epoch_is_not_heard_and_one_from_its_beginning_is() -> None:
    gate = running()
    operator_commands.stop(gate, "anna", "", False, NOW + 10)
    assert gate.request(Motion(0.3), NOW + 20, NOW + 9) is gate.output
    assert (gate.requests.command, gate.requests.last_heard_ns) == (ZERO, NOW)
    gate.request(Motion(0.3), NOW + 20, NOW + 10)
    assert (gate.requests.command, gate.requests.last_heard_ns) == (Motion(0.3), NOW + 20)


def test_a_command_without_a_stamp_is_never_from_the_future() -> None:
    gate = running()
    assert gate.request(Motion(0.3), -NOW).command == Motion(0.3)


def test_an_arm_is_measured_by_its_joints_and_all_others_by_their_odometry() -> None:
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


def test_a_gate_that_has_heard_nothing_yet_says_stop() -> None:
    gate = Gate("t", ROBOT, Envelope({}, "hash"))
    assert gate.output == Output(ZERO, False) and (gate.state, gate.stage) == (State.INIT, "")
    assert gate.tick(NOW) == Output(ZERO, False) and gate.state is State.INIT


# --- what passes ------------------------------------------------------------------------------------------------------


def test_the_least_share_that_any_rule_leaves_passes_of_each_part() -> None:
    rule = Says()
    gate = running(rule)
    asked = Motion(0.4, 0.2, -0.8)
    assert gate.request(asked, NOW + 1).command == asked and gate.output.enable
    rule.words = [limit("a", 0.5, 1.0), limit("b", 0.75, 0.25)]
    assert gate.tick(NOW + 2).command == Motion(0.2, 0.1, -0.2) and gate.output.enable
    assert (gate.state, gate.reason) == (State.REDUCED, "why a")
    assert (gate.last_output.motion, gate.last_output.linear_since_ns) == (Motion(0.2, 0.1, -0.2), NOW + 2)
    rule.words = []
    for at_ns, state in ((NOW + 2 + HOLD_NS - 1, State.REDUCED), (NOW + 2 + HOLD_NS, State.RUN)):
        assert gate.tick(at_ns).command == asked and gate.state is state
    changed = [each.reason for each in gate.take_events() if each.kind is EventKind.STATE_CHANGED]
    assert changed == ["why a", "commands pass"]


def test_what_is_asked_before_nothing_was_asked_once_does_not_pass_and_why_is_told() -> None:
    gate = Gate("t", ROBOT, Envelope({}, "hash"))
    for at_ns in (NOW - STILL_FOR_NS, NOW):
        gate.update("odometry", STILL, at_ns, at_ns)
    gate.tick(NOW)
    assert operator_commands.arm(gate, "anna", NOW).accepted
    assert gate.request(Motion(0.3, 0.0, 0.5), NOW).command == ZERO
    (shut,) = gate.verdicts
    assert (shut.rule, shut.source, shut.scale, shut.scale_angular) == ("arming", "command", 0.0, 0.0)
    gate.request(ZERO, NOW + 1)
    assert gate.request(Motion(0.3, 0.0, 0.5), NOW + 2).command == Motion(0.3, 0.0, 0.5)


def test_what_was_near_zero_before_arming_opens_nothing() -> None:
    gate = Gate("t", ROBOT, Envelope({}, "hash"))
    for at_ns in (NOW - STILL_FOR_NS, NOW):
        gate.update("odometry", STILL, at_ns, at_ns)
        gate.request(ZERO, at_ns)
    assert operator_commands.arm(gate, "anna", NOW).accepted
    assert gate.request(Motion(0.3), NOW + 1).command == ZERO


def test_a_trajectory_is_asked_for_as_long_as_it_is_followed_and_a_velocity_when_it_was_said() -> None:
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


# --- standstill and what a stop costs ---------------------------------------------------------------------------------


def test_a_robot_that_was_told_to_move_stands_a_latency_and_the_time_of_standstill_later() -> None:
    gate = running()
    gate.request(Motion(0.3), NOW + 1000)
    gate.request(ZERO, NOW + 2000)
    quiet_ns = NOW + 1000 + 80_000_000
    for at_ns, stands in ((quiet_ns + STILL_FOR_NS - 1, False), (quiet_ns + STILL_FOR_NS, True)):
        gate.update("odometry", STILL, at_ns, at_ns)
        assert gate.observed.stands(at_ns) is stands


def test_a_gate_that_never_told_a_robot_to_move_grants_it_its_latency_from_the_beginning() -> None:
    gate = Gate("t", replace(ROBOT, braking=BrakingModel(0.8, 1.2)), Envelope({}, "hash"))
    quiet_ns = 800_000_000
    for at_ns in range(0, quiet_ns, 100_000_000):
        gate.update("odometry", STILL, at_ns, at_ns)
    for at_ns, stands in ((quiet_ns + STILL_FOR_NS - 1, False), (quiet_ns + STILL_FOR_NS, True)):
        gate.update("odometry", STILL, at_ns, at_ns)
        assert gate.observed.stands(at_ns) is stands


def test_the_way_after_zero_counts_from_the_first_zero_of_the_stop() -> None:
    gate = running()
    gate.request(Motion(0.3), NOW + 1)
    gate.update("odometry", Odometry(1.0, 0.0, 0.0, 0.3, 0.0, 0.0), NOW + 2, NOW + 2)
    operator_commands.stop(gate, "anna", "", False, NOW + 3)
    assert gate.stop is not None and math.isnan(gate.stop.path_at_zero_m) and gate.output.command.speed_mps > 0.2
    gate.update("odometry", Odometry(1.25, 0.0, 0.0, 0.3, 0.0, 0.0), NOW + 4, NOW + 4)
    gate.tick(NOW + 250_000_003)
    assert gate.output.command == ZERO and gate.stop.path_at_zero_m == 1.25 and gate.stop.path_at_start_m == 1.0


@pytest.mark.parametrize(
    ("severity", "removes_power", "stage", "label", "speed_mps", "enable"),
    [
        (Severity.PROTECTIVE_STOP, False, "ramp", "ramp", 0.3, True),
        (Severity.EMERGENCY_STOP, False, "halt", "halt", 0.0, True),
        (Severity.EMERGENCY_STOP, True, "cut", "cut: a cause takes the power", 0.0, False),
    ],
)
def test_how_a_stop_begins(
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
def test_how_high_a_body_is_and_whether_it_hangs_is_known_while_it_is_fresh(
    stamp_ns: int, received_ns: int, known: bool
) -> None:
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


# --- what the gate says of itself -------------------------------------------------------------------------------------


def test_a_gate_that_failed_keeps_its_first_fault() -> None:
    gate = running()
    for reason in ("first", "second"):
        output = gate.fail(reason, NOW + 1)
    assert (gate.fault, gate.reason, output.enable) == ("first", "gate fault: first", False)
    assert gate.objections(NOW + 1) == [] and gate.objection(NOW + 1) == "gate fault: first"


def test_the_first_of_what_objects_is_told() -> None:
    rule = Says()
    gate = running(rule)
    assert gate.objection(NOW) == ""
    rule.words = [limit("a", 0.5, 1.0), *(Verdict(Severity.PROTECTIVE_STOP, "says", s, f"why {s}") for s in "bc")]
    assert gate.objection(NOW) == "why b" and [each.source for each in gate.objections(NOW)] == ["b", "c"]


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ([], State.STANDBY),
        ([Verdict(Severity.PROTECTIVE_STOP, "says", "a", "why a")], State.INIT),
        ([Verdict(Severity.EMERGENCY_STOP, "says", "a", "why a")], State.STOPPING),
        ([Verdict(Severity.PROTECTIVE_STOP, "request_stop", "anna", "why a")], State.STOPPING),
        ([Verdict(Severity.PROTECTIVE_STOP, "".join(["request", "_stop"]), "a", "why a")], State.STOPPING),
        ([Verdict(Severity.PROTECTIVE_STOP, "zz", "anna", "why a")], State.INIT),
        ([Verdict(Severity.PROTECTIVE_STOP, "aa", s, f"why {s}") for s in "ab"], State.INIT),
        ([limit("a", 0.5, 0.5)], State.STANDBY),
    ],
)
def test_what_an_objection_does_to_a_gate_that_waits(words: list[Verdict], state: State) -> None:
    rule = Says()
    gate = running(rule)
    assert operator_commands.disarm(gate, "anna", NOW).accepted and gate.state is State.STANDBY
    rule.words = words
    gate.tick(NOW + 1)
    assert gate.state is state and (gate.reason == "why a" or not words)
    changed = [each.reason for each in gate.take_events() if each.kind is EventKind.STATE_CHANGED]
    assert changed[1:] == ([] if state is State.STANDBY else ["why a"])
