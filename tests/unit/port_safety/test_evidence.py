"""What a gate's happenings leave as evidence, from the bench."""

import math
from dataclasses import dataclass, field
from typing import Any

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.evidence.records import EventRecords
from port_safety.evidence.stop_log import account, measured
from port_safety.gate import operator_commands
from port_safety.model.readings import Occupancy
from tests.gate_bench import PRESSED, RELEASED, RESET_HELD, Bench

TO_SYSTEM_NS = 10**18


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
        taken = self.ledger.take(gate.take_events(), gate.stop, gate.observed.meter.path_m, TO_SYSTEM_NS)
        self.records += [dict(record) for record in taken]

    def end(self, reason: str = "asked to end") -> None:
        taken = self.ledger.end(reason, self.now_ns, self.gate.observed.meter.path_m, TO_SYSTEM_NS)
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
    assert bench.of("stop_began")[0]["stamp_ns"] == stop["began_ns"] > TO_SYSTEM_NS


def test_hops_of_a_reading_that_took_its_time() -> None:
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


def test_causes_before_standstill_are_in_the_stop_later_ones_get_their_own_line() -> None:
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


def test_the_account_pairs_stops_start_by_start() -> None:
    def start(*more: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"kind": "opened"}, {"kind": "stop_began", "event_id": "a-1"}, *more]

    whole = {"kind": "stop", "event_id": "a-1", "stands": True}
    told = account([*start(), *start(whole, {"kind": "closed"})])
    assert (told.starts, told.unclosed, told.closed) == (2, 1, True)
    assert (told.stops, told.unfinished) == (("a-1",), ("a-1",))
    told = account([*start(whole), {"kind": "not_kept", "records": 3}, {"kind": "set_aside"}])
    assert (told.unclosed, told.closed, told.not_kept, told.set_aside, told.unfinished) == (1, False, 3, 1, ())
