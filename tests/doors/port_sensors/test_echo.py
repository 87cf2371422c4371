"""RS-485 adapters whose local echo is on: what comes back of our own is never taken for the device's word."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from port_sensors.drivers.estop_io import WaveshareSettings, WaveshareStation
from port_sim.devices.estop_station import EstopStation
from port_sim.world import World
from tests.sim_ground import ESTOPS
from tests.waiting import wait_until
from tests.wires import WIRES, Wire

#: So long that nothing runs out by itself during a test: a relay that opens was released.
HOLD_S = 600.0


class HalfDeaf(EstopStation):
    """Loses the next `losing` requests to write: the wire to it is bad, the adapter's echo is as good as ever."""

    losing: float = 0

    def _answer(self, frame: bytes) -> None:
        if frame[1] == 5 and self.losing > 0:
            self.losing -= 1
        else:
            super()._answer(frame)


class Rig:
    """The station behind an adapter, its driver, and the gate's heartbeats."""

    def __init__(self, folder: Path, echo: bool) -> None:
        block = {**ESTOPS["waveshare_8ch"], "port": str(folder / "station"), "watchdog_s": HOLD_S, "lost_after_s": 1.0}
        self.world = World()
        self.device = HalfDeaf("station_1", block, {}, self.world)
        if echo:
            self.device.faults.run("echo")
        settings = {key: value for key, value in block.items() if key != "driver"}
        self.contacts: list[Any] = []
        self.driver = WaveshareStation(
            "estop", msgspec.convert(settings, WaveshareSettings), lambda contacts, *_: self.contacts.append(contacts)
        )
        self.device.start()
        self.driver.start()
        self._sequence = 0

    def beat(self, enable: bool) -> None:
        self._sequence += 1
        self.driver.heartbeat(self._sequence, enable, 0.0)

    def relay(self) -> bool:
        with self.world.lock:
            return self.world.relay_closed

    def close_relay(self) -> None:
        def closed() -> bool:
            self.beat(True)
            return self.relay()

        wait_until(closed, what="the relay closed")

    def close(self) -> None:
        self.driver.close()
        self.device.close()


@pytest.fixture(params=[True, False], ids=["echo", "no echo"])
def echo(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def rig(tmp_path: Path, echo: bool) -> Iterator[Rig]:
    rig = Rig(tmp_path, echo)
    yield rig
    rig.close()


def test_the_station_works_and_an_echo_is_told(rig: Rig, echo: bool) -> None:
    rig.close_relay()
    wait_until(lambda: rig.contacts and rig.contacts[-1].relay_closed, what="the relay seen closed")
    assert rig.contacts[-1].channel_a_closed and not rig.contacts[-1].reset_pressed
    assert ("switch its local echo off" in rig.driver.advice()) is echo
    rig.beat(False)
    wait_until(lambda: not rig.relay(), what="the relay released")


def test_a_lost_release_is_sent_until_the_module_has_done_it(rig: Rig) -> None:
    rig.close_relay()
    rig.device.losing = math.inf
    rig.beat(False)
    polled = rig.driver.answered + 5
    wait_until(lambda: rig.driver.answered > polled, what="reads go on")
    assert rig.relay(), "the module heard nothing"
    rig.device.losing = 0
    wait_until(lambda: not rig.relay(), what="the relay released")


def test_the_end_releases_through_one_bad_moment(rig: Rig) -> None:
    rig.close_relay()
    rig.device.losing = 1
    rig.driver.close()
    wait_until(lambda: not rig.relay(), what="the relay released")


def test_an_echo_that_is_switched_on_later_confirms_nothing(tmp_path: Path) -> None:
    rig = Rig(tmp_path, echo=False)
    try:
        rig.close_relay()
        rig.device.losing = math.inf
        rig.device.faults.run("echo")
        rig.beat(False)
        wait_until(rig.driver.advice, what="the echo is told")
        polled = rig.driver.answered + 5
        wait_until(lambda: rig.driver.answered > polled, what="reads go on")
        rig.device.losing = 0
        wait_until(lambda: not rig.relay(), what="the relay released")
    finally:
        rig.close()


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)
def test_no_request_is_its_own_answer_nor_a_sample(wire: Wire) -> None:
    """Whatever a device is asked: the same bytes, come back, say neither that it was done nor that it measures."""
    protocol = wire.protocol()
    exchanges = (*protocol.configuration(), protocol.start(), protocol.stop())
    for exchange in exchanges:
        fresh = wire.protocol()
        batch = fresh.feed(exchange.send)
        assert not len(batch.numbers)
        for judged in exchanges:
            assert judged.judge is None or not any(judged.judge(answer) for answer in batch.answers)
