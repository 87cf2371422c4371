"""`port evidence`, the distances it prints, and what the report says of the gate's own log."""

import json
import math
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_safety.evidence.hash_chain import digest, encode, verify
from port_safety.evidence.stop_log import Measured
from port_session.cli import main
from port_session.report import build
from port_session.report.distances import rows, table
from port_session.report.finding import Finding
from port_session.report.gather import gather
from port_session.report.summary import judge
from port_telemetry.stop_log_file import StopLogFile
from tests.doors.port_session import recording
from tests.doors.port_session.test_report import PREFIXES


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "run" / "stops.jsonl"
    path.parent.mkdir()
    path.write_bytes(recording.stop_log())
    return path


def test_a_whole_log(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evidence", "verify", str(log)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"{log}: 8 lines, 3 stops; the chain holds"
    assert len(said) == 2 and said[1].startswith("  last hash ")
    assert main(["evidence", "verify", str(log.parent), "--head", said[1].split()[-1]]) == 0
    assert main(["evidence", "verify", str(log), "--head", "0" * 64]) == 1
    assert "lines were cut off" in capsys.readouterr().err


def heads_at_the_facility(log: Path, *numbers: int) -> Path:
    """What `port query safety/stop_log --format jsonl` prints of these lines of the log."""
    heads = verify(log.read_bytes()).heads
    rows = [{"epoch": 1, "seq": 1, "time": "2026-11-30T08:00:00Z", "lines": n, "head": heads[n - 1]} for n in numbers]
    file = log.parent.parent / "heads.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def test_a_log_that_was_cut_emptied_or_written_anew_is_told_by_what_the_facility_keeps(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each of these chains holds in itself."""
    heads = str(heads_at_the_facility(log, 3, 8))
    assert main(["evidence", "verify", str(log), "--heads", heads]) == 0
    assert "all 2 heads that the facility keeps are lines of these logs" in capsys.readouterr().out
    whole = log.read_bytes()
    records = [record for record in verify(whole).records if record["kind"] not in ("stop_began", "stop")]
    anew: list[bytes] = []
    for record in records:
        anew.append(encode(record, len(anew) + 1, digest(anew[-1]) if anew else ""))
    for tampered, gone in ((b"".join(whole.splitlines(keepends=True)[:5]), [8]), (b"\n".join([*anew, b""]), [3, 8])):
        log.write_bytes(tampered)
        assert main(["evidence", "verify", str(log)]) == 0, "the chain itself holds"
        assert main(["evidence", "verify", str(log), "--heads", heads]) == 1
        said = capsys.readouterr().err
        assert [line for line in range(1, 9) if f"line {line}, " in said] == gone
        assert "was told to the facility at 2026-11-30T08:00:00Z and is in no log" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "is empty: the facility keeps no head of this log"), ("{}\n", "line 1 is no row"), ("x", "line 1 is no row")],
)
def test_a_file_of_heads_that_is_none_is_refused(
    log: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = log.parent.parent / "heads.jsonl"
    file.write_text(text)
    assert main(["evidence", "verify", str(log), "--heads", str(file)]) == 2
    assert f"port: {file}: {said}" in capsys.readouterr().err


def test_a_changed_log_names_its_first_wrong_line(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_bytes(log.read_bytes().replace(b'"distance_m":0.22', b'"distance_m":0.12'))
    assert main(["evidence", "verify", str(log)]) == 1
    said = capsys.readouterr().out
    assert "BROKEN, line 5: changed: its content does not fit its own check; before it 4 lines, 1 stop hold" in said


def test_a_log_without_its_end_holds_but_says_so(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-2]))
    assert main(["evidence", "verify", str(log)]) == 0
    said = capsys.readouterr().out
    assert "stop edge-1/1/3 began and was never told to its end" in said
    assert "without its last line 1 of 1 time: the gate runs, was killed, or the end was cut off" in said


@pytest.mark.parametrize("action", ["verify", "stops"])
def test_where_there_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str], action: str) -> None:
    assert main(["evidence", action, str(tmp_path)]) == 2
    assert main(["evidence", action, str(tmp_path / "nosuch")]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and "Traceback" not in captured.err


def test_distances_of_many_sessions(tmp_path: Path, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "b" / "stops.jsonl"
    other.parent.mkdir()
    other.write_bytes(recording.stop_log("arm", 0.3))
    assert main(["evidence", "stops", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(row["robot"], row["from_mps"], row["to_mps"], row["n"]) for row in found] == [
        ("arm", 0.3, 0.4, 3), ("sim_wheeled", 0.6, 0.7, 3)
    ]  # fmt: skip
    assert [found[0][key] for key in ("median_m", "p95_m", "max_m")] == [0.22, 0.24, 0.24]
    assert main(["evidence", "stops", str(other)]) == 0
    assert "arm      0.30 – 0.40         3      0.220    0.240   0.240" in capsys.readouterr().out
    other.write_bytes(other.read_bytes()[:-1])
    assert main(["evidence", "stops", str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert "arm" not in captured.out and "left out" in captured.err


measured = st.builds(
    Measured, st.sampled_from("ab"), st.just("x"), st.just("x"), st.none() | st.floats(0.0, 3.0),
    st.none() | st.floats(0.0, 5.0), st.none(),
)  # fmt: skip


@given(st.lists(measured, max_size=40))
def test_every_measured_stop_is_in_one_row_and_no_figure_understates(stops: list[Measured]) -> None:
    found = rows(stops)
    whole = [one for one in stops if one.speed_mps is not None and one.distance_m is not None]
    assert sum(row.n for row in found) == len(whole)
    assert len(table(found).splitlines()) == 1 + len(found)
    for row in found:
        here = [
            one.distance_m for one in whole
            if one.robot == row.robot and row.from_mps - 1e-6 <= (one.speed_mps or 0.0) < row.to_mps + 1e-6
        ]  # fmt: skip
        assert row.median_m <= row.p95_m <= row.max_m and row.max_m in here
        assert sum(value is not None and value <= row.p95_m for value in here) >= math.floor(0.95 * row.n)


def test_a_pipe_is_no_stop_log_and_nobody_waits_for_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "stops.jsonl")
    for where in (tmp_path, tmp_path / "stops.jsonl", Path("/dev/zero")):
        assert main(["evidence", "verify", str(where)]) == 2
        assert capsys.readouterr().err.endswith(": is no file\n")
    with pytest.raises(OSError, match="is no file"):
        StopLogFile(tmp_path / "stops.jsonl").lines()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recording.make(tmp_path_factory.mktemp("session"), PREFIXES, samples=2000)


def finding(out: Path, log: bytes | None, gate_code: int = 0) -> Finding:
    (out / "exit_codes.json").write_text(json.dumps({"gate": gate_code}))
    (out / "stops.jsonl").unlink(missing_ok=True)
    if log is not None:
        (out / "stops.jsonl").write_bytes(log)
    return next(one for one in judge(gather(out)).findings if one.name == "Stop log")


def test_the_report_holds_the_log_against_what_was_recorded(made: Path) -> None:
    whole = recording.stop_log()
    lines = whole.splitlines(keepends=True)
    assert finding(made, whole) == Finding("Stop log", True, "8 lines, 3 stops; the chain holds")
    killed = finding(made, b"".join(lines[:-1]), gate_code=-9)
    assert killed.ok and killed.text.endswith("without its end, the gate was killed")
    assert "end of its log is missing" in finding(made, b"".join(lines[:-1])).text
    cut = finding(made, b"".join(lines[:-3]), gate_code=-9)
    assert not cut.ok and "edge-1/1/3" in cut.text
    assert "line 2: carries number 3" in finding(made, b"".join(lines[:1] + lines[2:])).text
    assert finding(made, None) == Finding("Stop log", False, "the gate kept none, 3 stops recorded elsewhere")
    lost = recording.chained([{"kind": "opened"}, {"kind": "not_kept", "records": 2}, {"kind": "closed"}])
    assert not finding(made, lost).ok


def test_the_page_shows_the_hash_of_the_last_line(made: Path) -> None:
    (made / "stops.jsonl").write_bytes(recording.stop_log())
    build(made)
    page = (made / "report.html").read_text()
    assert "Stop log: 8 lines, 3 stops; each follows from the one before." in page
    log = gather(made).stop_log
    assert log is not None and log.head in page


def test_statistics_and_what_is_fed_to_a_profile(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evidence", "stops", str(log), "--statistics"]) == 0
    assert "latency ms" in capsys.readouterr().out
    assert main(["evidence", "stops", str(log), "--statistics", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found and all(one["distance_m"]["greatest"] >= one["distance_m"]["p50"] for one in found)
    file = tmp_path / "stops.yaml"
    assert main(["evidence", "stops", str(log), "--feed", found[0]["robot"], str(file)]) == 0
    assert f"robot: {found[0]['robot']}" in file.read_text() and "stop.measured_file" in capsys.readouterr().out


def test_a_broken_log_feeds_nothing(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_bytes(log.read_bytes().replace(b'"distance_m":0.22', b'"distance_m":0.12'))
    file = tmp_path / "stops.yaml"
    assert main(["evidence", "stops", str(log), "--feed", "sim_wheeled", str(file)]) == 1
    assert not file.exists() and "nothing was written" in capsys.readouterr().err
