"""What a record carries, number by number: stamps of the system clock, figures, stages, hops."""

import math
from dataclasses import replace

import pytest

from port_safety.commands.twist import Motion
from port_safety.evidence.records import EventRecords, hops_ms
from port_safety.gate.events import EventKind, GateEvent, StopCost
from port_safety.gate.state_machine import State
from port_safety.gate.stop import Stop
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.stop_start import StopStart
from tests.gate_bench import ROBOT

NOW = 5_000_000_000
TO_SYSTEM_NS = 7 * 10**17
CAUSE = Verdict(Severity.PROTECTIVE_STOP, "speed", "zone lane", "too fast", 0.75, 0.5, "m/s", stamp_ns=NOW - 3_000_000)
TOLD = {
    "severity": "PROTECTIVE_STOP", "rule": "speed", "source": "zone lane", "reason": "too fast",
    "value": 0.75, "limit": 0.5, "unit": "m/s", "reading_ns": NOW - 3_000_000 + TO_SYSTEM_NS,
}  # fmt: skip
COST = StopCost(3.5, 0.625, 0.125, 1.75)
LATER = replace(CAUSE, source="zone desk", stamp_ns=0)
WHOLE = {
    "kind": "stop", "event_id": "b-4", "epoch": 4, "began_ns": NOW + TO_SYSTEM_NS, "severity": "PROTECTIVE_STOP",
    "causes": [TOLD], "speed_at_start_mps": 0.45, "passed_at_start_mps": 0.5,
    "hops_ms": {"device_to_gate": 2.0, "gate_to_decision": 1.0, "decision_to_published": 0.5, "total": 3.5},
    "stages": [{"name": "ramp", "after_s": 0.25}, {"name": "cut", "after_s": 7.5}],
}  # fmt: skip


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


def test_a_stop_that_came_to_rest_is_told_with_what_its_standstill_says() -> None:
    ledger = started()
    (whole,) = ledger.take([happened(EventKind.STANDSTILL, NOW + 2)], None, 99.0, TO_SYSTEM_NS)
    figures = {"distance_m": 0.625, "travel_after_zero_m": 0.125, "duration_s": 1.75}
    assert whole == {**WHOLE, **figures, "stamp_ns": NOW + 2 + TO_SYSTEM_NS, "stands": True, "ended": "standstill"}
    assert ledger.take([happened(EventKind.STANDSTILL, NOW + 3)], stop(), 99.0, TO_SYSTEM_NS) == []
    assert ledger.end("asked to end", NOW + 3, 99.0, TO_SYSTEM_NS) == []


def test_a_stop_that_never_came_to_rest_is_told_with_what_was_counted_until_then() -> None:
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
def test_what_people_and_the_gate_do_after_a_stop_began(kind: EventKind, says: dict[str, object] | None) -> None:
    at_ns = NOW + 6_500_000_000
    told = started().take([happened(kind, at_ns)], None, 3.0, TO_SYSTEM_NS)
    assert told == ([] if says is None else [{"stamp_ns": at_ns + TO_SYSTEM_NS, "epoch": 4, **says}])


def test_a_cause_that_comes_after_standstill_has_a_record_of_its_own() -> None:
    ledger = started()
    ledger.take([happened(EventKind.STANDSTILL)], None, 3.0, TO_SYSTEM_NS)
    (added,) = ledger.take([happened(EventKind.CAUSE_ADDED)], None, 3.0, TO_SYSTEM_NS)
    named = {"stamp_ns": NOW + TO_SYSTEM_NS, "event_id": "b-4", "epoch": 4}
    later = {**TOLD, "source": "zone desk", "reading_ns": None}
    assert added == {**named, "kind": "cause_added", "causes": [TOLD, later]}


def test_a_stop_has_ended_by_itself_when_the_robot_may_move_again_without_a_reset() -> None:
    stopping = (State.STOPPING, State.STOPPED, State.RESET_READY)
    at_ns = NOW + 6_500_000_000
    for before in State:
        for after in set(State) - {State.FAULT}:
            told = started().take([happened(EventKind.STATE_CHANGED, at_ns, before, after)], None, 3.0, TO_SYSTEM_NS)
            ended = before in stopping and after in (State.RUN, State.REDUCED)
            assert [(each["kind"], each["after_s"]) for each in told] == ([("cleared", 6.5)] if ended else [])


def test_a_ledger_that_saw_no_stop_counts_from_the_start_of_the_machine_and_makes_none_up() -> None:
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


def test_hops_are_differences_early_in_the_life_of_the_machine_too() -> None:
    one = Stop("b-4", ROBOT, StopStart(8_000_000, Motion(), 0.0), 0.0)
    one.take([replace(CAUSE, stamp_ns=1_000_000)], 8_000_000)
    one.received_ns = 3_500_000
    one.note_published(2_008_000_000)
    assert list(hops_ms(one).values()) == [2.5, 4.5, 2000.0, 2007.0]
