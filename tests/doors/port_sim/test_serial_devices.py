"""The simulated box and station keep to their protocols, also towards nonsense."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from port_sim.devices.estop_station import EstopStation, crc16
from port_sim.devices.pty_line import PtyLine
from port_sim.devices.sri_m8128 import SriM8128, frames_of
from port_sim.faults import Faults
from port_sim.recordings import force_plate_jump
from port_sim.world import World
from tests.waiting import wait_until


class Terminal:
    """Our end of a device's line."""

    def __init__(self, path: Path) -> None:
        # A session's leader must not take the line as its terminal: it would be hung up with it.
        self._file = open(os.open(path, os.O_RDWR | os.O_NOCTTY), "r+b", buffering=0)  # noqa: PTH123, SIM115
        self.data = b""

    def ask(self, request: bytes, answer_bytes: int) -> bytes:
        self._file.write(request)
        answer = b""
        while len(answer) < answer_bytes:
            answer += self._file.read(4096)
        return answer

    def close(self) -> None:
        self._file.close()


@pytest.fixture
def station(tmp_path: Path) -> Iterator[tuple[Terminal, World, EstopStation]]:
    config: dict[str, Any] = {
        "port": str(tmp_path / "s"),
        "unit_id": 1,
        "inputs": {"channel_a": 0, "channel_b": 1, "reset": 2, "relay": 3},
        "watchdog_output": 0,
    }
    world = World()
    station = EstopStation("station_1", config, {}, world)
    station.start()
    terminal = Terminal(tmp_path / "s")
    yield terminal, world, station
    terminal.close()
    station.close()


def framed(text: str) -> bytes:
    body = bytes.fromhex(text)
    return body + crc16(body)


def test_crc_of_the_manual() -> None:
    assert crc16(bytes.fromhex("010502000007")) == bytes.fromhex("8db0")


def test_contacts_follow_the_world(station: tuple[Terminal, World, EstopStation]) -> None:
    terminal, world, _ = station
    request = framed("01 02 0000 0008")
    assert terminal.ask(request, 6) == framed("01 02 01 03")
    world.press_estop()
    world.reset_pressed = True
    assert terminal.ask(request, 6) == framed("01 02 01 04")


def test_flash_on_closes_the_relay_and_reverts_by_itself(station: tuple[Terminal, World, EstopStation]) -> None:
    terminal, world, _ = station
    request = framed("01 05 0200 0014")
    began_s = time.monotonic()
    assert terminal.ask(request, 8) == request
    assert world.relay_closed and world.powered()
    assert terminal.ask(framed("01 01 0000 0008"), 6) == framed("01 01 01 01")
    wait_until(lambda: not world.relay_closed, what="the relay opens by itself")
    assert time.monotonic() - began_s >= 2.0


def test_an_output_is_switched_off_at_once(station: tuple[Terminal, World, EstopStation]) -> None:
    terminal, world, _ = station
    terminal.ask(framed("01 05 0200 0032"), 8)
    terminal.ask(framed("01 05 0000 0000"), 8)
    assert not world.relay_closed
    assert terminal.ask(framed("01 0f 0000 0008 01 01"), 8) == framed("01 0f 0000 0008")
    assert world.relay_closed


@pytest.mark.parametrize(
    ("request_text", "code"),
    [("01 03 0000 0001", 1), ("01 02 0000 0009", 2), ("01 05 0008 ff00", 2), ("01 05 0000 1234", 3)],
)
def test_what_it_cannot_do_is_refused(
    station: tuple[Terminal, World, EstopStation], request_text: str, code: int
) -> None:
    terminal, _, _ = station
    answer = terminal.ask(framed(request_text), 5)
    assert answer == framed(f"01 {int(request_text[3:5], 16) | 0x80:02x} {code:02x}")


def test_garbage_and_a_wrong_crc_are_not_answered(
    station: tuple[Terminal, World, EstopStation], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal, _, device = station
    heard, plain = bytearray(), device._line.read

    def read() -> bytes:
        data = plain()
        heard.extend(data)
        return data

    monkeypatch.setattr(device._line, "read", read)
    terminal._file.write(b"\x01\x02\x00\x00\x00\x08\x00\x00" + b"\xff" * 5)
    wait_until(lambda: len(heard) == 13, what="the garbage")  # what comes together is no part of the next request
    assert terminal.ask(framed("01 02 0000 0008"), 6) == framed("01 02 01 03")
    assert device.counts()["sent"] == 1


@pytest.fixture
def plate(tmp_path: Path) -> Iterator[tuple[Terminal, SriM8128]]:
    plate = SriM8128("left", {"port": str(tmp_path / "p"), "rate_hz": 1000.0}, {}, World())
    plate.start()
    terminal = Terminal(tmp_path / "p")
    yield terminal, plate
    terminal.close()
    plate.close()


def test_the_box_answers_commands_and_is_silent_before_the_start(plate: tuple[Terminal, SriM8128]) -> None:
    terminal, device = plate
    assert terminal.ask(b"AT+SMPF=2000\r\n", 18) == b"ACK+SMPF=2000$OK\r\n"
    assert terminal.ask(b"AT+SMPF=99999\r\n", 22).endswith(b"$ERROR\r\n")
    assert terminal.ask(b"AT+NONSENSE\r\n", 20).endswith(b"$ERROR\r\n")
    assert device.counts()["sent"] == 0


def test_the_box_streams_the_recording_at_its_rate(plate: tuple[Terminal, SriM8128]) -> None:
    terminal, device = plate
    terminal.ask(b"AT+SMPF=2000\r\n", 18)
    began_s = time.monotonic()
    data = terminal.ask(b"AT+GSD\r\n", 31 * 1000)
    rate_hz = 1000 / (time.monotonic() - began_s)
    first = int.from_bytes(data[4:6], "big")
    expected = frames_of(force_plate_jump("left")[first : first + 1000], np.arange(first, first + 1000))
    assert data[: 31 * 1000] == expected
    assert rate_hz < 2200, "samples do not come before they are taken"
    assert device.counts()["sent"] >= 1000


def test_all_boxes_of_a_ground_share_one_sample_clock(tmp_path: Path) -> None:
    world = World()
    boxes = [SriM8128(name, {"port": str(tmp_path / name), "rate_hz": 2000.0}, {}, world) for name in ("a", "b")]
    numbers = []
    for box in boxes:
        box.start()
        terminal = Terminal(tmp_path / box.name)
        numbers.append(int.from_bytes(terminal.ask(b"AT+GSD\r\n", 31)[4:6], "big"))
        terminal.close()
        time.sleep(0.05)  # the second is started later, and begins with a later number
    for box in boxes:
        box.close()
    assert numbers[1] >= numbers[0] + 100


def test_an_unplugged_box_goes_on_and_counts_as_sent(plate: tuple[Terminal, SriM8128]) -> None:
    terminal, device = plate
    terminal.ask(b"AT+GSD\r\n", 31)
    device.unplug()
    sent = device.counts()["sent"]
    wait_until(lambda: device.counts()["sent"] > sent + 200, what="samples to nobody")


def test_a_line_nobody_reads_drops_and_does_not_block(tmp_path: Path) -> None:
    line = PtyLine(tmp_path / "line")
    line.replug()
    for _ in range(1000):
        line.write(b"x" * 1000)
    assert line.taken_bytes < line.offered_bytes
    line.unplug()
    assert not (tmp_path / "line").is_symlink()


def test_faults_are_repeatable_and_do_what_they_say() -> None:
    data = bytes(2000)

    def damaged(kind: str, rate: float) -> bytes:
        faults = Faults(seed=3)
        faults.set(kind, rate)
        return faults.apply(data)

    assert damaged("flip", 0.001) == damaged("flip", 0.001) != data
    assert len(damaged("flip", 0.001)) == len(data)
    assert len(damaged("drop", 0.01)) < len(data) < len(damaged("garbage", 0.01))
    assert damaged("stall", 0.0) == b""
    assert damaged("off", 0.0) == damaged("flip", 0.0) == data
    with pytest.raises(ValueError, match="kind"):
        Faults().set("smoke", 0.1)
    with pytest.raises(ValueError, match="rate"):
        Faults().set("flip", 1.1)


def test_the_recording_is_whole() -> None:
    for side in ("left", "right"):
        assert force_plate_jump(side).shape == (40000, 6)
        assert 1300 < force_plate_jump(side)[:, 2].max() < 1500
