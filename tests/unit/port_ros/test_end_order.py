"""Whose turn it is to end: whoever ends before this process is waited for, no longer than it may take."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from port_ros import end_order, runtime_folder
from port_ros.end_order import STAGE_MARGIN_S, EndOrder, earlier
from tests.waiting import wait_until

PROCESSES = [
    {"name": "ground", "stage": 0, "stop_s": 5.0}, {"name": "recorder", "stage": 3, "stop_s": 64.0},
    {"name": "estop", "stage": 5, "stop_s": 5.0}, {"name": "cameras", "stage": 5, "stop_s": 7.0},
    {"name": "gate", "stage": 6, "stop_s": 9.0}, {"name": "driver", "stage": 6, "stop_s": 5.0},
]  # fmt: skip
PIDS = {"ground": 10, "recorder": 13, "estop": 15, "cameras": 16, "gate": 17, "driver": 18}
RECORD = {"processes": PROCESSES, "pids": PIDS}


@pytest.mark.parametrize(("pid", "waited", "stages_s"), [
    (17, [], []), (18, [], []),
    (15, [17, 18], [9.0]),
    (13, [15, 16, 17, 18], [7.0, 9.0]),
    (10, [13, 15, 16, 17, 18], [64.0, 7.0, 9.0]),
])  # fmt: skip
def test_the_gate_ends_first_and_the_simulated_ground_last(pid: int, waited: list[int], stages_s: list[float]) -> None:
    found, longest_s = earlier(RECORD, pid)
    assert sorted(found) == waited
    assert longest_s == sum(stop_s + STAGE_MARGIN_S for stop_s in stages_s)


@pytest.mark.parametrize("record", [{}, {"pids": {}}, RECORD, {"processes": [], "pids": {"gate": 99}}])
def test_a_process_that_no_record_knows_waits_for_nobody(record: dict[str, Any]) -> None:
    assert earlier(record, 99) == ([], 0.0)


@pytest.fixture
def gate() -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen([sys.executable, "-ISc", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def record(gate: "subprocess.Popen[bytes]", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is the e-stop node of a session whose gate is `gate`."""
    content = {"processes": PROCESSES, "pids": {"gate": gate.pid, "estop": os.getpid()}}
    (tmp_path / runtime_folder.RECORD).write_text(json.dumps(content))
    monkeypatch.setenv(runtime_folder.RUN, str(tmp_path))


@pytest.mark.usefixtures("record")
def test_the_estop_node_stays_as_long_as_the_gate_does(gate: "subprocess.Popen[bytes]") -> None:
    order = end_order.of_this_process()
    assert not order.my_turn() and not order.my_turn()
    gate.kill()
    wait_until(order.my_turn, what="the gate has ended")
    assert order.my_turn(), "and it stays so"


def test_nobody_is_waited_for_beyond_its_time(gate: "subprocess.Popen[bytes]") -> None:
    assert EndOrder([gate.pid], 0.0).my_turn() and not EndOrder([gate.pid], 600.0).my_turn()


def test_who_has_ended_before_is_not_waited_for(gate: "subprocess.Popen[bytes]") -> None:
    gate.kill()
    gate.wait()
    assert EndOrder([gate.pid], 600.0).my_turn()


@pytest.mark.parametrize("content", [None, "", "{", "{}"])
def test_outside_of_a_session_it_is_everybodys_turn(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if content is not None:
        (tmp_path / runtime_folder.RECORD).write_text(content)
    monkeypatch.setenv(runtime_folder.RUN, str(tmp_path))
    assert end_order.of_this_process().my_turn()
    monkeypatch.delenv(runtime_folder.RUN)
    assert end_order.of_this_process().my_turn()
