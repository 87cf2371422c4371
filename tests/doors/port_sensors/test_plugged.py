"""What is plugged in, found in trees of names as udev and sysfs make them; and who holds a port, without opening it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from serial.tools.list_ports_common import ListPortInfo

from port_sensors.transport.holders import holders
from port_sensors.transport.plugged import NEITHER, SERIAL, VIDEO, device_at, serial_ports, video_devices


def adapter(dev: Path, name: str, manufacturer: str | None, product: str | None) -> ListPortInfo:
    node = dev / name
    node.touch()
    info = ListPortInfo(str(node))
    info.manufacturer, info.product, info.vid, info.pid = manufacturer, product, 0x0403, 0x6001
    return info


def link(place: Path, target: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)


def test_serial_ports_have_their_lasting_names(tmp_path: Path) -> None:
    ports = [adapter(tmp_path, "ttyUSB1", "FTDI", "FT232R"), adapter(tmp_path, "ttyUSB0", None, "USB Serial")]
    ports.append(adapter(tmp_path, "ttyUSB2", None, None))
    link(tmp_path / "serial/by-id/usb-FTDI_A1", tmp_path / "ttyUSB1")
    link(tmp_path / "serial/by-path/pci-1", tmp_path / "ttyUSB1")
    link(tmp_path / "serial/by-path/pci-2", tmp_path / "ttyUSB0")
    found = {Path(one.node).name: one for one in serial_ports(ports, tmp_path)}
    assert found["ttyUSB1"].path.endswith("by-id/usb-FTDI_A1")
    assert found["ttyUSB0"].path.endswith("by-path/pci-2"), "two adapters of one name have only their places"
    assert found["ttyUSB2"].path == found["ttyUSB2"].node
    assert (found["ttyUSB1"].label, found["ttyUSB1"].usb, found["ttyUSB1"].kind) == ("FTDI FT232R", "0403:6001", SERIAL)
    assert found["ttyUSB2"].label == ""


def test_cameras_are_listed_by_the_node_that_gives_pictures(tmp_path: Path) -> None:
    for number, index in ((0, "0"), (1, "1")):
        folder = tmp_path / "sys" / f"video{number}"
        folder.mkdir(parents=True)
        (folder / "name").write_text("HD Camera\n")
        (folder / "index").write_text(f"{index}\n")
        (tmp_path / f"video{number}").touch()
    link(tmp_path / "v4l/by-id/usb-Cam-video-index0", tmp_path / "video0")
    (camera,) = video_devices(tmp_path / "sys", tmp_path)
    assert (camera.kind, camera.label) == (VIDEO, "HD Camera")
    assert camera.path.endswith("usb-Cam-video-index0") and camera.node.endswith("/video0")
    assert video_devices(tmp_path / "none", tmp_path) == []


def test_a_path_leads_to_a_device_or_to_something_else(tmp_path: Path) -> None:
    master, slave = os.openpty()
    link(tmp_path / "left_plate", Path(os.ttyname(slave)))
    (tmp_path / "file").touch()
    found, file = device_at(str(tmp_path / "left_plate")), device_at(str(tmp_path / "file"))
    assert found and (found.kind, found.label, found.node) == (SERIAL, "pseudo-terminal", os.ttyname(slave))
    assert file and file.kind == NEITHER
    os.close(slave)
    os.close(master)
    assert device_at(str(tmp_path / "left_plate")) is None


@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero", "/dev/tty"])
def test_a_device_that_is_no_port_of_anybodys_is_none(path: str) -> None:
    found = device_at(path)
    assert found and found.kind == NEITHER


def test_who_has_a_port_open_is_found_through_any_of_its_names(tmp_path: Path) -> None:
    master, slave = os.openpty()
    node = os.ttyname(slave)
    link(tmp_path / "name", Path(node))
    os.close(slave)
    assert holders([node]) == {node: ()}
    code = f"import serial; port = serial.Serial({node!r}, exclusive=True); print(1, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        by_name = holders([str(tmp_path / "name")])[str(tmp_path / "name")]
        assert [holder.pid for holder in by_name] == [other.pid]
        assert f"(process {other.pid})" in str(by_name[0])
        other.communicate()
    os.close(master)


def test_a_locked_port_names_its_owner_even_where_open_files_cannot_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import port_sensors.transport.holders as module

    file = tmp_path / "port"
    code = f"import fcntl; f = open({str(file)!r}, 'w'); fcntl.flock(f, fcntl.LOCK_EX); print(1, flush=True); input()"
    monkeypatch.setattr(module, "_add_open", lambda pids: None)
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert [holder.pid for holder in holders([str(file)])[str(file)]] == [other.pid]
        other.communicate()
