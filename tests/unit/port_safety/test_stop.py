"""A stop: which causes it keeps, how it begins, what joins it, and what it cost."""

import math
from dataclasses import replace

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.gate import operator_commands
from port_safety.gate.events import EventKind
from port_safety.gate.gate import Gate
from port_safety.gate.state_machine import State
from port_safety.gate.stop import MAX_CAUSES, Stop
from port_safety.model.readings import Alive, Body, Odometry
from port_safety.model.standstill import STILL_FOR_NS
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.stop_start import StopStart
from tests.gate_bench import PRESSED, ROBOT, Bench
from tests.unit.port_safety.running_gates import (
    MS,
    NOW,
    OVER_THE_EDGE,
    STEP_NS,
    STEP_S,
    STILL,
    S,
    Says,
    bench_in_run,
    running,
    stopped_bench,
)
from tests.unit.port_safety.stops import cause, emergency, stop

PROTECTIVE, EMERGENCY = Severity.PROTECTIVE_STOP, Severity.EMERGENCY_STOP


def test_a_cause_is_new_once_and_again_when_it_is_worse() -> None:
    one = stop()
    assert one.take([cause("a")], NOW) == [cause("a")]
    assert one.take([cause("a")], NOW) == []
    assert one.take([emergency("a")], NOW) == [emergency("a")]
    assert one.severity is Severity.EMERGENCY_STOP
    assert one.take([cause("a")], NOW) == [], "what eases off stays what it was"
    assert one.causes["rule", "a"] == emergency("a") and one.severity is Severity.EMERGENCY_STOP


def test_a_stop_that_just_began_has_cost_nothing_yet() -> None:
    one = stop()
    assert (one.causes, one.objecting, one.stages, one.stood, one.self_clearing) == ({}, frozenset(), [], False, True)
    assert (one.severity, one.healthy_since_ns, one.received_ns, one.published_ns) == (2, None, None, None)
    assert math.isnan(one.latency_ms) and math.isnan(one.path_at_zero_m) and one.braking.start is one.start


def test_a_later_cause_raises_the_epoch_and_ends_what_is_overridden() -> None:
    (joined,) = stop().join([cause("b")])
    assert (joined.event, joined.causes, joined.reason) == (EventKind.CAUSE_ADDED, (cause("b"),), cause("b").reason)
    assert joined.new_epoch and joined.ends_overrides
    assert stop().join([]) == []


def names(of: Stop) -> list[str]:
    return [source for _, source in of.causes]


def test_a_full_stop_makes_room_for_emergencies_alone() -> None:
    """A full stop keeps its first causes and makes room for emergencies alone."""
    one = stop()
    first = [f"c{number}" for number in range(MAX_CAUSES)]
    one.take([cause(name) for name in first], NOW)
    assert one.take([cause("late"), emergency("e0"), cause("c0")], NOW) == [emergency("e0")]
    assert names(one) == [*first[:-1], "e0"], "it took the place of the latest"
    one.take([emergency(f"e{number}") for number in range(1, MAX_CAUSES - 1)], NOW)
    assert names(one) == ["c0", *(f"e{number}" for number in range(MAX_CAUSES - 1))]
    assert one.take([emergency("one more")], NOW) == [] and len(one.causes) == MAX_CAUSES, "the first stays"
    one.causes["rule", "beyond"] = cause("beyond")
    assert one.take([cause("still late")], NOW) == []


def test_a_cause_without_room_still_keeps_the_stop() -> None:
    """What finds no room still objects and still forbids that the stop ends by itself."""
    one = stop()
    one.take([cause(f"c{number}", clears=True) for number in range(MAX_CAUSES)], NOW)
    before = one.self_clearing
    one.take([cause("late")], NOW)
    assert before
    assert one.objecting == {("rule", "late")} and not one.self_clearing and ("rule", "late") not in one.causes


def test_the_latency_counts_from_the_first_causes_reading() -> None:
    """The latency counts from the reading of the first cause once."""
    one = stop()
    one.take([cause("a", stamp_ns=NOW - 2_500_000), cause("b", stamp_ns=NOW - 9_000_000)], NOW)
    one.note_published(NOW)
    assert (one.latency_ms, one.published_ns) == (2.5, NOW)
    late = stop()
    late.take([cause("a", stamp_ns=1_000_000)], NOW)
    late.note_published(5_500_000)
    assert late.latency_ms == 4.5
    one.note_published(NOW + 1_000_000)
    assert (one.latency_ms, one.published_ns) == (2.5, NOW)


def test_a_cause_without_a_reading_has_no_latency() -> None:
    one = stop()
    one.take([cause("a")], NOW)
    one.note_published(NOW)
    assert math.isnan(one.latency_ms) and one.published_ns == NOW


def test_a_stage_is_noted_when_it_is_entered() -> None:
    one = stop()
    for at_ns, name in enumerate(["ramp", "".join(["ra", "mp"]), "cut", "cut", "a", "ramp"]):
        one.note_stage(name, at_ns)
    assert one.stages == [("ramp", 0), ("cut", 2), ("a", 4), ("ramp", 5)]


def test_only_the_first_zero_of_a_stop_is_noted() -> None:
    one = stop()
    one.note_zero(2.0)
    one.note_zero(3.0)
    assert one.path_at_zero_m == 2.0


def test_one_cause_that_cuts_is_enough() -> None:
    one = stop()
    one.take([cause("a")], NOW)
    assert not one.removes_power
    one.take([Verdict(Severity.EMERGENCY_STOP, "rule", "b", "why", removes_power=True)], NOW)
    one.take([], NOW)
    assert one.removes_power


def _full(clearing: bool = True) -> Stop:
    """A stop with as many causes as are kept."""
    stop = Stop("s-1", ROBOT, StopStart(0, ZERO, 0.0), 0.0)
    causes = [
        Verdict(Severity.PROTECTIVE_STOP, "rule", str(index), "reason", self_clearing=clearing)
        for index in range(MAX_CAUSES)
    ]
    stop.take(causes, 1)
    return stop


def test_an_emergency_counts_in_a_full_stop() -> None:
    """An emergency counts although there are more causes than are kept."""
    stop = _full()
    emergency = Verdict(Severity.EMERGENCY_STOP, "estop", "station_1", "pressed", removes_power=True)
    assert stop.take([emergency], 2) == [emergency]
    assert stop.severity is Severity.EMERGENCY_STOP and stop.removes_power and not stop.self_clearing
    assert len(stop.causes) == MAX_CAUSES and next(iter(stop.causes)) == ("rule", "0")
    assert stop.take([emergency], 3) == []


def test_among_emergencies_alone_the_first_ones_stay() -> None:
    """When all that are kept are emergencies the first ones stay."""
    stop = Stop("s-1", ROBOT, StopStart(0, ZERO, 0.0), 0.0)
    stop.take([Verdict(Severity.EMERGENCY_STOP, "rule", str(index), "reason") for index in range(MAX_CAUSES + 3)], 1)
    assert [source for _, source in stop.causes] == [str(index) for index in range(MAX_CAUSES)]


def test_the_first_cause_and_all_later_ones_are_kept() -> None:
    bench = Bench().drive()
    bench.estop = PRESSED
    bench.turn()
    bench.plate = Alive("saturated")
    bench.turn()
    assert bench.gate.stop is not None
    assert list(bench.gate.stop.causes) == [("estop", "estop station_1"), ("input_timeout", "force_plate left")]
    assert bench.gate.reason == "estop station_1: pressed (and 1 more)"


def test_standstill_reports_what_the_stop_cost() -> None:
    bench = Bench().drive(0.4)
    bench.gate.take_events()
    bench.estop = PRESSED
    bench.turn(0.5)
    stood = [event for event in bench.gate.take_events() if event.kind is EventKind.STANDSTILL]
    assert len(stood) == 1
    assert 0.0 <= stood[0].cost.travel_after_zero_m <= stood[0].cost.distance_m < 0.1
    assert stood[0].cost.latency_ms == 0.0
    assert 0.0 < stood[0].cost.duration_s < 0.5


def test_a_stop_tells_its_causes_worst_first_and_what_it_cost() -> None:
    made = bench_in_run()
    made.request = Motion(0.5)
    made.turn(0.5)
    made.kinds()
    made.pose = OVER_THE_EDGE
    made.estop = PRESSED
    began_ns = made.now_ns + STEP_NS
    made.turn(STEP_S)
    assert made.gate.stop is not None and made.gate.stop.received_ns == began_ns
    assert [source for _, source in made.gate.stop.causes][:2] == ["estop station_1", "zone lane"]
    (stop,) = [each for each in made.gate.take_events() if each.kind is EventKind.STOP]
    assert (stop.before, stop.reason, stop.event_id) == (State.RUN, "estop station_1: pressed", "bench-1")
    assert [cause.severity for cause in stop.causes][:2] == [Severity.EMERGENCY_STOP, Severity.PROTECTIVE_STOP]
    made.turn(0.5)
    (told,) = [each for each in made.gate.take_events() if each.kind is EventKind.STANDSTILL]
    assert told.cost.duration_s == pytest.approx((told.at_ns - began_ns) / 1e9) and 0.2 <= told.cost.duration_s <= 0.4
    assert told.cost.latency_ms == 0.0 and told.cost.distance_m == pytest.approx(0.0) == told.cost.travel_after_zero_m
    assert told.before is State.STOPPING and told.causes == stop.causes


def test_a_stop_that_is_braked_tells_its_way() -> None:
    made = bench_in_run()
    made.request = Motion(0.5)
    made.turn(0.5)
    path_m = made.gate.observed.meter.path_m
    operator_commands.stop(made.gate, "anna", "", False, made.now_ns)
    made.turn(1.0)
    (told,) = [each for each in made.gate.take_events() if each.kind is EventKind.STANDSTILL]
    assert path_m > 0.05 and told.cost.distance_m == pytest.approx(made.gate.observed.meter.path_m - path_m)
    assert 0.05 < told.cost.distance_m < 0.2 and 0.0 <= told.cost.travel_after_zero_m < 0.05
    assert made.gate.stop is not None and made.gate.stop.stood
    assert [name for name, _ in made.gate.stop.stages] == ["ramp", "standing"]


def test_a_cause_that_joins_raises_the_epoch() -> None:
    """What joins a stop raises the epoch and is told worst first."""
    made = stopped_bench()
    epoch = made.gate.tracker.epoch
    made.kinds()
    made.plate = Alive("amplifier off")
    made.estop = PRESSED
    made.turn(STEP_S)
    (added,) = [each for each in made.gate.take_events() if each.kind is EventKind.CAUSE_ADDED]
    assert added.reason == "estop station_1: pressed" and made.gate.tracker.epoch == epoch + 1
    assert [cause.source for cause in added.causes] == ["estop station_1", "force_plate left"]
    assert (added.before, added.after) == (State.STOPPED, State.STOPPED)


@pytest.mark.parametrize(("stamped_ns", "arrived"), [(0, True), (30 * MS, True)])
def test_a_stop_knows_when_the_reading_that_caused_it_arrived(stamped_ns: int, arrived: bool) -> None:
    made = bench_in_run()
    made.stamped_late_ns = {"estop station_1": stamped_ns}
    made.estop = PRESSED
    made.turn(STEP_S)
    assert made.gate.stop is not None and (made.gate.stop.received_ns == made.now_ns) is arrived
    assert made.gate.stop.latency_ms == stamped_ns / 1e6


def says(severity: Severity, source: str, stamp_ns: int = 0) -> Verdict:
    return Verdict(severity, "says", source, f"why {source}", stamp_ns=stamp_ns)


def reasons(gate: Gate, kind: EventKind) -> list[str]:
    return [each.reason for each in gate.take_events() if each.kind is kind]


def test_the_worst_cause_names_the_stop() -> None:
    """The worst cause names the stop and tells when its reading arrived."""
    rule = Says()
    gate = running(rule)
    gate.update("body", Body(0.5), NOW + 1, NOW + 3)
    rule.words = [says(PROTECTIVE, "a", NOW), says(EMERGENCY, "b", NOW + 1)]
    gate.tick(NOW + 4)
    assert gate.stop is not None and [source for _, source in gate.stop.causes] == ["b", "a"]
    assert gate.stop.received_ns == NOW + 3 and reasons(gate, EventKind.STATE_CHANGED) == ["why b"]


def test_a_stops_duration_is_told_to_the_nanosecond() -> None:
    gate = running()
    gate.request(Motion(0.3), NOW)
    gate.update("odometry", replace(STILL, vx=0.3), NOW, NOW)
    operator_commands.stop(gate, "anna", "", False, NOW)
    for at_ns in (NOW + 13 * S // 2, NOW + 13 * S // 2 + STILL_FOR_NS):
        gate.update("odometry", STILL, at_ns, at_ns)
        gate.tick(at_ns)
    (told,) = [each for each in gate.take_events() if each.kind is EventKind.STANDSTILL]
    assert told.cost.duration_s == 6.7 and gate.state is State.STOPPED


def test_the_way_after_zero_counts_from_the_first_zero() -> None:
    """The way after zero counts from the first zero of the stop."""
    gate = running()
    gate.request(Motion(0.3), NOW + 1)
    gate.update("odometry", Odometry(1.0, 0.0, 0.0, 0.3, 0.0, 0.0), NOW + 2, NOW + 2)
    operator_commands.stop(gate, "anna", "", False, NOW + 3)
    assert gate.stop is not None and math.isnan(gate.stop.path_at_zero_m) and gate.output.command.speed_mps > 0.2
    gate.update("odometry", Odometry(1.25, 0.0, 0.0, 0.3, 0.0, 0.0), NOW + 4, NOW + 4)
    gate.tick(NOW + 250_000_003)
    assert gate.output.command == ZERO and gate.stop.path_at_zero_m == 1.25 and gate.stop.path_at_start_m == 1.0
