"""The `port` command: what people type wrongly gets one line and exit code 2, and help is there at once."""

import json
import os
import shutil
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


@pytest.mark.parametrize(
    ("words", "file"),
    [
        (("evidence", "verify", "/nosuch"), "/nosuch"),
        (("evidence", "stops", "/nosuch"), "/nosuch"),
        (("telemetry", "verify", "safety/event", "--store", "/nosuch", "--edge-key", "no.pub"), "no.pub"),
        (("open", "samples", "--key", "no.key"), "no.key"),
        (("report", "demo", "--ground", "no.yaml"), "no.yaml"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_a_file_that_is_not_there_is_named_by_every_command_in_the_same_way(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], file: str
) -> None:
    said = refused(capsys, *words)
    assert said.startswith(f"port: {file}: ") and "Errno" not in said


@pytest.mark.parametrize("words", [["state"], ["--session", "nosuch", "status"]], ids=["session", "sim"])
def test_that_no_session_runs_is_told_by_every_command_in_the_same_way(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    command = "sim" if "status" in words else "session"
    assert refused(capsys, command, *words) == "port: no session runs on this machine; start one: port up SESSION\n"


PRINTING = (["describe", "demo"], ["--help"], ["evidence", "--help"], ["sim", "--help"], ["describe", "demo", "--json"])


def port(words: list[str], out: int) -> subprocess.CompletedProcess[str]:
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        [sys.executable, "-m", "port_session.cli", *words], stdout=out, stderr=subprocess.PIPE, env=buffered, text=True,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize("words", PRINTING, ids=" ".join)
def test_output_that_cannot_be_written_is_told_on_one_line(words: list[str]) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    done = port(words, full)
    os.close(full)
    assert (done.returncode, done.stderr) == (1, "port: the output cannot be written: No space left on device\n")


@pytest.mark.parametrize("words", PRINTING, ids=" ".join)
def test_a_reader_that_has_gone_ends_the_command_as_any_other(words: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = port(words, writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


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


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("/etc/passwd", "expected keys and values, got text"), ("nosuch", "no session 'nosuch'"),
        ("a" * 5000, "no session is called"), ("\x1b[31m", "no session is called"), ("/dev/zero", "is a device"),
        ("config/robots/sim_wheeled.yaml", "this is the file of a robot, not of a session; it is checked with"),
        ("config/grounds/hall_lane.yaml", "this is the file of a ground, not of a session; it is checked with"),
        ("config/trials/lane_drive.yaml", "this is the file of a trial, not of a session; it is checked with"),
    ],
)  # fmt: skip
def test_what_is_no_session_is_said_to_be_none_and_not_shown(
    capsys: pytest.CaptureFixture[str], name: str, says: str
) -> None:
    error = refused(capsys, "check", name)
    assert says in error and "root:" not in error and len(error) < 400
    assert "nosuch.yaml" not in error, "nobody wrote that"


def test_no_login_of_a_camera_is_described(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    ground = tmp_path / "config" / "grounds" / "hall_lane.yaml"
    address = "http://port:s3cr3tpw@127.0.0.1:8088/overhead.mjpg?token=s3cr3tpw&auth=s3cr3tpw&sid=s3cr3tpw"
    ground.write_text(ground.read_text().replace("http://127.0.0.1:8088/overhead.mjpg", address))
    session = str(tmp_path / "config" / "sessions" / "demo.yaml")
    for words in (("describe", session), ("describe", session, "--json"), ("check", session), ("devices", session)):
        main(words)
        said = capsys.readouterr()
        assert "demo" in said.out or "overhead" in said.out, words
        assert "s3cr3tpw" not in said.out + said.err, words


def test_an_address_with_a_login_that_two_cameras_have(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    ground = tmp_path / "config" / "grounds" / "hall_lane.yaml"
    text = ground.read_text().replace("http://127.0.0.1:8088/", "http://port:s3cr3tpw@127.0.0.1:8088/")
    block = text[text.index("  overhead:") : text.index("floor_tags:")]
    ground.write_text(text.replace("floor_tags:", block.replace("overhead:", "second:") + "floor_tags:", 1))
    error = refused(capsys, "check", str(tmp_path / "config" / "sessions" / "demo.yaml"))
    assert "is the device of cameras.overhead.address already" in error and "s3cr3tpw" not in error


@pytest.mark.parametrize("home", [None, "gone"])
def test_ros_starts_for_a_service_without_a_home(home: str | None, ros_domain: int, tmp_path: Path) -> None:
    given = {key: value for key, value in os.environ.items() if key not in ("HOME", "ROS_LOG_DIR", "ROS_HOME")}
    code = "from port_session.cli import _find_ros; _find_ros(); import rclpy; rclpy.init(); rclpy.shutdown()"
    words = [sys.executable, "-c", code]
    env = given | ({} if home is None else {"HOME": str(tmp_path / home)})
    ended = subprocess.run(words, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    assert not (tmp_path / "gone").exists(), "rclpy would make it where it may"


@pytest.mark.parametrize("words", [("safety", "override", "separation", "--why"), ("session", "halt", "--note")])
def test_a_text_that_is_too_long_for_evidence(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words, "x" * 100_000])
    assert ended.value.code == 2 and "at most 400 characters, got 100000" in capsys.readouterr().err
