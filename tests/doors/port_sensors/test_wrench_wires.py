"""The driver against the simulated device at its wire, a pseudo-terminal or UDP; every sample accounted for."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from port_sensors.core.accounting import Run
from port_sensors.drivers.wrench_sensor import WrenchSensor
from port_sensors.protocol.wrench_protocol import SATURATED, Batch
from port_sim.devices.pty_line import PtyLine
from port_sim.devices.udp_line import UdpLine
from port_sim.devices.wrench_device import WrenchDevice, recorded
from tests.waiting import wait_until
from tests.wires import WIRES, Wire, samples_of, settle

every = pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)
counted = pytest.mark.parametrize("wire", [wire for wire in WIRES if wire.protocol().turn], ids=lambda wire: wire.name)


class Rig:
    """Device, driver and what came through."""

    def __init__(self, wire: Wire, folder: Path) -> None:
        self.wire = wire
        port = f"udp://127.0.0.1:{free_port()}" if wire.name == "ati_rdt" else str(folder / "line")
        self.device: WrenchDevice = wire.device(port)
        self.device.start()
        self.driver = WrenchSensor("left", port, 921600, wire.protocol())
        self.driver.start()
        self.runs: list[Run] = []

    def received(self) -> int:
        self.runs += [delivery.run for delivery in self.driver.drain()]
        return sum(len(run.wrench) for run in self.runs)

    def wait_for(self, samples: int) -> None:
        goal = self.received() + samples
        wait_until(lambda: self.received() >= goal, what=f"{samples} samples; {self.driver.link}")

    def sent(self) -> int:
        return int(self.device.counts()["sent"])

    def end(self) -> None:
        """The device falls silent, what it has sent is read, then the driver ends."""
        settle(self.device, self.driver)
        self.driver.close()
        self.received()

    def close(self) -> None:
        self.driver.close()
        self.device.close()


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Callable[[Wire], Rig]]:
    made: list[Rig] = []

    def make(wire: Wire) -> Rig:
        made.append(Rig(wire, tmp_path))
        return made[-1]

    yield make
    for one in made:
        one.close()


def assert_the_recording(rig: Rig, first: int) -> None:
    """Each sample is the recording's at its index, within what the wire can say; what saturates says so."""
    for run in rig.runs:
        numbers = np.arange(run.first_index, run.first_index + len(run.wrench)) + first
        good = (run.status & SATURATED) == 0
        sent = recorded("left", numbers, rig.wire.rate_hz)
        inside = good & (np.abs(run.wrench - sent).max(axis=1) < 500) if rig.wire.resolution else good
        assert inside.any() and rig.wire.close_to(run.wrench[inside], sent[inside])


@every
def test_configured_started_streamed_and_stopped_in_order(wire: Wire, rig: Callable[[Wire], Rig]) -> None:
    assert any(streamed_and_stopped(rig(wire)) for _ in range(5))


def streamed_and_stopped(bench: Rig) -> bool:
    """Whether all that was sent was read: a simulated device that is held up hears the stop too late."""
    bench.wait_for(round(bench.wire.rate_hz * 0.5))
    assert bench.driver.link.up
    bench.driver.close()
    bench.received()
    wait_until(lambda: not bench.device.streaming, what="the device is quiet")
    bench.device.close()
    totals = bench.driver.totals
    assert bench.driver.rejected_bytes == 0
    assert sum(run.lost_before for run in bench.runs) == totals.lost
    assert not (bench.wire.protocol().turn and totals.lost), "only who counts nothing may take a pause for a loss"
    return totals.received == bench.sent()


@counted
def test_every_sample_is_the_recordings(wire: Wire, rig: Callable[[Wire], Rig]) -> None:
    bench = rig(wire)
    bench.wait_for(round(wire.rate_hz * 0.5))
    bench.driver.close()
    bench.received()
    # The device counts from when the ground was switched on, Bota by its clock; our index begins with the first sample.
    assert_the_recording(bench, bench.device.first_number - bench.runs[0].first_index)


@counted
@pytest.mark.parametrize("script", ["lose 0.01", "duplicate 0.02", "truncate 0.01", "drop 3e-4", "garbage 3e-4"])
def test_received_and_reported_lost_make_up_what_was_sent(wire: Wire, rig: Callable[[Wire], Rig], script: str) -> None:
    bench = rig(wire)
    bench.wait_for(100)
    bench.device.faults.run(script)
    wait_until(lambda: bench.device.faults.count > 5, what="faults")
    bench.device.faults.run("off")
    bench.wait_for(100)
    bench.end()
    totals, counts = bench.driver.totals, bench.device.counts()
    assert totals.received + totals.lost == counts["sent"] + counts["unsent"]
    assert totals.received == bench.received()
    assert totals.restarts == 0
    assert (totals.lost == 0) == script.startswith("duplicate")


@every
def test_a_pulled_cable_is_mended(wire: Wire, rig: Callable[[Wire], Rig]) -> None:
    bench = rig(wire)
    bench.wait_for(20)
    bench.device.unplug()
    if wire.name != "ati_rdt":
        wait_until(lambda: not bench.driver.link.up, what="the loss is noticed")
    bench.device.replug()
    bench.wait_for(50)
    assert bench.driver.link.up


def test_datagrams_from_another_port_are_not_the_sensors(rig: Callable[[Wire], Rig]) -> None:
    bench = rig(WIRES[5])
    bench.wait_for(20)
    line = bench.device._line
    assert isinstance(line, UdpLine) and line._peer is not None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for frame in WIRES[5].frames(samples_of(200), first=10**6):
            stranger.sendto(frame, line._peer)
    bench.wait_for(100)
    bench.driver.close()
    totals = bench.driver.totals
    assert (totals.received + totals.lost, totals.duplicates, totals.restarts) == (bench.sent(), 0, 0)
    assert (totals.lost, bench.driver.rejected_bytes) == (0, 0)


def test_a_refused_setting_says_what_was_refused(rig: Callable[[Wire], Rig]) -> None:
    bench = rig(Wire("sri_m8128", 9000.0))
    wait_until(lambda: "SMPF=9000 refused" in bench.driver.link.reason, what="the refusal")


def test_a_box_that_streams_already_and_refuses_every_setting_is_never_up(tmp_path: Path) -> None:
    wire, line = WIRES[0], PtyLine(tmp_path / "line")
    line.replug()
    frames, asked, was_up = b"".join(wire.frames(samples_of(20))), list[bytes](), list[bool]()
    driver = WrenchSensor("left", str(line.path), 921600, wire.protocol())

    def stream_and_refuse() -> bool:
        line.write(frames)
        for command in line.read().split(b"\r\n"):
            if command.startswith(b"AT+"):
                asked.append(command)
                line.write(b"ACK" + command[2:] + b"$ERROR\r\n")
        was_up.append(driver.link.up)
        return len(asked) >= 3

    driver.start()
    try:
        wait_until(stream_and_refuse, what="three attempts")
        assert set(asked) == {b"AT+GSD=STOP"} and not any(was_up) and not driver.drain()
        assert "AT+GSD=STOP refused" in driver.link.reason
    finally:
        driver.close()
        line.unplug()


def test_a_stream_that_trickles_in_is_read_in_larger_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wire, line = WIRES[0], PtyLine(tmp_path / "line")
    protocol, fed = wire.protocol(), list[int]()
    plain = protocol.feed_all

    def feed_all(chunks: Sequence[bytes]) -> Batch:
        fed.append(len(chunks))
        return plain(chunks)

    monkeypatch.setattr(protocol, "feed_all", feed_all)
    line.replug()
    frames, driver = wire.frames(samples_of(1000)), WrenchSensor("left", str(line.path), 921600, protocol)
    driver.start()
    try:
        wait_until(lambda: answered(line) or driver.link.up, what="the handshake")
        began_s = time.monotonic()
        for place in range(0, 1000, 2):
            line.write(b"".join(frames[place : place + 2]))
            time.sleep(0.001)
        took_s = time.monotonic() - began_s
        # An empty piece brings what the line still holds.
        wait_until(lambda: line.write(b"") or driver.totals.received + driver.totals.lost == 1000, what="all of it")
        assert len(fed) <= took_s / 0.004 + 1000 / 8, "a piece each 4 ms, or one of 8 frames and more"
    finally:
        driver.stop()
        answer = threading.Timer(0.1, lambda: answered(line))
        answer.start()
        driver.close()
        answer.join()
        line.unplug()


def answered(line: PtyLine) -> bool:
    """Say yes to whatever an SRI box is asked; whether it was told to stream."""
    asked = line.read()
    for command in asked.split(b"\r\n"):
        if command.startswith(b"AT+") and command != b"AT+GSD":
            line.write(b"ACK" + command[2:] + b"$OK\r\n")
    return b"AT+GSD\r\n" in asked


def test_a_sensor_with_an_ipv6_address_streams_and_is_named_in_brackets() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        probe.bind(("::1", 0))
        port = f"udp://[::1]:{probe.getsockname()[1]}"
    wire = WIRES[5]
    device, driver = wire.device(port), WrenchSensor("left", port, 921600, wire.protocol())
    driver.start()
    try:
        wait_until(lambda: port in driver.link.reason, what="the sensor is missed by its address")
        device.start()
        wait_until(lambda: driver.totals.received > 50, what=f"samples; {driver.link}")
    finally:
        driver.close()
        device.close()


@pytest.mark.parametrize(
    ("port", "words"),
    [
        ("udp://192.0.2.5", "port: 'udp://192.0.2.5' has no port; write udp://host:port"),
        ("udp://192.0.2.5:99999", "port: 'udp://192.0.2.5:99999': '99999' is no port"),
        ("udp://[::1", "port: 'udp://[::1': the bracket of the IPv6 address is not closed"),
        ("udp://a#b:1", "port: the udp:// address has a # in it"),
        ("", "port: '' names no serial port"),
        ("/dev/tty\0", r"port: '/dev/tty\x00' names no serial port"),
    ],
)
def test_a_port_that_can_be_none_is_refused_before_anything_is_opened(port: str, words: str) -> None:
    with pytest.raises(ValueError) as refused:
        WrenchSensor("left", port, 921600, WIRES[5].protocol())
    assert str(refused.value).startswith(words)
