"""A session that runs is found, named and never spoken of as somebody who happens to listen on its ports."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from port_session.cli import main
from port_session.description.resolve import resolve
from port_session.supervisor.leases import Lease, session_lease_name
from port_session.supervisor.runtime import Runtime, running_sessions
from tests.scenarios.whole_session import Config

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch: pytest.MonkeyPatch, runtime_root: Path) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """The record of a session `demo` that this process holds."""
    runtime = Runtime(resolve("demo", out=tmp_path / "out"))
    runtime.write_record({"gate": os.getpid()})
    yield running_sessions()[0]
    runtime.release()


def test_it_is_named_before_its_ports_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = Config(tmp_path, "twice")
    runtime = Runtime(resolve(str(config.file), out=tmp_path / "out"))
    try:
        with socket.create_server(("127.0.0.1", config.dashboard_port)):
            assert main(["up", str(config.file)]) == 2
    finally:
        runtime.release()
    said = capsys.readouterr().err
    assert f"port: session twice runs already: pid {os.getpid()}, ROS domain {runtime.domain}, page http://" in said
    assert "port check" in said and f"kill -INT {os.getpid()}" in said
    assert "in use" not in said and "ss -ltnp" not in said


def test_a_port_of_another_session_is_told_as_that_sessions(
    runs: dict[str, Any], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The officers' page of the session `demo` listens where `annex` wants to."""
    with socket.create_server(("127.0.0.1", 0)) as page:
        number = page.getsockname()[1]
        for address in runs["addresses"]:
            address["port"] = number
        (Path(runs["run"]) / "session.json").write_text(json.dumps(runs))
        (tmp_path / "config" / "sessions").mkdir(parents=True)
        for kind in ("grounds", "robots", "trials"):
            (tmp_path / "config" / kind).symlink_to(ROOT / "config" / kind)
        text = (ROOT / "config/sessions/annex.yaml").read_text().replace("port: 8080", f"port: {number}")
        file = tmp_path / "config" / "sessions" / "annex.yaml"
        file.write_text(text)
        assert main(["up", str(file), "--out", str(tmp_path / "annex")]) == 2
    said = capsys.readouterr().err
    assert f"TCP 127.0.0.1:{number} is used by the session demo, which runs here; end that session, or set" in said
    assert "ss -ltnp" not in said


@pytest.fixture
def left(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of a session whose supervisor and guardian are gone."""
    resolved = resolve("demo", out=tmp_path / "out")
    runtime = Runtime(resolved)
    environment = {**os.environ, "PORT_SESSION_MARK": "7-7"}
    process = subprocess.Popen([sys.executable, "-ISc", "import time; time.sleep(600)"], env=environment)
    runtime.write_record({"gate": process.pid, "estop": os.getpid()}, mark="7-7")
    runtime._session_lease.release()
    yield process
    process.kill()
    process.wait()


def test_what_was_left_alone_is_found_and_not_started_over(
    left: "subprocess.Popen[bytes]", capsys: pytest.CaptureFixture[str]
) -> None:
    assert [record["session"] for record in running_sessions()] == ["demo"]
    assert main(["up", "demo"]) == 2
    said = capsys.readouterr().err
    assert f"session demo is still ending, its supervisor was killed: gate {left.pid};" in said
    left.kill()
    left.wait()
    assert running_sessions() == [], "a process that carries no mark of it is not of it"


def test_a_name_that_is_held_without_a_record_is_being_started(capsys: pytest.CaptureFixture[str]) -> None:
    lease = Lease(session_lease_name(resolve("demo").run))
    try:
        with pytest.raises(Exception, match="session demo is being started, or has not quite ended"):
            Runtime(resolve("demo"))
    finally:
        lease.release()
