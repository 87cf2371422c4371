"""What people do with a session that is over: on its folder, line by line, and nothing that stood there changes."""

import json
from pathlib import Path
from typing import Any

import pytest

from port_ros.session_states import State
from port_session.cli import main
from port_session.session.afterwards import CannotTakeUp, StoredSession
from port_session.session.log import EventLog, event_document, write_json
from port_session.session.machine import Session

END_NS = 50_000_000_000


class Clock:
    def __init__(self) -> None:
        self.ns = 0

    def __call__(self) -> int:
        self.ns += 1_000_000_000
        return self.ns


def leave(out: Path, *commands: str, document: dict[str, Any] | None = None) -> None:
    """What the session's node leaves behind in `out` after `commands`."""
    one, log = Session(Clock(), runs_asked=2), EventLog(out / "events.jsonl")
    for command in commands:
        event = one.apply(command, "operator")
        more: dict[str, Any] = {"outcome": {"reached": True}} if command in ("end_run", "finish") else {}
        log.append("session", **event_document(event), **more)
    log.close()
    if document is not None:
        write_json(out / "session.json", {**document, "state": one.state.name, "runs_asked": 2})


def stored(out: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((out / "session.json").read_text())
    return document


FINISHED = ("admit", "arm", "start", "end_run", "arm", "start", "finish")


def test_a_run_is_made_void_and_the_session_reviewed_line_by_line(tmp_path: Path) -> None:
    leave(tmp_path, *FINISHED, document={"session": "demo", "people": {"operator": "王芳"}})
    before = (tmp_path / "events.jsonl").read_bytes()
    one = StoredSession(tmp_path, lambda: END_NS)
    assert one.apply("void_run", "陈伟", "the plate was knocked", 1).accepted
    assert one.apply("review", "陈伟", "seen all").accepted
    after = (tmp_path / "events.jsonl").read_bytes()
    assert after.startswith(before) and len(after.splitlines()) == len(before.splitlines()) + 2
    document = stored(tmp_path)
    assert (document["state"], document["people"]) == ("REVIEWED", {"operator": "王芳"})
    assert [(run["number"], run["counts"], run["void"]) for run in document["runs"]] == [
        (1, False, "the plate was knocked"), (2, True, ""),
    ]  # fmt: skip
    assert document["runs"][1]["outcome"] == {"reached": True}
    last = document["history"][-1]
    assert (last["command"], last["by"], last["reason"], last["stamp_ns"]) == ("review", "陈伟", "seen all", END_NS)


def test_what_is_not_possible_is_refused_and_the_refusal_is_kept(tmp_path: Path) -> None:
    leave(tmp_path, *FINISHED, document={})
    one = StoredSession(tmp_path, lambda: END_NS)
    refused = one.apply("seal", "officer", "")
    assert not refused.accepted and "seal is not possible while completed" in refused.reason
    assert "what can be done is void_run, review, seal" in one.apply("arm", "officer", "").reason
    assert one.apply("review", "officer", "").accepted
    assert "void_run is not possible while reviewed" in one.apply("void_run", "officer", "too late", 1).reason
    assert stored(tmp_path)["state"] == "REVIEWED" and len(stored(tmp_path)["history"]) == len(FINISHED) + 4


def test_a_session_that_nobody_ended_is_aborted_first(tmp_path: Path) -> None:
    """All was killed while the robot drove: no session.json, and a log that ends in RUNNING, its last line torn."""
    leave(tmp_path, "admit", "arm", "start")
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(b'{"stream": "session", "stamp_ns": 12')
    one = StoredSession(tmp_path, lambda: END_NS)
    assert one.session.state is State.ABORTED
    assert one.apply("review", "officer", "a power cut").accepted
    commands = [event["command"] for event in stored(tmp_path)["history"]]
    assert commands == ["admit", "arm", "start", "stop", "abort", "review"]
    assert stored(tmp_path)["runs"][0]["ended_ns"] == END_NS
    again = StoredSession(tmp_path, lambda: END_NS)
    assert again.session.state is State.REVIEWED, "the torn line is not glued to the next"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("events.jsonl", None, "holds no events.jsonl: name the folder of a session's evidence"),
        ("session.json", "{", "session.json is no whole JSON"),
        ("session.json", "[1]", "session.json holds no session"),
        ("events.jsonl", '{"stream": "session", "before": "X"}\n', "no event of a session: KeyError"),
    ],
)
def test_a_folder_that_cannot_be_taken_up_is_named(
    tmp_path: Path, name: str, text: str | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    leave(tmp_path, *FINISHED, document={})
    if text is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(text)
    with pytest.raises(CannotTakeUp, match=said):
        StoredSession(tmp_path, lambda: END_NS)
    assert main(["session", "review", str(tmp_path), "--by", "officer"]) == 2
    assert said in capsys.readouterr().err


def test_the_command_line_reviews_voids_and_tells_who(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leave(tmp_path, *FINISHED, document={"session": "demo", "robot": "sim_wheeled"})
    assert main(["session", "void_run", str(tmp_path), "--run", "2", "--note", "wind", "--by", "李"]) == 0
    assert main(["session", "void_run", str(tmp_path), "--run", "2", "--by", "李"]) == 1
    assert "run 2 is void already: wind" in capsys.readouterr().err
    assert main(["session", "review", str(tmp_path), "--by", "李", "--note", "seen"]) == 0
    capsys.readouterr()
    assert main(["session", "show", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("demo: REVIEWED\n  robot sim_wheeled\n  people: nobody is named\n")
    assert "run 2: 1.0 s, goal reached, void: wind" in said and "REFUSED void_run" in said and "李: seen" in said
