"""What was found at admission stands in the report, whatever is in the file."""

import json
from pathlib import Path

import pytest

from port_session.admission.finding import Finding
from port_session.admission.log import NAME, AdmissionLog
from port_session.report import admission
from port_session.report.gather import gather

FINDINGS = [
    Finding("gate", True, detail="200 Hz"),
    Finding("odom", True, detail="its covariance is zero", remedy="fill the diagonal", odd=True),
    Finding("cmd_vel", False, "nobody <listens>", "start the base"),
]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "session.json").write_text("{}")
    return tmp_path


def test_each_look_is_told_with_what_was_not_as_it_should_be(out: Path) -> None:
    log = AdmissionLog(out)
    log.add(1_000_000_000, "operator", "cmd_vel: nobody <listens>", FINDINGS)
    log.add(2_000_000_000, "operator", "", FINDINGS[:1])
    evidence = gather(out)
    assert [(look["admitted"], [one["name"] for one in look["findings"]]) for look in admission.document(evidence)] == [
        (False, ["odom", "cmd_vel"]), (True, []),
    ]  # fmt: skip
    page = admission.render(evidence)
    assert "not admitted; 1 of 3 things as they should be" in page and "nobody &lt;listens&gt;" in page
    assert "start the base" in page and "admitted; 1 of 1 things" in page


def test_a_session_in_which_nobody_asked_has_no_such_section(out: Path) -> None:
    assert admission.render(gather(out)) == "" and admission.document(gather(out)) == []


@pytest.mark.parametrize("content", [{"looks": 5}, {"looks": [7, {"findings": [3, {"state": 4}]}]}, {"looks": [{}]}])
def test_a_damaged_file_is_no_damaged_report(out: Path, content: object) -> None:
    (out / NAME).write_text(json.dumps(content))
    admission.render(gather(out))
    json.dumps(admission.document(gather(out)))


def test_what_is_not_well_is_told_with_since_when(out: Path) -> None:
    log = AdmissionLog(out)
    for number, findings in enumerate((FINDINGS, FINDINGS, FINDINGS[:2], FINDINGS)):
        log.add(number, "operator", "no", findings)
    looks = json.loads((out / NAME).read_text())["looks"]
    since = [{one["name"]: one.get("since_ns") for one in look["findings"]} for look in looks]
    assert [each.get("cmd_vel") for each in since] == [0, 0, None, 3], "it was well between"
    assert [each["odom"] for each in since] == [0, 0, 0, 0] and since[0]["gate"] is None


def test_only_the_last_looks_are_kept_whole(out: Path) -> None:
    log = AdmissionLog(out)
    for number in range(25):
        log.add(number, "operator", "no", FINDINGS)
    kept = json.loads((out / NAME).read_text())
    assert kept["count"] == 25 and [look["stamp_ns"] for look in kept["looks"]] == list(range(5, 25))
