"""What is said about a plate that sends at another rate than it was told, or seems to."""

from dataclasses import replace

import numpy as np
import pytest

from port_ros.diagnostics import Health
from port_ros.machine_load import MachineLoad
from port_sensors.core.accounting import Run
from port_sensors.core.plate import Plate
from port_sensors.core.surface import Surface
from port_sensors.drivers.wrench_sensor import WrenchSensor
from port_sensors.ros.plate_health import PlateHealth
from tests.sim_ground import CORNERS
from tests.virtual_time import VirtualTime
from tests.wires import WIRES

IDLE, BUSY = MachineLoad(0.4, 2, 0.02), MachineLoad(13.0, 2, 0.97)


class Plate1kHz:
    """A plate that should send 1000 Hz, and what is said about it, second by second."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.machine = IDLE
        self.received = 0
        self.clock = VirtualTime(monkeypatch)
        self.driver = WrenchSensor("left", "line", 921600, replace(WIRES[0], rate_hz=1000.0).protocol())
        self.driver.link = replace(self.driver.link, up=True)
        self.plate = Plate(1000.0, 5000.0, 20, Surface.of(CORNERS["left"]))
        self.health = PlateHealth("left", "line", 1000.0, self.driver, self.plate, lambda: self.machine)

    def look(self, samples: int, lost: int = 0) -> Health:
        """A second later, with so many samples more."""
        self.clock.sleep(1.0)
        self.received += samples
        if samples:
            self.driver.last_data_s = self.clock.now_s
        return self.health.look(self.received, lost)


@pytest.mark.parametrize(("sends_hz", "said"), [(500, "sends 500 Hz, not 1000 Hz"), (1000, "1000 Hz")])
def test_another_rate_than_told_is_named(monkeypatch: pytest.MonkeyPatch, sends_hz: int, said: str) -> None:
    plate = Plate1kHz(monkeypatch)
    words = [plate.look(sends_hz) for _ in range(8)]
    assert not words[4].message.startswith("sends")
    assert words[-1].message == said
    assert (words[-1].remedy != "") == (sends_hz != 1000)


def test_a_machine_too_busy_to_read_does_not_blame_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    plate = Plate1kHz(monkeypatch)
    plate.machine = BUSY
    said = [plate.look(768) for _ in range(8)][-1]
    assert (said.level, said.message) == ("warn", "768 of 1000 samples a second are read")
    assert said.remedy == "this machine is too busy (load 13 on 2 cores), end other work on it"


def test_a_wrong_rate_is_named_once_the_machine_has_time_again(monkeypatch: pytest.MonkeyPatch) -> None:
    plate = Plate1kHz(monkeypatch)
    plate.machine = BUSY
    for _ in range(8):
        plate.look(768)
    plate.machine = IDLE
    said = plate.look(768)
    assert said.message == "sends 768 Hz, not 1000 Hz" and said.remedy.startswith("correct rate_hz")


def test_silence_and_loss_on_a_busy_machine_name_it_first(monkeypatch: pytest.MonkeyPatch) -> None:
    plate = Plate1kHz(monkeypatch)
    plate.machine = BUSY
    first = "this machine is too busy (load 13 on 2 cores), end other work on it; if it stays, "
    assert plate.look(900, lost=100).remedy == first + "check the cable"
    said = plate.look(0, lost=100)
    assert (said.level, said.message, said.remedy) == (
        "error", "line: no data", first + "check the box's power and its cable",
    )  # fmt: skip


def test_a_plate_that_sends_no_numbers_is_not_well(monkeypatch: pytest.MonkeyPatch) -> None:
    plate = Plate1kHz(monkeypatch)
    plate.plate.take(Run(0, np.full((1000, 6), np.nan, dtype=np.float32), 0), plate.clock.now_s)
    said = plate.look(1000)
    assert (said.level, said.message) == ("error", "1000 samples lately are no forces")
    assert plate.look(1000).level == "ok", "once it sends forces again"


def test_a_counter_that_stands_still_is_called_so(monkeypatch: pytest.MonkeyPatch) -> None:
    plate = Plate1kHz(monkeypatch)
    for _ in range(8):
        plate.driver.totals.duplicates += 1000
        said = plate.look(0)
    assert said.level == "error" and said.message.startswith("its sample counter stands still: 1000 samples")
    assert "rate_hz" not in said.remedy
    assert plate.look(1000).level == "ok", "once it counts on"
