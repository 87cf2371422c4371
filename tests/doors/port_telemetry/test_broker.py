"""The embedded broker keeps its files private and says what hinders it."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from port_telemetry.mqtt import broker, tenancy
from port_telemetry.mqtt.target import Target
from port_telemetry.mqtt.tenancy import Tenants, access_list


def test_files_are_private_and_passwords_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "broker"
    broker.prepare(folder, "127.0.0.1", 1883)
    before = (folder / "edge.password").read_text()
    broker.prepare(folder, "127.0.0.1", 1883)
    assert (folder / "edge.password").read_text() == before
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert before.strip() not in (folder / "passwords").read_text()


def test_nobody_reads_without_login_beyond_this_machine(tmp_path: Path) -> None:
    assert "allow_anonymous true" in broker.configuration(tmp_path, "127.0.0.1", 1, False)
    assert "allow_anonymous false" in broker.configuration(tmp_path, "0.0.0.0", 1, False)  # noqa: S104
    assert "user root" not in broker.configuration(tmp_path, "::1", 1, False)
    assert "user root" in broker.configuration(tmp_path, "::1", 1, True)


@pytest.mark.parametrize("host", ["", "127.0.0.1 0.0.0.0", "a\nallow_anonymous true"])
def test_a_host_that_would_be_read_as_something_else_is_refused(tmp_path: Path, host: str) -> None:
    tenants = Tenants("hall", ["edge-1"], [])
    for write in (broker.configuration, tenancy.configuration):
        with pytest.raises(ValueError, match="is no host"):
            write(tmp_path, host, 1, False)
        with pytest.raises(ValueError, match="such a folder"):
            write(tmp_path / "a\nlistener 1", "127.0.0.1", 1, False)
    assert access_list(tenants)
    for name in ("a\n", "a\ntopic readwrite #", "a b"):
        with pytest.raises(ValueError, match="is no name"):
            Tenants("hall", [name], [])


def run(tmp_path: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "port_telemetry.mqtt.broker", "--config-dir", str(tmp_path / "b"), *args]
    return subprocess.run(command, env=os.environ.copy(), capture_output=True, text=True, timeout=300)


def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        ended = run(tmp_path, "--port", str(other.getsockname()[1]), "--ros-args", "-r", "a:=b")
    assert ended.returncode == 2
    assert "is in use" in ended.stderr and ended.stderr.count("\n") == 1


def test_a_missing_program_is_said_with_its_remedy() -> None:
    with pytest.raises(broker.CannotStart, match="apt-get install"):
        broker.program("mosquitto-that-does-not-exist")


@pytest.mark.parametrize("changed", [{"site": "a/b"}, {"edge": "#"}, {"session": ""}, {"port": 0}])
def test_a_target_refuses_what_is_no_topic(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(changed))):
        Target(**{"host": "h", "port": 1, "site": "s", "edge": "e", "session": "x", **changed})  # type: ignore[arg-type]
