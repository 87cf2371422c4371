"""What a gate's events leave as evidence: from the bench, and number by number."""

import math
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.evidence.records import EventRecords, hops_ms
from port_safety.evidence.stop_log import measured
from port_safety.gate import operator_commands
from port_safety.gate.events import EventKind, GateEvent, StopCost
from port_safety.gate.state_machine import State
from port_safety.gate.stop import Stop
from port_safety.model.readings import Occupancy
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.stop_start import StopStart
from tests.gate_bench import PRESSED, RELEASED, RESET_HELD, ROBOT, Bench

BENCH_TO_SYSTEM_NS = 10**18
NOW = 5_000_000_000
CAUSE = Verdict(Severity.PROTECTIVE_STOP, "speed", "zone lane", "too fast", 0.75, 0.5, "m/s", stamp_ns=NOW - 3_000_000)
LATER = replace(CAUSE, source="zone desk", stamp_ns=0)
COST = StopCost(3.5, 0.625, 0.125, 1.75)
TO_SYSTEM_NS = 7 * 10**17
TOLD = {
    "severity": "PROTECTIVE_STOP", "rule": "speed", "source": "zone lane", "reason": "too fast",
    "value": 0.75, "limit": 0.5, "unit": "m/s", "reading_ns": NOW - 3_000_000 + TO_SYSTEM_NS,
}  # fmt: skip
WHOLE = {
    "kind": "stop", "event_id": "b-4", "epoch": 4, "began_ns": NOW + TO_SYSTEM_NS, "severity": "PROTECTIVE_STOP",
    "causes": [TOLD], "speed_at_start_mps": 0.45, "passed_at_start_mps": 0.5,
    "hops_ms": {"device_to_gate": 2.0, "gate_to_decision": 1.0, "decision_to_published": 0.5, "total": 3.5},
    "stages": [{"name": "ramp", "after_s": 0.25}, {"name": "cut", "after_s": 7.5}],
}  # fmt: skip


@dataclass
class Clerk(Bench):
    """A bench whose happenings go into a ledger tick by tick."""

    ledger: EventRecords = field(default_factory=EventRecords)
    records: list[dict[str, Any]] = field(default_factory=lambda: [{"kind": "opened", "robot": "bench"}])

    def turn(self, seconds: float = 0.005) -> Any:
        for _ in range(max(1, round(seconds / 0.005))):
            output = super().turn()
            self.note()
        return output

    def note(self) -> None:
        gate = self.gate
        taken = self.ledger.take(gate.take_events(), gate.stop, gate.observed.meter.path_m, BENCH_TO_SYSTEM_NS)
        self.records += [dict(record) for record in taken]

    def end(self, reason: str = "asked to end") -> None:
        taken = self.ledger.end(reason, self.now_ns, self.gate.observed.meter.path_m, BENCH_TO_SYSTEM_NS)
        self.records += [dict(record) for record in taken]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [record for record in self.records if record["kind"] == kind]


def test_a_stop_from_arming_to_reset() -> None:
    bench = Clerk()
    bench.drive(0.4)
    bench.estop = PRESSED
    bench.turn(1.0)
    operator_commands.reset(bench.gate, bench.gate.tracker.event_id, "officer", bench.now_ns)
    bench.estop, bench.request = RELEASED, ZERO
    bench.turn(1.0)
    bench.estop = RESET_HELD
    bench.turn()
    kinds = [record["kind"] for record in bench.records]
    assert kinds == ["opened", "armed", "stop_began", "stop", "reset_refused", "reset"]
    stop = bench.of("stop")[0]
    assert stop["event_id"] == "bench-1" and stop["epoch"] == 1 and stop["stands"]
    assert stop["causes"][0]["rule"] == "estop" and stop["causes"][0]["severity"] == "EMERGENCY_STOP"
    assert stop["speed_at_start_mps"] == pytest.approx(0.4) and stop["passed_at_start_mps"] == 0.4
    assert [stage["name"] for stage in stop["stages"]] == ["halt", "standing"]
    assert bench.of("armed")[0]["by"] == "tester"
    assert bench.of("reset_refused")[0]["reason"] == "estop station_1: pressed"
    assert bench.of("reset")[0]["by"] == "reset button station_1" and bench.of("reset")[0]["after_s"] > 1.0
    assert bench.of("stop_began")[0]["stamp_ns"] == stop["began_ns"] > BENCH_TO_SYSTEM_NS


def test_a_slow_readings_hops_are_told_one_by_one() -> None:
    bench = Clerk()
    bench.drive()
    answered_ns, arrived_ns = bench.now_ns + 1_000_000, bench.now_ns + 3_500_000
    bench.gate.update("estop station_1", PRESSED, answered_ns, arrived_ns)
    bench.gate.tick(arrived_ns + 250_000)
    bench.gate.note_published(arrived_ns + 400_000)
    bench.estop = PRESSED
    bench.turn(1.0)
    hops = bench.of("stop")[0]["hops_ms"]
    assert hops == {
        "device_to_gate": 2.5, "gate_to_decision": 0.25, "decision_to_published": 0.15, "total": 2.9,
    }  # fmt: skip


def test_silence_has_no_hop_from_a_device() -> None:
    bench = Clerk()
    bench.drive()
    bench.gate.update("estop station_1", RELEASED, bench.now_ns - 1_000_000, bench.now_ns)
    bench.estop = None
    bench.turn(1.0)
    hops = bench.of("stop")[0]["hops_ms"]
    assert math.isnan(hops["device_to_gate"]) and math.isnan(hops["gate_to_decision"])
    assert hops["total"] >= 150.0


def test_a_robot_that_does_not_stop_is_told_at_the_end() -> None:
    bench = Clerk()
    bench.drive(0.4)
    bench.obeys = False
    operator_commands.stop(bench.gate, "officer", "", True, bench.now_ns)
    bench.turn(2.0)
    assert not bench.of("stop")
    bench.end()
    stop = bench.of("stop")[0]
    assert not stop["stands"] and stop["ended"] == "asked to end" and stop["duration_s"] == pytest.approx(2.0, abs=0.02)
    assert stop["stages"][-1]["name"].startswith("cut")
    assert measured(bench.records) == []
    bench.end()
    assert len(bench.of("stop")) == 1


def test_a_fault_ends_the_stop_and_is_told() -> None:
    bench = Clerk()
    bench.drive(0.4)
    bench.obeys = False
    bench.estop = PRESSED
    bench.turn(0.1)
    bench.gate.fail("broken", bench.now_ns)
    bench.note()
    assert [record["kind"] for record in bench.records[-2:]] == ["stop", "fault"]
    assert bench.of("stop")[0]["ended"] == "fault"


def test_causes_before_standstill_are_in_the_stops_record() -> None:
    """Causes before standstill are in the stop later ones get their own line."""
    bench = Clerk()
    bench.drive(0.4)
    bench.estop = PRESSED
    bench.turn()
    bench.request = Motion(math.nan)
    bench.turn()
    bench.request = ZERO
    bench.turn(1.0)
    assert [cause["rule"] for cause in bench.of("stop")[0]["causes"]] == ["estop", "command"]
    assert not bench.of("cause_added")
    bench.occupancy, bench.plate = Occupancy(frozenset()), None
    bench.turn(1.0)
    assert bench.of("cause_added")[0]["causes"][0]["source"] == "force_plate left"


def test_a_stop_that_ends_by_itself_says_so() -> None:
    bench = Clerk()
    bench.drive(0.4, 9.0)
    assert bench.pose is not None and bench.pose.x > 3.2
    bench.occupancy = Occupancy(frozenset({"crossing"}))
    bench.turn(2.0)
    bench.occupancy, bench.request = Occupancy(frozenset()), ZERO
    bench.turn(2.0)
    assert bench.of("stop")[0]["stands"] and bench.of("cleared")[0]["after_s"] > 2.0
    assert measured(bench.records)[0].robot == "bench"


def happened(kind: EventKind, at_ns: int = NOW, before: State = State.RUN, after: State = State.STOPPING) -> GateEvent:
    return GateEvent(kind, at_ns, before, after, 4, "why", "b-4", (CAUSE, LATER), "anna", COST)


def stop() -> Stop:
    one = Stop("b-4", ROBOT, StopStart(NOW, Motion(0.3, 0.4), 0.45), 2.0)
    one.take([CAUSE], NOW)
    one.received_ns = NOW - 1_000_000
    one.note_published(NOW + 500_000)
    one.note_zero(2.25)
    for name, after_ns in (("ramp", 250_000_000), ("cut", 7_500_000_000)):
        one.note_stage(name, NOW + after_ns)
    return one


def started() -> EventRecords:
    ledger = EventRecords()
    (began,) = ledger.take([happened(EventKind.STOP)], stop(), 2.0, TO_SYSTEM_NS)
    assert began == {"stamp_ns": NOW + TO_SYSTEM_NS, "kind": "stop_began", "event_id": "b-4", "epoch": 4, **TOLD}
    return ledger


def test_a_stop_at_rest_is_told_with_its_standstills_cost() -> None:
    """A stop that came to rest is told with what its standstill says."""
    ledger = started()
    (whole,) = ledger.take([happened(EventKind.STANDSTILL, NOW + 2)], None, 99.0, TO_SYSTEM_NS)
    figures = {"distance_m": 0.625, "travel_after_zero_m": 0.125, "duration_s": 1.75}
    assert whole == {**WHOLE, **figures, "stamp_ns": NOW + 2 + TO_SYSTEM_NS, "stands": True, "ended": "standstill"}
    assert ledger.take([happened(EventKind.STANDSTILL, NOW + 3)], stop(), 99.0, TO_SYSTEM_NS) == []
    assert ledger.end("asked to end", NOW + 3, 99.0, TO_SYSTEM_NS) == []


def test_a_stop_that_never_came_to_rest_is_told_so_far() -> None:
    """A stop that never came to rest is told with what was counted until then."""
    end_ns = NOW + 12_500_000_000
    figures = {"distance_m": 5.5, "travel_after_zero_m": 5.25, "duration_s": 12.5, "stands": False}
    (cut,) = started().end("asked to end", end_ns, 7.5, TO_SYSTEM_NS)
    assert cut == {**WHOLE, **figures, "stamp_ns": end_ns + TO_SYSTEM_NS, "ended": "asked to end"}
    failed = happened(EventKind.STATE_CHANGED, end_ns, State.STOPPING, State.FAULT)
    cut, fault = started().take([failed], None, 7.5, TO_SYSTEM_NS)
    assert cut == {**WHOLE, **figures, "stamp_ns": end_ns + TO_SYSTEM_NS, "ended": "fault"}
    assert fault == {"stamp_ns": end_ns + TO_SYSTEM_NS, "kind": "fault", "epoch": 4, "reason": "why"}


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (EventKind.RESET_ACCEPTED, {"kind": "reset", "event_id": "b-4", "by": "anna", "after_s": 6.5}),
        (EventKind.RESET_REFUSED, {"kind": "reset_refused", "event_id": "b-4", "by": "anna", "reason": "why"}),
        (EventKind.ARMED, {"kind": "armed", "by": "anna"}),
        (EventKind.RECOVER_BEGAN, {"kind": "recover_began", "event_id": "b-4", "by": "anna", "reason": "why"}),
        (EventKind.RECOVER_ENDED, {"kind": "recover_ended", "event_id": "b-4", "by": "anna", "reason": "why"}),
        (EventKind.OVERRIDE_BEGAN, {"kind": "override_began", "event_id": "b-4", "by": "anna", "reason": "why"}),
        (EventKind.OVERRIDE_ENDED, {"kind": "override_ended", "event_id": "b-4", "by": "anna", "reason": "why"}),
        (EventKind.ENVELOPE_CHANGED, {"kind": "envelope_changed", "reason": "why"}),
        (EventKind.CAUSE_ADDED, None),
        (EventKind.ARM_REFUSED, None),
        (EventKind.LIMIT_BEGAN, None),
        (EventKind.LIMIT_ENDED, None),
    ],
)
def test_each_event_after_a_stop_has_its_record_or_none(kind: EventKind, says: dict[str, object] | None) -> None:
    at_ns = NOW + 6_500_000_000
    told = started().take([happened(kind, at_ns)], None, 3.0, TO_SYSTEM_NS)
    assert told == ([] if says is None else [{"stamp_ns": at_ns + TO_SYSTEM_NS, "epoch": 4, **says}])


def test_a_cause_after_standstill_has_its_own_record() -> None:
    """A cause that comes after standstill has a record of its own."""
    ledger = started()
    ledger.take([happened(EventKind.STANDSTILL)], None, 3.0, TO_SYSTEM_NS)
    (added,) = ledger.take([happened(EventKind.CAUSE_ADDED)], None, 3.0, TO_SYSTEM_NS)
    named = {"stamp_ns": NOW + TO_SYSTEM_NS, "event_id": "b-4", "epoch": 4}
    later = {**TOLD, "source": "zone desk", "reading_ns": None}
    assert added == {**named, "kind": "cause_added", "causes": [TOLD, later]}


def test_a_stop_that_ended_without_a_reset_is_told_as_cleared() -> None:
    """A stop has ended by itself when the robot may move again without a reset."""
    stopping = (State.STOPPING, State.STOPPED, State.RESET_READY)
    at_ns = NOW + 6_500_000_000
    for before in State:
        for after in set(State) - {State.FAULT}:
            told = started().take([happened(EventKind.STATE_CHANGED, at_ns, before, after)], None, 3.0, TO_SYSTEM_NS)
            ended = before in stopping and after in (State.RUN, State.REDUCED)
            assert [(each["kind"], each["after_s"]) for each in told] == ([("cleared", 6.5)] if ended else [])


def test_records_make_up_no_stop_that_they_did_not_see() -> None:
    """A ledger that saw no stop counts from the start of the machine and makes none up."""
    (reset,) = EventRecords().take([happened(EventKind.RESET_ACCEPTED)], None, 3.0, TO_SYSTEM_NS)
    assert reset["after_s"] == 5.0
    for kind in (EventKind.STOP, EventKind.STANDSTILL):
        assert EventRecords().take([happened(kind)], None, 3.0, TO_SYSTEM_NS) == []


def test_a_cause_without_a_reading_has_no_moment() -> None:
    one = Stop("b-4", ROBOT, StopStart(NOW, Motion(), 0.0), 0.0)
    silent = Verdict(Severity.PROTECTIVE_STOP, "request_stop", "anna", "why")
    one.take([silent], NOW)
    one.received_ns = NOW
    began = GateEvent(EventKind.STOP, NOW, State.RUN, State.STOPPING, 4, "why", "b-4", (silent,))
    (told,) = EventRecords().take([began], one, 0.0, TO_SYSTEM_NS)
    assert told["reading_ns"] is None
    hops = hops_ms(one)
    assert hops.pop("gate_to_decision") == 0.0 and all(map(math.isnan, hops.values())) and len(hops) == 3


def test_hops_are_differences_in_the_first_seconds_too() -> None:
    """Hops are differences early in the life of the machine too."""
    one = Stop("b-4", ROBOT, StopStart(8_000_000, Motion(), 0.0), 0.0)
    one.take([replace(CAUSE, stamp_ns=1_000_000)], 8_000_000)
    one.received_ns = 3_500_000
    one.note_published(2_008_000_000)
    assert list(hops_ms(one).values()) == [2.5, 4.5, 2000.0, 2007.0]


def test_hops_of_a_stop_are_differences_in_ms() -> None:
    made = Stop("e-1", ROBOT, StopStart(NOW, ZERO, 0.0), 0.0)
    made.take([Verdict(Severity.PROTECTIVE_STOP, "r", "s", "why", stamp_ns=NOW - 3_000_000)], NOW)
    made.received_ns = NOW - 1_000_000
    made.note_published(NOW + 500_000)
    assert hops_ms(made) == {
        "device_to_gate": 2.0, "gate_to_decision": 1.0, "decision_to_published": 0.5, "total": 3.5,
    }  # fmt: skip
    made.received_ns = None
    silent = hops_ms(made)
    assert math.isnan(silent["device_to_gate"]) and math.isnan(silent["gate_to_decision"]) and silent["total"] == 3.5
    made.received_ns, made.latency_ms, made.published_ns = NOW - 1_234_567, 1.23456, None
    assert hops_ms(made)["gate_to_decision"] == 1.2346 and hops_ms(made)["total"] == 1.2346
    assert math.isnan(hops_ms(made)["decision_to_published"])
