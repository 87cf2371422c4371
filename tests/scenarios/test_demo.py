"""`port demo` as a newcomer runs it: once to its end, once with Ctrl-C in the middle."""

import json
import math
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.whole_session import PATIENCE_S, PORT, Config, processes_with, run_port
from tests.waiting import wait_until

#: On a machine with ten times more work than cores a demonstration takes minutes.
pytestmark = pytest.mark.timeout(1800)

PROCESSES = {
    "ground", "broker", "ingest", "recorder", "telemetry", "dashboard", "force_plates", "estop", "cameras", "robot",
    "gate", "session", "driver",
}  # fmt: skip


@dataclass
class Demo:
    """A started `port demo`."""

    process: subprocess.Popen[bytes]
    out: Path
    runtime_root: Path
    output_file: Path

    def output(self) -> str:
        return self.output_file.read_text(errors="replace")

    def said(self, text: str, timeout_s: float = 600.0) -> None:
        """Wait until it has said so."""
        wait_until(lambda: text in self.output() or self.process.poll() is not None, timeout_s, text)
        assert text in self.output(), self.output()

    def port(self, *words: str) -> None:
        """What people type beside it, again until it is taken."""
        env = {**os.environ, "XDG_RUNTIME_DIR": str(self.runtime_root)}
        wait_until(lambda: run_port(*words, env=env).returncode == 0, PATIENCE_S, " ".join(words))

    def stop_and_drive_on(self) -> None:
        """What each line that is told asks for."""
        told = self.output().count("the robot drives on")
        self.port("sim", "estop", "press")
        wait_until(lambda: "estop station_1: pressed. Undo" in self.output().rpartition("drives on")[2], PATIENCE_S)
        self.port("sim", "estop", "release")
        wait_until(lambda: "Next: port sim reset" in self.output().rpartition("drives on")[2], PATIENCE_S)
        self.port("sim", "reset")
        self.port("session", "arm")
        self.port("session", "start")
        wait_until(lambda: self.output().count("the robot drives on") > told, PATIENCE_S, "the robot drives on")

    def left_behind(self) -> tuple[dict[int, str], list[Path]]:
        """Processes and files that are still there."""
        return processes_with(f"XDG_RUNTIME_DIR={self.runtime_root}"), list(self.runtime_root.glob("port/*"))


def start(folder: Path, *words: str, changes: Mapping[str, Any] | None = None, of: str = "demo") -> Demo:
    """`port demo` with a private configuration."""
    config = Config(folder, "show", changes, of)
    runtime_root = Path(tempfile.mkdtemp(prefix="port-", dir="/tmp"))
    env = {key: value for key, value in os.environ.items() if key != "ROS_DOMAIN_ID"}
    env |= {"XDG_RUNTIME_DIR": str(runtime_root), "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
    out, output_file = folder / "out", folder / "demo.txt"
    call: list[str | Path] = [PORT, "demo", "--headless", "--out", out, "--session", config.file, *words]
    with output_file.open("wb") as output:
        process = subprocess.Popen(call, stdout=output, stderr=subprocess.STDOUT, env=env)
    return Demo(process, out, runtime_root, output_file)


def sweep(demo: Demo) -> None:
    """Whatever a failed test left: only what carries this demonstration's own runtime folder."""
    for pid in processes_with(f"XDG_RUNTIME_DIR={demo.runtime_root}"):
        os.kill(pid, signal.SIGKILL)
    demo.process.wait(PATIENCE_S)
    shutil.rmtree(demo.runtime_root, ignore_errors=True)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demonstration that has run to its end."""
    demo = start(tmp_path_factory.mktemp("demo"), "--duration", "45")
    try:
        code = demo.process.wait(900)  # while things move on, it waits for a busy machine, and so do we
        assert code == 0, demo.output()
        yield demo
    finally:
        sweep(demo)


@pytest.fixture(scope="module")
def summary(shown: Demo) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((shown.out / "summary.json").read_text())
    return content


def shape(value: Any) -> Any:
    """Keys and types of a JSON value; a list has the shape of its members."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        shapes = [shape(item) for item in value]
        assert all(one == shapes[0] for one in shapes), shapes
        return shapes[:1]
    return type(value)


def test_summary_has_the_documented_form(summary: dict[str, Any]) -> None:
    causes = [cause for stop in summary["stops"] for cause in stop["causes"]]
    for cause in causes:  # an e-stop measures nothing: null there, a number where there is one
        assert isinstance(cause.pop("value"), (float, type(None)))
        assert isinstance(cause.pop("limit"), (float, type(None)))
    for look in summary["admission"]:  # what was odd depends on the machine
        for found in look.pop("findings"):
            assert found.keys() == {"name", "state", "said", "remedy", "since_ns"}
    count = dict.fromkeys(("sent", "received", "reported_lost", "unheard", "rejected", "unaccounted"), int)
    indicators, trial = summary.pop("indicators"), summary.pop("trial")
    assert {"rated_speed", "stopping_distance", "time_on_task"} <= {one["name"] for one in indicators}
    for one in indicators:
        assert one.keys() == {"name", "unit", "better", "runs", "missing", "figure", "decision"}
    assert shape(trial) == {"decision": str, "why": [str]}
    assert shape(summary) == {
        "ok": bool,
        "findings": [{"name": str, "state": str, "text": str}],
        "states": [str],
        "stops": [
            {
                "event_id": str,
                "causes": [{"rule": str, "unit": str}],
                "latency_ms": float,
                "distance_m": float,
                "travel_after_zero_m": float,
            }
        ],
        "resets": [{"accepted": bool, "reason": str}],
        "devices": {"left": count, "right": count, "overhead": count, "station_1": count},
        "mqtt": {"published": int, "received": int},
        "exit_codes": dict.fromkeys(PROCESSES, int),
        "orphans": int,
        "admission": [{"by": str, "admitted": bool}],
        "report": str,
        "runs": [{"number": int, "running_s": float, "counts": bool, "void": str, "reached": bool}],
    }


def test_the_trial_is_judged_with_its_indicators(shown: Demo) -> None:
    """A busy machine may have kept the robot from its goal: then that is why."""
    summary = json.loads((shown.out / "summary.json").read_text())
    run = summary["runs"][0]
    assert run["counts"] and summary["trial"]["decision"] == ("passed" if run["reached"] else "failed")
    found = {one["name"]: one["runs"]["1"] for one in summary["indicators"] if one["runs"]}
    unmeasured = [one for one in summary["indicators"] if not one["runs"]]
    assert all(one["missing"]["1"] for one in unmeasured), "what was not measured says why"
    for name in ("stopping_distance", "stopping_time", "goal_distance"):
        assert all(result["u"] > 0.0 for result in found[name]), name


def test_all_is_well(summary: dict[str, Any], shown: Demo) -> None:
    assert summary["ok"] is True and "WRONG" not in shown.output()
    assert summary["orphans"] == 0 and set(summary["exit_codes"].values()) == {0}
    assert 0 < summary["mqtt"]["received"] == summary["mqtt"]["published"]


def test_the_states_come_in_order(summary: dict[str, Any]) -> None:
    expected = ["STANDBY", "RUN", "REDUCED", "STOPPING", "STOPPED", "RESET_READY", "STANDBY", "RUN", "STANDBY"]
    states = iter(summary["states"])
    assert all(state in states for state in expected), summary["states"]


def test_one_reset_is_refused_and_the_next_accepted(summary: dict[str, Any]) -> None:
    """A busy machine may have brought about stops before and after; these were reset, too."""
    refused = [number for number, reset in enumerate(summary["resets"]) if not reset["accepted"]]
    assert [summary["resets"][number]["reason"] for number in refused] == ["estop station_1: pressed"]
    assert summary["resets"][refused[0] + 1]["accepted"]


def test_the_estop_is_the_stop(summary: dict[str, Any]) -> None:
    stop = next(stop for stop in summary["stops"] if any(cause["rule"] == "estop" for cause in stop["causes"]))
    assert all(math.isfinite(stop[key]) and stop[key] >= 0 for key in ("latency_ms", "distance_m"))
    assert 0.0 < stop["distance_m"] < 2.0


def test_everything_that_each_device_sent_is_accounted_for(summary: dict[str, Any], shown: Demo) -> None:
    assert {name: counts["unaccounted"] for name, counts in summary["devices"].items()} == dict.fromkeys(
        ("left", "right", "overhead", "station_1"), 0
    )
    assert "everything that 4 devices sent is accounted for" in (shown.out / "report.html").read_text()


@pytest.mark.parametrize("plate", ["left", "right"])
def test_every_sample_of_a_plate_is_accounted_for(summary: dict[str, Any], plate: str) -> None:
    counts = summary["devices"][plate]
    assert counts["received"] > 10_000
    assert counts["sent"] == counts["received"] + counts["reported_lost"]
    assert counts["rejected"] == 0


def test_the_report_needs_nothing_else(shown: Demo) -> None:
    """Opened on a machine without network it shows the same."""
    page = (shown.out / "report.html").read_text()
    assert "<html" in page and "estop" in page
    loads = re.findall(r"""(?:\bsrc|<link[^>]*\bhref|xlink:href)\s*=\s*["']([^"'#][^"']*)""", page)
    assert [address for address in loads if not address.startswith("data:")] == []
    assert not re.search(r"@import|url\(\s*['\"]?(?!data:|#)", page)


def test_nothing_is_left_of_it(shown: Demo) -> None:
    assert shown.left_behind() == ({}, [])


@pytest.mark.long_session
def test_who_plays_with_it_stops_the_robot_and_sees_it_drive_again(tmp_path: Path) -> None:
    """While the script drives, and after it; it ends as a session that went well."""
    demo = start(tmp_path)
    try:
        demo.said("armed and started: the robot drives")
        demo.stop_and_drive_on()
        demo.said("the robot goes to and fro now")
        demo.stop_and_drive_on()
        demo.process.send_signal(signal.SIGINT)
        assert demo.process.wait(PATIENCE_S) == 0, demo.output()
        assert re.search("ok +Session: completed", demo.output()) and "FAILED" not in demo.output()
        assert demo.left_behind() == ({}, [])
    finally:
        sweep(demo)


def test_ctrl_c_in_the_middle_ends_all_of_it(tmp_path: Path) -> None:
    """And a second one, while it ends, does no harm."""
    demo = start(tmp_path)
    try:
        demo.said("armed and started: the robot drives")
        assert demo.left_behind()[1], "the runtime folder is where we look for it"
        demo.process.send_signal(signal.SIGINT)
        demo.said("ending: the robot first, then who watches it")
        demo.process.send_signal(signal.SIGINT)
        code = demo.process.wait(PATIENCE_S)
        assert code == 1, demo.output()  # it did not get to its end, and says so
        assert "ended before the script did" in demo.output() and "Traceback" not in demo.output()
        assert demo.left_behind() == ({}, [])
        summary = json.loads((demo.out / "summary.json").read_text())
        assert summary["ok"] is False and summary["orphans"] == 0
    finally:
        sweep(demo)
