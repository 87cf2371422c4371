"""`port devices` on this machine: real pseudo-terminals, sockets and files behind the entries of a ground."""

import json
import os
import socket
from pathlib import Path

import pytest

from port_session.cli import main
from port_session.devices.entries import Entry
from port_session.devices.fit import Situation, fit
from port_session.devices.look import look
from port_sim.devices.pty_line import PtyLine

ROOT = Path(__file__).parents[3]


def found(address: str, driver: str, password_file: str = "") -> tuple[str, str, str]:
    """Problem, remedy and detail of one entry."""
    entry = Entry("one", "group.one.key", address, driver, password_file)
    (finding,) = fit([entry], look([entry]), Situation())
    return finding.problem, finding.remedy, finding.detail


def test_a_serial_port_is_absent_busy_or_free_and_is_never_opened(tmp_path: Path) -> None:
    assert "not plugged in" in found(str(tmp_path / "tty"), "sri_m8128")[0]
    (tmp_path / "tty").touch()
    assert "is no serial port" in found(str(tmp_path / "tty"), "sri_m8128")[0]
    for other in ("/dev/null", "/dev/tty"):
        assert found(other, "sri_m8128")[0] == f"{other} is no serial port", "whoever has it open"
    master, slave = os.openpty()
    name = os.ttyname(slave)
    assert f"in use by {Path('/proc/self/comm').read_text().strip()}" in found(name, "sri_m8128")[0]
    os.close(slave)
    assert found(name, "sri_m8128")[2] == f"{name}  pseudo-terminal  free"
    os.close(master)


def test_a_network_camera_answers_or_not_and_its_password_stays_hidden() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://admin:secret@127.0.0.1:{server.getsockname()[1]}/s"
        _, remedy, detail = found(address, "mjpeg_http")
        assert "answers" in detail and remedy.startswith("write group.one.user and group.one.password_file")
    problem, remedy, detail = found(address, "mjpeg_http")
    assert "refused" in problem and "group.one.key" in remedy and "secret" not in problem + remedy + detail


def test_a_network_cameras_password_file_is_looked_at_too(tmp_path: Path) -> None:
    file = tmp_path / "password"
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/s"
        problem, remedy, _ = found(address, "mjpeg_http", str(file))
        assert (problem, remedy) == (f"{file}: No such file or directory", "mend group.one.password_file")
        file.write_text("two\nlines")
        assert "holds more than one line" in found(address, "mjpeg_http", str(file))[0]
        file.write_text("secret\n")
        file.chmod(0o644)
        problem, remedy, _ = found(address, "mjpeg_http", str(file))
        assert not problem and remedy == f"{file} is open to other users (mode 0644); chmod 600 {file}"
        file.chmod(0o600)
        assert found(address, "mjpeg_http", str(file))[:2] == ("", "")


def test_an_address_that_can_be_none_is_said_and_knocked_at_nowhere() -> None:
    for address in ("http://admin:secret#x@cam/s", "http://cam:99999/", "rtsp://[::1/s", "udp://[::1]"):
        problem, remedy, _ = found(address, "mjpeg_http")
        assert problem and remedy == "correct group.one.key in the ground's file" and "secret" not in problem


def test_an_ipv6_sensor_is_reached() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sensor:
        sensor.bind(("::1", 0))
        assert "reached through ::1" in found(f"udp://[::1]:{sensor.getsockname()[1]}", "ati_rdt")[2]


def test_a_udp_sensor_is_left_alone() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sensor:
        sensor.bind(("127.0.0.1", 0))
        sensor.setblocking(False)
        detail = found(f"udp://127.0.0.1:{sensor.getsockname()[1]}", "ati_rdt")[2]
        assert "reached through 127.0.0.1" in detail
        with pytest.raises(BlockingIOError):
            sensor.recv(1)


def test_a_film_is_there_or_not(tmp_path: Path) -> None:
    assert "no such file" in found(str(tmp_path / "lane.avi"), "video_file")[0]
    (tmp_path / "lane.avi").touch()
    assert "a film" in found(str(tmp_path / "lane.avi"), "video_file")[2]


def test_the_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, runtime_root: Path) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["devices"]) == 0
    capsys.readouterr()
    assert main(["devices", "demo"]) == 0, "simulated devices are there once the session runs"
    assert "force_plate left" in capsys.readouterr().out
    assert main(["devices", "demo", "--json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert {"plugged", "entries", "unnamed"} == set(tree)
    assert {entry["name"] for entry in tree["entries"]} >= {"estop station_1", "camera overhead"}


def test_a_running_session_uses_its_own_devices(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    line = PtyLine(tmp_path / "left_plate")
    line.replug()
    plate = {"driver": "sri_m8128", "port": str(line.path)}
    ground = {"simulated": True, "estop": {}, "force_plates": {"left": plate}, "cameras": {}}
    record = {"session": "demo", "ground": ground, "pids": {"force_plates": os.getpid()}}
    monkeypatch.setattr("port_session.supervisor.runtime.running_sessions", lambda: [record])
    assert main(["devices"]) == 0
    listed, _, entries = capsys.readouterr().out.partition("\n\n")
    assert f"{line.path}  pseudo-terminal" in listed
    assert f"force_plate left  ok  {line.path}  pseudo-terminal  used by force_plates" in entries
    line.unplug()
    assert main(["devices"]) == 1
    assert "force_plate left  !!" in capsys.readouterr().out
