"""The serial port on pseudo-terminals: absent, busy, denied and lost are told apart, each with its remedy."""

import errno
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from port_sensors.transport.serial_port import LinkLost, PortAbsent, PortBusy, PortDenied, SerialPort
from port_sim.devices.pty_line import PtyLine


@pytest.fixture
def line(tmp_path: Path) -> Iterator[PtyLine]:
    line = PtyLine(tmp_path / "line")
    line.replug()
    yield line
    line.unplug()


def test_reads_and_writes(line: PtyLine) -> None:
    port = SerialPort(str(line.path), 921600)
    line.write(b"\x00\x11\x13\x0a\x0d\xff")
    assert port.read(1.0) == b"\x00\x11\x13\x0a\x0d\xff"
    assert port.read(0.0) == b""
    port.write(b"AT+GSD\r\n")
    assert line.read() == b"AT+GSD\r\n"
    port.close()


def test_a_read_that_waits_can_be_woken(line: PtyLine) -> None:
    port = SerialPort(str(line.path), 921600)
    reader = threading.Timer(0.05, port.wake)
    reader.start()
    assert port.read(60.0) == b""
    reader.join()
    line.write(b"x")
    port.wake()
    assert port.read(60.0) == b"x", "being woken loses nothing"
    assert port.read(0.0) == b""
    port.close()


def test_opening_and_closing_leaves_no_descriptor(line: PtyLine) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        port = SerialPort(str(line.path), 921600)
        port.close()
        port.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_absent(tmp_path: Path) -> None:
    with pytest.raises(PortAbsent, match="no such port: plug the device in"):
        SerialPort(str(tmp_path / "none"), 9600)


def test_busy_names_the_process_that_has_it(line: PtyLine) -> None:
    code = f"import serial; port = serial.Serial({str(line.path)!r}, exclusive=True); print(1, flush=True); input()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, stderr=pipe) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(PortBusy, match=rf"already open by .*process {other.pid}"):
            SerialPort(str(line.path), 9600)
        other.communicate()


def test_permission_denied(line: PtyLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise serial.SerialException(errno.EACCES, "could not open port")

    monkeypatch.setattr(serial, "Serial", refuse)
    with pytest.raises(PortDenied, match="group dialout"):
        SerialPort(str(line.path), 9600)


def test_not_a_serial_port(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"")
    with pytest.raises(LinkLost, match="serial port"):
        SerialPort(str(path), 9600)


def test_a_pulled_cable_is_an_error_in_every_call(line: PtyLine) -> None:
    port = SerialPort(str(line.path), 9600)
    line.unplug()
    with pytest.raises(LinkLost, match="plug the cable in"):
        port.read(1.0)
    with pytest.raises(LinkLost):
        port.write(b"x")
    with pytest.raises(LinkLost):
        port.discard_input()
    port.close()
    port.close()


def test_closing_leaves_no_file_open(line: PtyLine) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    SerialPort(str(line.path), 9600).close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
