"""The gate's stop log, written by the real process: it verifies after an orderly end and after kill -9."""

import signal
import subprocess
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from port_interfaces.msg import SafetyState
from port_interfaces.srv import RequestStop, Reset

from port_safety.evidence.hash_chain import Verification, verify
from port_safety.evidence.stop_log import account
from tests.arming import signed_reset
from tests.ros.test_gate_node import PARAMETERS, Ground
from tests.ros_peer import start_node
from tests.waiting import PATIENCE_S, wait_until


@pytest.fixture
def ground(ros_domain: int) -> Iterator[Ground]:
    peer = Ground()
    yield peer
    peer.close()


class Gate:
    """A gate process that keeps its stop log at `path`."""

    def __init__(self, folder: Path, path: Path) -> None:
        self.path = path
        parameters = {**PARAMETERS, "evidence_path": str(path)}
        self.process: subprocess.Popen[bytes] = start_node("port_safety", "gate_node", "gate", parameters, folder)

    def verified(self) -> Verification:
        verification = verify(self.path.read_bytes())
        assert verification.ok, verification.problem
        return verification

    def kinds(self) -> list[str]:
        return [record["kind"] for record in self.verified().records] if self.path.exists() else []

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)


@pytest.fixture
def gates(tmp_path: Path, ros_domain: int) -> Iterator[Any]:
    started: list[Gate] = []

    def start(path: Path = tmp_path / "out" / "stops.jsonl") -> Gate:
        started.append(Gate(tmp_path, path))
        return started[-1]

    yield start
    for gate in started:
        gate.process.kill()
        gate.process.wait()


def stop_and_reset(ground: Ground) -> None:
    ground.request, ground.pressed = 0.0, False
    ground.arm()
    ground.request = 0.4
    wait_until(lambda: ground.states[-1].speed_mps == 0.4)
    ground.pressed = True
    state = ground.reach(SafetyState.STOPPED)
    assert not ground.call(Reset, "safety/reset", signed_reset(state.event_id)).accepted
    ground.pressed, ground.request = False, 0.0

    def reset() -> bool:
        """A gate that misses its readings for a moment is not ready for that moment."""
        ground.reach(SafetyState.RESET_READY)
        return bool(ground.call(Reset, "safety/reset", signed_reset(state.event_id)).accepted)

    wait_until(reset, what="the reset is accepted")


def test_a_whole_stop_then_sigterm(gates: Any, ground: Ground) -> None:
    gate = gates()
    stop_and_reset(ground)
    ground.arm()
    ground.request = 0.4
    wait_until(lambda: ground.states[-1].speed_mps == 0.4)
    assert gate.end() == 0
    records = gate.verified().records
    assert [kind for kind, _ in groupby(record["kind"] for record in records)] == [
        "opened", "armed", "stop_began", "stop", "reset_refused", "reset", "armed", "stop_began", "stop", "closed",
    ]  # fmt: skip
    (stop, ending), last = [record for record in records if record["kind"] == "stop"], records[-1]
    reset = next(record for record in records if record["kind"] == "reset")
    assert stop["stands"] and 0.0 < stop["duration_s"] < 5.0 and stop["speed_at_start_mps"] == 0.4
    hops = [stop["hops_ms"][name] for name in ("device_to_gate", "gate_to_decision", "decision_to_published")]
    assert all(0.0 <= hop < 1e4 for hop in hops) and sum(hops) == pytest.approx(stop["hops_ms"]["total"], abs=0.01)
    assert reset["by"] == "officer" and ending["causes"][0]["rule"] == "request_stop"
    assert last["reason"] == "asked to end" and last["state"] in ("STOPPED", "RESET_READY")
    loop = last["loop"]
    assert loop["tick_late"]["count"] > 100 and loop["command_to_published"]["count"] > 10
    assert loop["stop_latency"]["count"] == 2 and sum(count for _, count in loop["stop_latency"]["buckets_ms"]) == 2


def test_texts_of_a_hundred_kilobytes_do_not_get_into_the_stop_log(gates: Any, ground: Ground) -> None:
    gate, long = gates(), "x" * 100_000
    ground.arm()
    assert ground.call(RequestStop, "safety/request_stop", RequestStop.Request(by=long, reason=long)).accepted
    assert not ground.call(Reset, "safety/reset", signed_reset(long, long)).accepted
    ground.reach(SafetyState.RESET_READY)
    assert gate.end() == 0
    kinds = [record["kind"] for record in gate.verified().records]
    assert "stop" in kinds and "reset_refused" in kinds
    assert max(map(len, gate.path.read_bytes().splitlines())) < 50_000
    assert max(len(event.reason) + len(event.by) for event in ground.events) < 2_000


def test_kill_9_in_a_stop_then_a_new_gate_in_the_same_folder(gates: Any, ground: Ground) -> None:
    gate = gates()
    ground.arm()
    ground.pressed = True
    wait_until(lambda: "stop_began" in gate.kinds())
    gate.end(signal.SIGKILL)
    told = account(gate.verified().records)
    assert not told.closed and len(told.stops) + len(told.unfinished) == 1
    with gate.path.open("ab") as torn:
        torn.write(b'{"kind":"st')
    ground.pressed = False
    again = gates(gate.path)
    ground.arm()
    assert again.end() == 0
    told = account(again.verified().records)
    assert (told.starts, told.unclosed, told.closed, told.set_aside) == (2, 1, True, 1)
    assert (gate.path.parent / "stops.torn-1.jsonl").read_bytes() == b'{"kind":"st'


def test_a_disk_that_refuses_is_told_with_its_remedy_and_stops_work_all_the_same(
    gates: Any, ground: Ground, tmp_path: Path
) -> None:
    said: list[DiagnosticArray] = ground.keep(DiagnosticArray, "/diagnostics", 10)
    gate = gates(tmp_path)

    def trouble() -> Any:
        statuses = [status for message in said for status in message.status if status.name == "gate"]
        return next((status for status in statuses if "evidence" in status.message), None)

    status = wait_until(trouble)
    values = {value.key: value.value for value in status.values}
    assert status.level == b"\x02" and "Is a directory" in status.message
    assert values["remedy"].startswith("see to the disk") and int(values["tick_late_count"]) > 0
    ground.arm()
    ground.pressed = True
    ground.reach(SafetyState.STOPPED)
    assert gate.end() == 0
    assert "records of evidence are lost" in (tmp_path / "gate.log").read_text()
