"""The `port` command: what people type wrongly gets one line and exit code 2, and help is there at once."""

import json
import os
import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from port_session.cli import ELSEWHERE, main

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch: pytest.MonkeyPatch, runtime_root: Path) -> None:
    monkeypatch.chdir(ROOT)


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    return captured.err


def test_help_names_every_command_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    text = capsys.readouterr().out
    assert ended.value.code == 0
    for command in ("up", "check", "describe", "session", "evidence", "sim", "demo", "report"):
        assert f"\n  port {command} " in text or f"\n  port {command}\n" in text


def test_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0 and capsys.readouterr().out == f"port {version('port_session')}\n"


def test_help_needs_nothing_that_is_slow_to_import() -> None:
    code = "import sys; from port_session.cli import main\ntry: main(['--help'])\nfinally: print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    slow = {"rclpy", "yaml", "msgspec", "numpy", "port_sim"}
    assert not slow & set(modules.split()), "these take longer to import than help may take to appear"


@pytest.mark.parametrize("words", [["up", "nosuch"], ["describe", "nosuch"], ["check", "nosuch"], ["up", "a/b.yaml"]])
def test_unknown_session(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert "no session" in refused(capsys, *words) or "no such" in refused(capsys, *words)


@pytest.mark.parametrize("words", [["check"], ["session", "state"], ["session", "arm", "--session", "demo"]])
def test_nothing_runs(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert "no session runs on this machine; start one: port up SESSION" in refused(capsys, *words)


@pytest.mark.parametrize("words", [[], ["fly"], ["up"], ["up", "demo", "--domain", "x"], ["session", "fly"]])
def test_wrong_words(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_describe(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "demo"]) == 0
    assert "port_safety/gate_node" in capsys.readouterr().out
    assert main(["describe", "demo", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["processes"][0]["name"] == "ground"


def test_port_in_use_is_named_with_key_and_remedy(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        (tmp_path / "config").mkdir()
        for kind in ("grounds", "robots", "trials"):
            (tmp_path / "config" / kind).symlink_to(ROOT / "config" / kind)
        text = (ROOT / "config/sessions/demo.yaml").read_text().replace("port: 8080", f"port: {number}")
        (tmp_path / "config" / "sessions").mkdir()
        file = tmp_path / "config" / "sessions" / "demo.yaml"
        file.write_text(text)
        assert main(["up", str(file), "--out", str(tmp_path / "out")]) == 2
        error = capsys.readouterr().err
        assert f"port: dashboard.port: TCP 127.0.0.1:{number} is in use" in error and "free port" in error
        assert main(["check", str(file), "--json"]) == 1
        findings = {finding["name"]: finding for finding in json.loads(capsys.readouterr().out)}
        assert not findings["dashboard.port"]["ok"] and findings["dashboard.port"]["remedy"]
    assert not (tmp_path / "out").exists()


def test_missing_broker_is_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *args, **how: None)
    assert main(["up", "demo"]) == 2
    assert "mosquitto is not installed; apt-get install mosquitto" in capsys.readouterr().err


def test_a_part_that_is_not_installed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ELSEWHERE, "sim", ("port_nowhere.cli", ""))
    assert "`port sim` needs port_nowhere.cli" in refused(capsys, "sim", "estop", "press")


def test_ros_is_found_in_a_virtual_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AMENT_PREFIX_PATH", raising=False)
    assert main(["describe", "demo"]) == 0
    if (Path(sys.prefix) / "share" / "ament_index").is_dir():
        assert os.environ["AMENT_PREFIX_PATH"] == sys.prefix
