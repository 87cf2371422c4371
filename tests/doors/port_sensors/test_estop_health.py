"""What is said about an e-stop station that answers seldom or not at all, and about a machine that keeps it waiting."""

from dataclasses import replace

import msgspec
import pytest

from port_ros.diagnostics import Health
from port_ros.machine_load import MachineLoad
from port_sensors.core.estop import Contacts, Station
from port_sensors.drivers.estop_controller import ControllerStation
from port_sensors.drivers.estop_io import WaveshareSettings, WaveshareStation
from port_sensors.ros import estop_health
from port_sensors.ros.estop_health import EstopHealth
from tests.sim_ground import ESTOPS

CLOSED = Contacts(True, True, False, True)
IDLE, BUSY = MachineLoad(0.4, 2, 0.02), MachineLoad(33.0, 2, 0.97)
FIRST = "this machine is too busy (load 33 on 2 cores), end other work on it; if it stays, "


class Station100Hz:
    """A station that is polled 100 times a second, and what is said about it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.machine, self.now_s = IDLE, 0.0
        block = {key: value for key, value in ESTOPS["waveshare_8ch"].items() if key != "driver"}
        settings = msgspec.convert({**block, "port": "line", "poll_hz": 100.0}, WaveshareSettings)
        self.driver = WaveshareStation("estop", settings, lambda *_: None)
        self.driver.link = replace(self.driver.link, up=True, reason="", remedy="")
        self.station = Station(lost_after_s=0.5)
        self.health = EstopHealth("station_1", self.driver, 0.01, "")
        monkeypatch.setattr(estop_health, "read", lambda late_s: replace(self.machine, late_s=late_s))

    def second(self, answers: int) -> Health:
        """A second with so many answers, then a look."""
        for _ in range(answers):
            self.now_s += 1.0 / answers
            self.station.answered(CLOSED, self.now_s, 1)
        self.now_s += 0.0 if answers else 1.0
        doubt = self.driver.doubt(self.now_s)
        return self.health.look(self.station.reading(self.now_s, not doubt), doubt, self.now_s)

    def reason(self) -> str:
        doubt = self.driver.doubt(self.now_s)
        return self.health.reason(self.station.reading(self.now_s, not doubt), doubt, self.now_s)


@pytest.mark.parametrize(("rate_hz", "level", "said"), [
    (4, "warn", "answers 4 times a second, not 100"), (90, "ok", "90 Hz"), (100, "ok", "100 Hz"),
])  # fmt: skip
def test_a_station_that_answers_seldom_is_named(
    monkeypatch: pytest.MonkeyPatch, rate_hz: int, level: str, said: str
) -> None:
    station = Station100Hz(monkeypatch)
    words = [station.second(rate_hz) for _ in range(8)]
    assert (words[-1].level, words[-1].message) == (level, said)
    assert ("poll_hz" in words[-1].remedy) == (level == "warn")


def test_a_busy_machine_that_reads_seldom_is_told_beside_a_station_that_is_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    station = Station100Hz(monkeypatch)
    station.machine = BUSY
    said = [station.second(30) for _ in range(8)][-1]
    assert (said.level, said.message) == ("ok", "30 of 100 answers a second are read")
    assert said.remedy == "this machine is too busy (load 33 on 2 cores), end other work on it"


def test_silence_on_a_busy_machine_is_not_the_cables_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    station = Station100Hz(monkeypatch)
    station.second(100)
    station.machine = BUSY
    said = station.second(0)
    assert (said.message, said.remedy) == ("no answer", FIRST + "check the cable")
    station.machine = replace(BUSY, load=34.0)
    assert station.reason() == f"no answer: {FIRST}check the cable", "as it was when the answer was missed"
    station.second(100)
    station.machine = IDLE
    station.second(0)
    assert station.reason() == "no answer: check the cable"


def test_a_node_that_was_not_let_run_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    station = Station100Hz(monkeypatch)
    station.second(100)
    station.health.woke(station.now_s)
    station.now_s += 1.0
    station.health.woke(station.now_s)
    assert "a thread woke 1.0 s late" in station.reason()


@pytest.mark.parametrize(("doubt", "late"), [
    ("no valid frame for 0.08 s: check the cable", True), ("unacceptable delay: asked 0.5 s ago: shorten it", True),
    ("loss: 9 frames are missing before 70: check cable", True), ("masquerade: another host: end that one", False),
])  # fmt: skip
def test_only_what_is_late_is_laid_on_the_machine(monkeypatch: pytest.MonkeyPatch, doubt: str, late: bool) -> None:
    station = Station100Hz(monkeypatch)
    station.machine = BUSY
    monkeypatch.setattr(station.driver, "late_doubts", ControllerStation.late_doubts)
    reading = station.station.reading(station.now_s, False)
    assert (FIRST in station.health.reason(reading, doubt, station.now_s)) == late


def test_a_port_that_is_not_there_is_no_matter_of_load(monkeypatch: pytest.MonkeyPatch) -> None:
    station = Station100Hz(monkeypatch)
    station.machine = BUSY
    station.driver._down("line: no such port", "plug it in")
    assert station.reason() == "line: no such port: plug it in"
