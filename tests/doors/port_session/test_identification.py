"""What a report says of itself and of its item: every point of ISO/IEC 17025 7.8.2.1, stated or told as not stated."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from port_session.description.resolve import resolve
from port_session.report import build, identification
from port_session.report.gather import gather
from tests.doors.port_session import recording

PREFIXES = tuple(Path(prefix) for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if prefix)
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recording.make(tmp_path_factory.mktemp("session"), PREFIXES)


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "out"))


def tell(out: Path, **session: Any) -> None:
    path = out / "session.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **session}))


def page(out: Path) -> str:
    build(out, recording.GROUND, recording.EXTRAS)
    return (out / "report.html").read_text()


def described(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.chdir(ROOT)
    tree: dict[str, Any] = msgspec.to_builtins(resolve("demo"))
    return tree


def test_what_nobody_stated_is_told_as_not_stated(out: Path) -> None:
    told = page(out)
    for name in ("Serial number", "Firmware", "Condition", "Method", "Test operator", "Safety officer"):
        assert f"<tr><th>{name}</th><td>not stated</td></tr>" in told
    assert "relate only to the item tested" in told and "Limits in force" not in told


def test_what_is_stated_stands_in_the_report(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = described(monkeypatch)
    tree["description"]["robot"] |= {"serial": "SW-0042", "firmware": "1.3.1", "condition": "new <unpacked>"}
    tree["description"]["trial"] |= {"version": "2", "method": "GB/T 44251-2024, clause 7"}
    tree["description"]["session"]["customer"] = "杭州某公司"
    tree["description"]["ground"]["force_plates"]["left"]["instrument"] = {"serial": "FP-7", "due": "2027-05-01"}
    (out / "description.json").write_text(json.dumps(tree))
    tell(out, people={"operator": "王芳", "safety_officer": "陈伟"}, utc_offset_s=28_800)
    told = page(out)
    for words in (
        "SW-0042", "1.3.1", "new &lt;unpacked&gt;", "lane_drive, version 2", "GB/T 44251-2024, clause 7", "杭州某公司",
        "王芳", "陈伟", "UTC+08:00", "FP-7", "2027-05-01",
    ):  # fmt: skip
        assert words in told, words
    evidence = gather(out)
    rows = {(rule, key): value for rule, _, key, value in identification.limits_in_force(evidence)}
    gate = next(process for process in tree["processes"] if process["name"] == "gate")["parameters"]
    assert {rule for rule, _ in rows} == set(gate["rules"]), "no rule is left out"
    assert sum(len(gate[rule]) - 1 for rule in gate["rules"]) == len(rows), "and no parameter"
    assert rows["input_timeout", "estop_s"] == "0.4" and "<td>estop_s</td><td>0.4</td>" in told
    assert "report.html" not in {file.name for file in evidence.files}


def test_number_end_and_every_printed_page_name_the_report(out: Path) -> None:
    told = page(out)
    number = identification.number(gather(out))
    assert number.startswith("demo-20") and number.endswith("Z")
    assert told.count(number) == 4, "title, page margin, identification, end"
    assert f"End of report {number}" in told[-200:]
    assert json.loads((out / "summary.json").read_text())["report"] == number


@pytest.mark.parametrize(
    "damaged", ['{"description": 3, "processes": {}}', '{"processes": [{"name": "gate"}, 1]}', "[]", "{"]
)
def test_a_damaged_description_takes_nothing_else_away(out: Path, damaged: str) -> None:
    (out / "description.json").write_text(damaged)
    tell(out, people=["x"], utc_offset_s="east")
    assert "End of report" in page(out)


def test_the_runs_stand_in_page_and_summary_with_the_reason_of_a_void_one(out: Path) -> None:
    began_ns = gather(out).origin_ns
    run = {"began_ns": began_ns, "ended_ns": began_ns + 5, "running_s": 12.5, "counts": True, "void": ""}
    runs = [
        {**run, "number": 1, "counts": False, "void": "a shoe came off", "outcome": {"reached": True}},
        {**run, "number": 2, "outcome": {"reached": True}}, {"number": "damaged"},
    ]  # fmt: skip
    tell(out, runs=runs, runs_asked=1)
    result = build(out, recording.GROUND, recording.EXTRAS)
    finding = next(one for one in result.findings if one.name == "Runs")
    assert (finding.state, finding.text) == ("ok", "1 of 1 run done; void: 1 (a shoe came off)")
    assert "<td>a shoe came off</td>" in (out / "report.html").read_text()
    assert [one["counts"] for one in result.document["runs"]] == [False, True]


@pytest.mark.parametrize(
    ("runs", "asked", "state", "text"),
    [
        ([], 2, "not known", "0 of 2 runs done"),
        ([(True, True)], 2, "wrong", "1 of 2 runs done"),
        ([(True, True), (True, False)], 2, "wrong", "2 of 2 runs done; the goal was missed in run 2"),
        ([(True, None)], 1, "ok", "1 of 1 run done"),
    ],
)
def test_runs_that_are_missing_or_missed_their_goal_are_told(
    out: Path, runs: list[tuple[bool, bool | None]], asked: int, state: str, text: str
) -> None:
    told = [
        {"number": number, "began_ns": 1, "running_s": 1, "counts": counts, "void": "", "outcome": {"reached": reached}}
        for number, (counts, reached) in enumerate(runs, 1)
    ]
    tell(out, runs=told, runs_asked=asked)
    result = build(out, recording.GROUND, recording.EXTRAS)
    finding = next(one for one in result.findings if one.name == "Runs")
    assert (finding.state, finding.text) == (state, text)
    decision = {"wrong": "not passed", "ok": "passed", "not known": "not decided"}[state]
    assert f"Trial {decision}</strong>" in (out / "report.html").read_text()
    assert result.document["trial"]["decision"] == decision.replace("not passed", "failed")


def test_a_session_that_people_have_reviewed_or_sealed_ended_as_it_ended(out: Path) -> None:
    for state in ("REVIEWED", "SEALED"):
        tell(out, state=state)
        finding = build(out, recording.GROUND, recording.EXTRAS).findings[0]
        assert (finding.name, finding.state) == ("Session", "ok") and finding.text.startswith("completed; ")


def test_a_requirement_decides_the_trial_and_the_evidence_may_be_in_order_all_the_same(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second run was stopped once: 0.220 m by odometry, to within 0.024 m."""
    begin_ns = gather(out).origin_ns
    run = {"number": 1, "began_ns": begin_ns + 18 * 10**9, "ended_ns": begin_ns + 24 * 10**9, "running_s": 6.0}
    tell(out, runs_asked=1, runs=[{**run, "counts": True, "void": "", "outcome": {"reached": True}}])
    decided = {}
    for limit, rule in ((0.30, "simple"), (0.23, "simple"), (0.23, "guarded"), (0.10, "guarded")):
        tree = described(monkeypatch)
        tree["description"]["trial"] |= {"require": {"stopping_distance": {"at_most": limit}}, "decision": rule}
        (out / "description.json").write_text(json.dumps(tree))
        decided[limit, rule] = build(out, recording.GROUND, recording.EXTRAS).document["trial"]["decision"]
    assert decided == {
        (0.30, "simple"): "passed", (0.23, "simple"): "passed", (0.23, "guarded"): "not decided",
        (0.10, "guarded"): "failed",
    }  # fmt: skip
    told = (out / "report.html").read_text()
    assert "by odometry alone: no camera saw it" in told and "0.220 ± 0.024 m" in told
