"""How a stop ends: by itself where every cause may, else by a reset, and what a reset still lacks."""

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.gate import operator_commands
from port_safety.gate.events import CommandResult, EventKind
from port_safety.gate.gate import Gate
from port_safety.gate.state_machine import State
from port_safety.gate.stop import CLEAR_AFTER_NS
from port_safety.model.readings import Occupancy, Odometry, Pose
from port_safety.model.standstill import STILL_FOR_NS
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.envelope import Envelope
from tests.gate_bench import PRESSED, RELEASED, Bench, robot_of, state_of
from tests.unit.port_safety.running_gates import (
    IN_THE_CROSSING,
    NOW,
    STEP_NS,
    STEP_S,
    STILL,
    S,
    Says,
    bench_in_run,
    reset_blocker,
    running,
    stopped_bench,
)
from tests.unit.port_safety.stops import cause, stop

PROTECTIVE, EMERGENCY = Severity.PROTECTIVE_STOP, Severity.EMERGENCY_STOP


def test_the_healthy_time_counts_from_the_last_objection() -> None:
    one = stop()
    assert one.healthy_for_ns(NOW) == 0
    one.take([cause("a", clears=True)], NOW)
    assert one.healthy_for_ns(NOW + 1) == 0
    one.take([], NOW + 10)
    one.take([], NOW + 20)
    assert one.healthy_for_ns(NOW + 30) == 20
    one.take([cause("a", clears=True)], NOW + 40)
    assert one.healthy_since_ns is None and one.healthy_for_ns(NOW + 50) == 0
    one.take([], 10)
    assert one.healthy_for_ns(35) == 25, "early in the machine's life too"


@pytest.mark.parametrize(("after_ns", "clears"), [(-1, False), (0, True), (1, True)])
def test_a_stop_ends_by_itself_from_a_second_on(after_ns: int, clears: bool) -> None:
    one = stop()
    one.take([cause("a", clears=True)], NOW)
    one.take([], NOW)
    assert one.clears(NOW + CLEAR_AFTER_NS + after_ns) is clears
    one.take([cause("b")], NOW)
    one.take([], NOW)
    assert not one.clears(NOW + CLEAR_AFTER_NS + after_ns)


def test_a_stop_for_an_occupied_zone_ends_a_second_after_it() -> None:
    """A stop for somebody in the zone ends a second after they left."""
    made = Bench(tick_ns=STEP_NS, pose=IN_THE_CROSSING).run()
    made.occupancy = Occupancy(frozenset({"crossing"}))
    made.turn(0.5)
    stop = made.gate.stop
    assert state_of(made.gate) is State.STOPPED and stop is not None and stop.self_clearing
    made.occupancy = Occupancy(frozenset())
    for _ in range(CLEAR_AFTER_NS // STEP_NS):
        made.turn(STEP_S)
        assert state_of(made.gate) is State.STOPPED
    made.request = Motion(0.4)
    made.turn(STEP_S)
    assert state_of(made.gate) in (State.RUN, State.REDUCED) and made.gate.stop is None
    assert made.gate.output.command == ZERO, "shut until the stack asks for nothing once"
    told = [each for each in made.gate.take_events() if each.kind is EventKind.STATE_CHANGED]
    assert "the cause is gone; this stop ends by itself" in [each.reason for each in told if each.after is State.RUN]


def test_a_stop_never_ends_by_itself_under_a_robot_that_moves() -> None:
    made = Bench(tick_ns=STEP_NS, pose=IN_THE_CROSSING).run()
    made.occupancy = Occupancy(frozenset({"crossing"}))
    made.turn(0.5)
    made.occupancy, made.obeys = Occupancy(frozenset()), False
    made.odometry = Odometry(0.0, 0.0, 0.0, 0.03, 0.0, 0.0)
    made.turn(1.5)
    assert made.gate.state is State.STOPPED


def test_the_lacks_of_a_reset_are_told_one_after_the_other() -> None:
    made = bench_in_run()
    assert reset_blocker(made) == ""
    operator_commands.stop(made.gate, "anna", "why", False, made.now_ns)
    assert (made.gate.state, reset_blocker(made)) == (State.STOPPING, "the stop is still being carried out")
    told = []
    for _ in range(11):
        made.turn(STEP_S)
        told.append((made.gate.state.name, reset_blocker(made)))
    waits = "every cause must be gone for 0.5 s, it is {:.1f} s"
    assert told == [*(("STOPPED", waits.format(tick * STEP_NS / 1e9)) for tick in range(10)), ("RESET_READY", "")]
    made.request = Motion(0.4)
    made.turn(STEP_S)
    still = "the robot's stack still requests 0.40 m/s; it must request zero"
    assert (made.gate.state, reset_blocker(made)) == (State.STOPPED, still)
    made.request = None
    for _ in range(10):
        made.turn(STEP_S)
        assert (made.gate.state, reset_blocker(made)) == (State.STOPPED, still)
    made.turn(STEP_S)
    assert (made.gate.state, reset_blocker(made)) == (State.RESET_READY, ""), "a stack that is silent asks for nothing"


def test_a_robot_that_moves_cannot_be_reset() -> None:
    made = stopped_bench()
    made.turn(0.6)
    made.obeys = False
    made.odometry = Odometry(0.0, 0.0, 0.0, 0.03, 0.0, 0.0)
    made.turn(STEP_S)
    assert (made.gate.state, reset_blocker(made)) == (State.STOPPED, "the robot is not measured to stand")
    assert not operator_commands.reset(made.gate, "bench-1", "anna", made.now_ns).accepted


def test_before_a_reset_what_objects_is_told_first() -> None:
    made = stopped_bench()
    made.turn(0.6)
    made.estop = PRESSED
    made.turn(STEP_S)
    assert (made.gate.state, reset_blocker(made)) == (State.STOPPED, "estop station_1: pressed")


def resettable(rule: Says) -> Gate:
    gate = running(rule)
    operator_commands.stop(gate, "anna", "", False, NOW)
    for at_ns in range(NOW, NOW + S, S // 10):
        gate.update("odometry", STILL, at_ns, at_ns)
        gate.tick(at_ns)
    assert gate.state is State.RESET_READY
    gate.take_events()
    return gate


def test_after_a_reset_the_profile_wants_nothing_any_more() -> None:
    gate = resettable(Says())
    assert gate.stage == "cut"
    assert operator_commands.reset(gate, "t-1", "anna", NOW + S).accepted
    assert (gate.stage, gate.state) == ("", State.STANDBY)


def says(severity: Severity, source: str, stamp_ns: int = 0) -> Verdict:
    return Verdict(severity, "says", source, f"why {source}", stamp_ns=stamp_ns)


def reasons(gate: Gate, kind: EventKind) -> list[str]:
    return [each.reason for each in gate.take_events() if each.kind is kind]


def test_the_worst_of_what_voids_a_reset_is_told() -> None:
    rule = Says()
    gate = resettable(rule)
    rule.words = [says(PROTECTIVE, "a"), says(EMERGENCY, "b")]
    gate.tick(NOW + S)
    assert gate.state is State.STOPPED and reasons(gate, EventKind.STATE_CHANGED) == ["why b"]


def test_a_robot_has_not_stopped_before_its_last_stage() -> None:
    """A robot that stands has not stopped before it was carried through all stages."""
    gate = Gate("t", robot_of("humanoid"), Envelope({}, "hash"))
    for at_ns in (NOW - STILL_FOR_NS, NOW):
        gate.update("odometry", STILL, at_ns, at_ns)
    gate.tick(NOW)
    assert operator_commands.arm(gate, "anna", NOW).accepted
    up = CommandResult(False, "the robot is up and would fall without power; request a stop instead")
    assert operator_commands.disarm(gate, "anna", NOW) == up
    operator_commands.stop(gate, "anna", "", False, NOW)
    gate.tick(NOW + 1)
    assert gate.observed.stands(NOW + 1) and gate.state is State.STOPPING
    assert gate.reset_blocker(NOW + 1) == "the stop is still being carried out"


def test_a_person_in_the_crossing_stops_the_robot_for_a_while() -> None:
    """A person in the crossing stops a robot in it and the stop ends by itself."""
    bench = Bench(pose=Pose(5.0, 0.0, 0.0)).drive(0.4)
    bench.occupancy = Occupancy(frozenset({"crossing"}))
    bench.request = ZERO
    bench.turn(1.0)
    assert bench.gate.state is State.STOPPED
    assert "crossing: occupied" in bench.gate.reason
    bench.occupancy = Occupancy(frozenset())
    bench.turn(0.9)
    assert bench.gate.state is State.STOPPED, "hysteresis: released only after the zone was free for a while"
    bench.request = Motion(0.4)
    assert bench.turn(0.5).command == ZERO, "and even then nothing moves before the stack asked for no motion"
    assert bench.gate.state in (State.RUN, State.REDUCED)


def test_an_emergency_makes_a_self_clearing_stop_latch() -> None:
    """An emergency that joins a self clearing stop makes it latch."""
    bench = Bench(pose=Pose(5.0, 0.0, 0.0)).drive(0.4)
    bench.occupancy, bench.request = Occupancy(frozenset({"crossing"})), ZERO
    bench.turn(1.0)
    bench.estop = PRESSED
    bench.turn(0.1)
    bench.estop, bench.occupancy = RELEASED, Occupancy(frozenset())
    bench.turn(3.0)
    assert bench.gate.state is State.RESET_READY
