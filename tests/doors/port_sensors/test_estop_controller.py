"""The driver of the e-stop link against the simulated station over a pseudo-terminal."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from port_sensors.core.estop import Contacts
from port_sensors.drivers.estop_controller import ControllerSettings, ControllerStation
from port_session.report.accounts import account
from port_sim.devices.estop_controller import EstopController
from port_sim.world import World
from tests.waiting import wait_until

#: Generous: the station is simulated by a thread of a busy machine.
LOST_S, HOLD_S = 0.5, 0.4


class Rig:
    """World, station, driver, and a gate that beats at 50 Hz while `gate` is not None."""

    def __init__(self, folder: Path) -> None:
        self.world = World()
        port = str(folder / "station")
        config = {"port": port, "station_id": 3, "watchdog_s": HOLD_S}
        self.station = EstopController("station_1", config, {}, self.world)
        settings = ControllerSettings(port, 115200, 3, HOLD_S, LOST_S, LOST_S)
        self.words: list[Contacts | None] = []
        self.driver = ControllerStation("estop", settings, lambda contacts, *_: self.words.append(contacts))
        self.gate: bool | None = None
        self._stop = threading.Event()
        self._gate = threading.Thread(target=self._beat)
        self.station.start()
        self.driver.start()
        self._gate.start()

    def _beat(self) -> None:
        sequence = 0
        while not self._stop.wait(0.02):
            if self.gate is not None:
                sequence += 1
                self.driver.heartbeat(sequence, self.gate, 0.0)

    @property
    def doubt(self) -> str:
        return self.driver.doubt(time.monotonic())

    def trusted(self) -> "Rig":
        wait_until(lambda: not self.doubt, what="trust")
        return self

    def says(self, contacts: Contacts) -> None:
        wait_until(lambda: self.words and self.words[-1] == contacts, what=str(contacts))

    def close(self) -> None:
        self._stop.set()
        self._gate.join()
        self.driver.close()
        self.station.close()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.close()


def test_contacts_arrive_and_the_relay_follows_the_gate(rig: Rig) -> None:
    rig.trusted().says(Contacts(True, True, False, False))
    rig.gate = True
    rig.says(Contacts(True, True, False, True))
    wait_until(lambda: rig.world.relay_closed, what="the relay")
    rig.world.press_estop()
    rig.says(Contacts(False, False, False, True))
    rig.world.release_estop()
    rig.world.reset_pressed = True
    rig.world.channel_faults["b"] = "break"
    rig.says(Contacts(True, False, True, True))
    rig.gate = False
    rig.says(Contacts(True, False, True, False))


def test_the_link_alone_holds_no_relay(rig: Rig) -> None:
    rig.gate = True
    wait_until(lambda: rig.world.relay_closed, what="the relay")
    rig.gate, before = None, rig.driver.account()["received"] or 0
    wait_until(lambda: not rig.world.relay_closed, what="the relay open, though the node lives")
    assert (rig.driver.account()["received"] or 0) > before
    rig.trusted()


def test_a_pulled_cable_is_said_and_heals(rig: Rig) -> None:
    rig.trusted()
    rig.station.unplug()
    wait_until(lambda: "plug" in rig.doubt, what="the remedy")
    rig.station.replug()
    rig.trusted()


@pytest.mark.parametrize(("kind", "rate", "word"), [
    ("duplicate", 0.3, "unintended repetition"),
    ("swap", 0.3, "loss|incorrect sequence|unintended repetition"),
    ("delay", 0.8, "unacceptable delay|no valid frame"),
    ("insert", 0.3, "insertion"),
    ("masquerade", 0.3, "masquerade"),
    ("readdress", 0.3, "addressing"),
    ("age", 0.3, "unacceptable delay: inputs"),
    ("lose", 1.0, "no valid frame"),
    ("flip", 0.05, "no valid frame"),
    ("stall", 0.0, "no valid frame"),
])  # fmt: skip
def test_a_station_that_goes_wrong_is_not_trusted_and_heals(rig: Rig, kind: str, rate: float, word: str) -> None:
    rig.trusted()
    rig.station.faults.set(kind, rate)
    # A pause of the machine is doubted, too, by another name.
    wait_until(lambda: any(one in rig.doubt for one in word.split("|")), what=f"doubt of a station that does {kind}")
    rig.station.faults.set("off", 0.0)
    rig.trusted()


def test_the_end_opens_the_relay_at_once(rig: Rig) -> None:
    rig.gate = True
    wait_until(lambda: rig.world.relay_closed, what="the relay")
    rig.gate = None
    rig.driver.close()
    wait_until(lambda: not rig.world.relay_closed, what="the relay open")
    assert rig.station._watch.why(time.monotonic()).name in ("RELEASED", "LATE")


def test_every_frame_is_received_or_reported_lost(rig: Rig) -> None:
    rig.trusted()
    rig.station.faults.set("flip", 0.001)
    before, sent = rig.driver.account(), rig.station.counts()["sent"]
    wait_until(lambda: rig.station.counts()["sent"] > sent + 200, what="200 frames")
    rig.station.faults.set("off", 0.0)
    rig.trusted()

    def all_told() -> bool:
        """Whether what was sent is told, but for what is on its way; the two are not read at one moment."""
        after = rig.driver.account()
        count = heard(after) - heard(before)
        return bool(abs(count - (rig.station.counts()["sent"] - sent)) <= 3 + (after["faults"] or 0))

    wait_until(all_told, what="the account closes")
    assert rig.driver.account()["rejected"]


def heard(account: dict[str, int | None]) -> int:
    return (account["received"] or 0) + (account["reported_lost"] or 0)


def test_the_account_closes_over_a_pulled_cable_and_what_is_sent_after_the_end(rig: Rig) -> None:
    rig.trusted()
    rig.station.unplug()
    sent = rig.station.counts()["sent"]
    wait_until(lambda: rig.station.counts()["sent"] > sent + 50, what="frames to nobody")
    rig.station.replug()
    rig.trusted()
    rig.driver.close()
    sent = rig.station.counts()["sent"]
    wait_until(lambda: rig.station.counts()["sent"] > sent + 20, what="frames after the end")
    rig.station.close()
    told = account("station", {**rig.driver.account(), "sent": rig.station.counts()["sent"]})
    assert told.unaccounted == 0 and told.problem == ""
    assert told.unheard is not None and told.unheard >= 20 and told.reported_lost is not None
    assert told.reported_lost >= 50, "those to nobody are missing by their numbers"
