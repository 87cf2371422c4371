"""The report: the same evidence gives the same bytes, nothing is fetched, nothing slips in, losses are told."""

import json
import os
import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from port_session.recorder.read import Recorded
from port_session.recorder.schema import UnknownType, definition, installed_text
from port_session.report import build, main
from port_session.report.events import states
from port_session.report.evidence import Change
from port_session.report.gather import gather
from port_session.report.streams import Streams
from port_session.report.summary import judge
from tests.doors.port_session import recording

PREFIXES = tuple(Path(prefix) for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if prefix)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recording.make(tmp_path_factory.mktemp("session"), PREFIXES)


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "out"))


def summary(out: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((out / "summary.json").read_text())
    return loaded


def wrong(out: Path) -> list[str]:
    """Names of the findings that are not in order."""
    return [finding.name for finding in judge(gather(out)).findings if not finding.ok]


def edit(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_the_summary_says_what_happened(out: Path) -> None:
    result = build(out, recording.GROUND, recording.EXTRAS)
    assert result.ok, result.findings
    document = summary(out)
    assert list(document) == [
        "ok", "findings", "states", "stops", "resets", "devices", "mqtt", "exit_codes", "orphans", "admission",
        "report", "runs", "indicators", "trial",
    ]  # fmt: skip
    assert document["states"][-6:] == ["RUN", "STOPPING", "STOPPED", "RESET_READY", "STANDBY", "RUN"]
    assert document["stops"][2] == {
        "event_id": "edge-1/1/3", "causes": [{"rule": "fresh", "value": 0.11, "limit": 0.1, "unit": "s"}],
        "latency_ms": 2.0, "distance_m": 0.24, "travel_after_zero_m": 0.02,
    }  # fmt: skip
    assert document["stops"][0]["causes"][0]["value"] is None
    assert [reset["accepted"] for reset in document["resets"]] == [False, True, True, True]
    assert document["devices"]["left"] == {
        "sent": 24000, "received": 24000, "reported_lost": 0, "unheard": 0, "rejected": 0, "unaccounted": 0,
    }  # fmt: skip
    assert document["mqtt"] == {"published": 5321, "received": 5321}


@pytest.mark.parametrize("fell", [False, True])
def test_a_robot_with_legs_must_not_have_fallen(out: Path, fell: bool) -> None:
    (out / "ground_truth.json").write_text(json.dumps({"fell": fell, "heights_at_cut_m": [0.5]}))
    result = build(out, recording.GROUND, recording.EXTRAS)
    assert result.ok is not fell and wrong(out) == (["Posture"] if fell else [])
    assert summary(out)["ground_truth"] == {"fell": fell, "heights_at_cut_m": [0.5]}
    assert "0.50 m when its power went" in (out / "report.html").read_text()


def test_the_same_evidence_gives_the_same_bytes_also_without_what_the_first_call_was_told(out: Path) -> None:
    build(out, recording.GROUND, recording.EXTRAS)
    first = [(out / name).read_bytes() for name in ("report.html", "summary.json")]
    assert main([str(out)]) == 0
    assert first == [(out / name).read_bytes() for name in ("report.html", "summary.json")]


def test_the_page_asks_nothing_of_the_network(out: Path) -> None:
    build(out, recording.GROUND, recording.EXTRAS)
    page = (out / "report.html").read_text()
    assert not re.search(r"https?:|//[a-z]|<script|<link|@import|url\(", re.sub(r'"data:[^"]*"', "", page))
    assert "default-src 'none'" in page
    assert page.count("<img ") == 5 == page.count('<img alt="')
    assert len(page) < 1_500_000


def test_text_from_outside_is_only_text(made: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(made, tmp_path / "out"))
    evil = '<script>alert("1")</script>&\'$x$'
    edit(out / "session.json", session=evil, robot=evil, team=evil, software={evil: evil})
    lines = (out / "events.jsonl").read_text().replace("operator Li", json.dumps(evil)[1:-1])
    (out / "events.jsonl").write_text(lines.replace("a person is in crossing", json.dumps(evil)[1:-1]))
    build(out, {evil: recording.GROUND["lane"]}, {**recording.EXTRAS, "exit_codes": {evil: 1}})
    page = (out / "report.html").read_text()
    assert "<script" not in page and "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("extras", "name"),
    [
        ({"devices": {"left": {"sent": 24_001}}}, "Samples"),
        ({"devices": {"overhead": {"sent": 10, "received": 9, "reported_lost": 0}}}, "Samples"),
        ({"devices": {"station_1": {"sent": 10, "received": 12, "unanswered": 3}}}, "Samples"),
        ({"mqtt": {"published": 2, "received": 1}}, "Facility"),
        ({"exit_codes": {"gate": -9}}, "Processes"),
        ({"orphans": 1}, "Processes"),
    ],
)
def test_what_does_not_add_up_is_named(out: Path, extras: dict[str, Any], name: str) -> None:
    for file, value in {**recording.EXTRAS, **extras}.items():
        (out / f"{file}.json").write_text(json.dumps(value))
    assert wrong(out) == [name]


def plate(**changed: Any) -> dict[str, Any]:
    """The account of a plate of which everything is at the facility."""
    return {"sent": 24_000, "stored": 24_000, "lost_on_wire": 0, "lost": {}, "unexplained": 0, "twice": 0, "starts": 1,
            **changed}  # fmt: skip


@pytest.mark.parametrize(
    ("facility", "name", "words"),
    [
        ({"plates": {"left": plate()}, "missing_events": 0}, "", ""),
        ({"plates": {"left": plate(stored=23_960, unexplained=40)}, "missing_events": 0}, "Facility samples",
         "lost in silence: 40 of left"),
        ({"plates": {"left": plate(sent=23_900, stored=23_900)}, "missing_events": 0}, "Facility samples",
         "lost in silence: 100 of left"),
        ({"plates": {"left": plate()}, "missing_events": 2}, "Facility events", "2 events of the stop log missing"),
    ],
    ids=["all there", "a hole", "the end is missing", "a stop is missing"],
)  # fmt: skip
def test_what_the_facility_lacks_by_the_plates_own_count_is_named(
    out: Path, facility: dict[str, Any], name: str, words: str
) -> None:
    (out / "facility.json").write_text(json.dumps(facility))
    findings = {finding.name: finding for finding in judge(gather(out)).findings}
    assert wrong(out) == ([name] if name else [])
    assert not name or words in findings[name].text


def test_what_is_recorded_as_lost_is_told_and_no_fault(out: Path) -> None:
    told = plate(stored=23_000, lost={"sent while telemetry was down": 960}, lost_on_wire=40)
    extras = {**recording.EXTRAS, "facility": {"plates": {"left": told}, "missing_events": 0}}
    result = build(out, recording.GROUND, extras)
    [finding] = [finding for finding in result.findings if finding.name == "Facility samples"]
    assert finding.state == "lost" and "23000 of 24000 samples of 1 plate there; 1000 (4.2 %) lost" in finding.text
    assert {"name": "Facility samples", "state": "lost", "text": finding.text} in summary(out)["findings"]
    page = (out / "report.html").read_text()
    assert "not all is there: facility samples (lost)" in page and "The evidence is in order" not in page
    assert "960 sent while telemetry was down" in finding.text and "40 lost on the wire" in finding.text
    assert "Recorded as lost" in (out / "report.html").read_text()


def test_what_nobody_counted_is_not_called_ok(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(out)]) == 0
    states = {one["name"]: one["state"] for one in summary(out)["findings"]}
    assert {name for name, state in states.items() if state == "not known"} == {"Samples", "Facility", "Processes"}
    assert states["Recording"] == "ok"
    assert "\nNOT KNOWN Processes: how they ended was not recorded\n" in capsys.readouterr().out
    page = (out / "report.html").read_text()
    assert page.count("– not known") == 3 and "The evidence is in order" not in page


def test_what_the_parts_of_a_session_wrote_down_is_used(out: Path) -> None:
    (out / "devices").mkdir()
    for name, counts in {
        "devices/ground": {"left": {"sent": 24_000}, "station_1": {"sent": 9}},
        "devices/force_plates": {"left": {"received": 23_990, "reported_lost": 10}},
        "devices/estop_station_1": {"station_1": {"received": 9, "unanswered": 0}},
        "devices/telemetry": {"published": 100, "by_topic": {}},
        "ingest": {
            "by_topic": {"port/v1/s/e/demo/safety/event": 60, "port/v1/s/e/demo/odom": 40, "port/v1/s/e/conn": 2}
        },
        "exit_codes": {"gate": 0},
    }.items():
        (out / f"{name}.json").write_text(json.dumps(counts))
    findings = {finding.name: finding for finding in build(out).findings}
    assert findings["Facility"].text == "100 of 100 messages reached the facility"
    assert (findings["Samples"].state, findings["Processes"].state) == ("lost", "ok")
    assert "reported lost: 10 of left" in findings["Samples"].text


@pytest.mark.parametrize("content", [b"{", b"[1]", b"", b"[" * 200_000])
def test_of_damaged_files_the_name_is_told_and_the_rest_is_reported(
    out: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (out / "session.json").write_bytes(content)
    lines = (out / "events.jsonl").read_bytes().splitlines(keepends=True)
    (out / "events.jsonl").write_bytes(b"".join([*lines[:-1], b"[" * 200_000 + b"\n", b"{}\n", lines[-1]]))
    (out / "mcap.json").mkdir()
    for name in ("stops.jsonl", "ground.json", "other.mcap"):
        (out / name).unlink(missing_ok=True)
        os.mkfifo(out / name)
    assert main([str(out)]) == 1
    [files] = [line for line in capsys.readouterr().out.splitlines() if "Files" in line]
    assert files.startswith("WRONG     Files: events.jsonl: 2 of")
    for name in ("session.json", "stops.jsonl: is no file", "ground.json is no file"):
        assert name in files
    assert len(summary(out)["stops"]) == 3 and (out / "report.html").exists()


def test_values_of_another_kind_are_told_and_left_out(out: Path) -> None:
    edit(out / "session.json", outcome=3, software=[1], goal_m="x")
    findings = {finding.name: finding for finding in build(out).findings}
    assert findings["Files"].text == "session.json: cannot be read: goal_m, outcome, software"


def test_a_folder_without_a_session_is_refused_and_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "package.json").write_text("{}")
    assert main([str(tmp_path)]) == 2
    assert "holds no evidence" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["package.json"]


def test_a_cut_recording_is_read_up_to_the_cut_and_told(out: Path) -> None:
    path = out / "recording.mcap"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert wrong(out) == ["Recording"]
    assert 0 < len(gather(out).motion.time_s) < 801


def test_a_lost_event_and_a_stop_without_standstill_are_told(out: Path) -> None:
    lines = (out / "events.jsonl").read_text().splitlines()
    kept = [line for line in lines if '"sequence": 7, "kind"' not in line]
    (out / "events.jsonl").write_text("\n".join([*kept, '{"torn']))
    result = build(out)
    assert [finding.name for finding in result.findings if not finding.ok] == ["Stops", "Safety record"]
    assert not summary(out)["ok"] and "✗ The evidence is not in order" in (out / "report.html").read_text()


def test_an_aborted_session_and_a_missed_goal_are_not_in_order(out: Path) -> None:
    edit(out / "session.json", outcome={"distance_to_goal_m": 4.0, "reached": False})
    assert wrong(out) == ["Session"]
    edit(out / "session.json", state="ABORTED", outcome={})
    assert wrong(out) == ["Session"]


def block(first_index: int, at_s: float, device: str = "left", status: int = 0, received: int = 0) -> Recorded:
    ns = recording.START_NS + round(at_s * 1e9)
    stamp = SimpleNamespace(sec=ns // 10**9, nanosec=ns % 10**9)
    message = SimpleNamespace(
        header=SimpleNamespace(stamp=stamp), device_id=device, first_index=first_index, period_s=0.001,
        received_total=received, lost_total=0, rejected_total=0, status=[0, status], wrench=[float(first_index)] * 12,
    )  # fmt: skip
    return Recorded("samples", "port_interfaces/msg/WrenchBlock", ns, message)


def test_a_lost_block_and_a_bad_sample_are_gaps_and_a_new_count_is_placed_by_its_stamp() -> None:
    streams = Streams()
    for one in (block(10, 0.0), block(14, 0.0043, status=1), block(0, 2.0)):
        streams.add(one)
    plate = streams.plates(lambda stamp_ns: (stamp_ns - recording.START_NS) / 1e9)[0]
    assert [*plate.force_n[:6]] == pytest.approx([10, 10, np.nan, np.nan, 14, np.nan], nan_ok=True)
    assert np.isnan(plate.force_n[6:2000]).all() and [*plate.force_n[2000:]] == [0, 0]
    assert plate.time_s[2000] == pytest.approx(2.0)


def test_counters_of_a_node_that_started_again_add_up() -> None:
    streams = Streams()
    for received in (100, 200, 20, 40):
        streams.add(block(0, 0.0, received=received))
    assert streams.counters()["left"]["received"] == 240


def test_states_are_chained_over_events_that_are_missing() -> None:
    event = {"stamp_ns": 5, "kind": "STATE_CHANGED", "before": "STOPPED", "after": "STANDBY"}
    seen = [Change(1, "INIT"), Change(2, "RUN"), Change(9, "FAULT")]
    assert [change.name for change in states([event], seen)] == ["INIT", "RUN", "STANDBY", "FAULT"]


def test_without_evidence_the_command_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert "holds no evidence" in capsys.readouterr().err
    with pytest.raises(ValueError, match="'colour'"):
        build(tmp_path, extras={"colour": 1})


def test_a_definition_holds_every_type_it_uses() -> None:
    text = definition("port_interfaces/msg/SafetyState", installed_text(PREFIXES))
    used = re.findall(r"^MSG: (\S+)$", text, re.M)
    assert used == [
        "std_msgs/Header", "builtin_interfaces/Time", "port_interfaces/Cause", "geometry_msgs/Twist",
        "port_interfaces/RuleOverride", "port_interfaces/InputAge", "geometry_msgs/Vector3",
    ]  # fmt: skip
    with pytest.raises(UnknownType, match="install the package nowhere"):
        definition("nowhere/msg/None", installed_text(PREFIXES))
