"""The catalogue of sessions: where the evidence of each lies, told from its folder as it is now."""

import json
from pathlib import Path
from typing import Any

import pytest

from port_session.cli import main
from port_session.description.resolve import resolve
from port_session.session.catalogue import Catalogue, Entry, look
from port_session.supervisor.runtime import DESCRIPTION, Runtime

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _own_catalogue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def entry(out: Path, started_ns: int, **changes: str) -> Entry:
    words = {"session": "demo", "ground": "hall", "robot": "r", "team": "blue", "trial": "t", "kind": "test", **changes}
    return Entry(str(out), started_ns, **words)


def folder(out: Path, **document: Any) -> Path:
    out.mkdir(parents=True)
    (out / "session.json").write_text(json.dumps(document))
    (out / "stops.jsonl").write_text('{"kind": "stop_began"}\n{"kind": "stop"}\n{"kind": "armed"}\n')
    return out


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    assert main(["session", "list", "--json", *words]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_sessions_are_told_from_their_folders_and_filtered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [{"counts": True}, {"counts": False}]
    one = folder(tmp_path / "one", state="SEALED", runs=runs, runs_asked=2, outcome={"reached": True})
    two = folder(tmp_path / "two", state="COMPLETED")
    catalogue = Catalogue(tmp_path / "state" / "port" / "sessions.sqlite")
    catalogue.remember(entry(two, 20, team="red"))
    catalogue.remember(entry(one, 10))
    catalogue.remember(entry(tmp_path / "three", 30))
    found = listed(capsys)
    assert [(one["session"], one["state"], one["runs"], one["counting"], one["stops"]) for one in found] == [
        ("demo", "SEALED", 2, 1, 1), ("demo", "COMPLETED", 0, 0, 1), ("demo", "GONE", 0, 0, 0),
    ]  # fmt: skip
    assert found[0]["bytes"] == sum(file.stat().st_size for file in one.iterdir()) and found[0]["reached"]
    assert [one["team"] for one in listed(capsys, "--team", "red")] == ["red"]
    assert [one["out"] for one in listed(capsys, "--state", "sealed")] == [str(one)]
    assert listed(capsys, "--since", "2026-01-01") == []
    assert len(listed(capsys, "--forget-gone")) == 2 and len(listed(capsys)) == 2
    assert main(["session", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["started", "session", "robot"] and lines[-1].startswith("2 sessions, ")


def test_an_empty_catalogue_says_how_to_fill_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["session", "list"]) == 0
    assert "take in a folder by --add DIR" in capsys.readouterr().out
    assert main(["session", "list", "--add", str(tmp_path)]) == 2
    assert f"{tmp_path} holds no {DESCRIPTION}" in capsys.readouterr().err
    assert main(["session", "show", "demo"]) == 2
    assert "demo is no folder of a session's evidence, nor a session" in capsys.readouterr().err


def test_a_session_that_starts_is_in_it_and_stays_in_it_when_the_next_one_makes_its_folder_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, runtime_root: Path
) -> None:
    monkeypatch.chdir(ROOT)
    for _ in range(2):
        runtime = Runtime(resolve("demo", out=tmp_path / "out"))
        assert runtime.catalogue_problem == ""
        runtime.release()
    first, second = listed(capsys)
    assert second["out"] == str(tmp_path / "out") and first["out"].startswith(f"{tmp_path / 'out'}.")
    assert (first["robot"], first["kind"], first["state"]) == ("sim_wheeled", "test", "UNFINISHED")
    other = tmp_path / "copied"
    (tmp_path / "out").rename(other)
    added = {one["out"]: one["state"] for one in listed(capsys, "--add", str(other))}
    assert added == {first["out"]: "UNFINISHED", str(tmp_path / "out"): "GONE", str(other): "UNFINISHED"}


def test_a_session_starts_without_a_catalogue_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runtime_root: Path
) -> None:
    monkeypatch.chdir(ROOT)
    (tmp_path / "state").write_text("a file where a folder should be")
    runtime = Runtime(resolve("demo", out=tmp_path / "out"))
    runtime.release()
    assert runtime.catalogue_problem.startswith("`port session list` will not know of it: ")


def test_a_damaged_folder_is_unfinished(tmp_path: Path) -> None:
    for text in ("", "[]", "{", '{"runs": 1, "outcome": [], "state": 3, "runs_asked": "x"}'):
        (tmp_path / "session.json").write_text(text)
        assert look(tmp_path).state == "UNFINISHED"


def test_a_session_is_booked_by_one_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config").mkdir()
    for kind in ("grounds", "robots", "trials"):
        (tmp_path / "config" / kind).symlink_to(ROOT / "config" / kind)
    monkeypatch.chdir(tmp_path)
    words = ["--ground", "hall_lane", "--robot", "sim_wheeled", "--team", "blue"]
    assert main(["session", "new", "morning", *words, "--trial", "lane_drive", "--operator", "王芳"]) == 0
    assert "next: port check config/sessions/morning.yaml" in capsys.readouterr().out
    session = next(one for one in resolve("morning").processes if one.name == "session")
    assert session.parameters["people"] == {"operator": "王芳"} and session.parameters["runs"] == 1
    assert main(["session", "new", "morning", *words, "--trial", "lane_drive"]) == 2
    assert main(["session", "new", "noon", *words, "--trial", "lane_dive"]) == 2
    said = capsys.readouterr().err
    assert "morning.yaml exists" in said and "lane_drive" in said
    assert not Path("config/sessions/noon.yaml").exists(), "what cannot be resolved is not left behind"
    assert main(["session", "new", "../noon", *words, "--trial", "lane_drive"]) == 2
