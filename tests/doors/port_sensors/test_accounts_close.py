"""Each kind of device with its real driver: everything that the device sent is received, reported lost, or named."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from port_sensors.core.frame_count import FrameCount
from port_sensors.drivers.camera_settings import HttpCameraSettings
from port_sensors.drivers.estop_io import Inputs, WaveshareSettings, WaveshareStation
from port_sensors.drivers.mjpeg_camera import MjpegCamera
from port_session.report.accounts import Account, account
from port_sim.devices.estop_station import EstopStation
from port_sim.devices.overhead_camera import OverheadCamera
from port_sim.world import World
from tests import hall
from tests.ros.test_camera_wire import free_port
from tests.waiting import wait_until

INPUTS = {"channel_a": 0, "channel_b": 1, "reset": 2, "relay": 3}


def look(camera: OverheadCamera, address: str, frames: int) -> None:
    """Somebody else's eyes on the camera until it has taken so many frames more."""
    parts, before = urlsplit(address), camera.counts()["sent"]
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as viewer:
        viewer.sendall(f"GET {parts.path} HTTP/1.0\r\n\r\n".encode())
        wait_until(lambda: viewer.recv(1 << 20) and camera.counts()["sent"] >= before + frames)


def test_a_cameras_account_closes_over_other_viewers_a_pulled_cable_and_the_end() -> None:
    address = f"http://127.0.0.1:{free_port()}/overhead.mjpg"
    camera = OverheadCamera("overhead", {**hall.overhead(), "address": address}, hall.ground(), World())
    driver = MjpegCamera("overhead", HttpCameraSettings(address), lambda _: None)
    camera.start()
    try:
        look(camera, address, 5)
        driver.start()
        wait_until(lambda: driver.link().received > 10)
        camera.unplug()
        wait_until(lambda: not driver.link().connected)
        camera.replug()
        received = driver.link().received
        wait_until(lambda: driver.link().received > received + 10)
        driver.close()
        look(camera, address, 5)
    finally:
        driver.close()
        camera.close()
    told = account("overhead", {**driver.account(), **camera.counts()})
    assert told.unaccounted == 0 and told.problem == ""
    assert told.unheard is not None and told.unheard >= 10


@pytest.fixture
def modbus(tmp_path: Path) -> tuple[EstopStation, WaveshareStation]:
    port = str(tmp_path / "station")
    block = {"port": port, "unit_id": 1, "inputs": INPUTS, "watchdog_output": 0}
    settings = WaveshareSettings(port, 115200, 1, Inputs(**INPUTS), 0, 0.2, 100.0)
    return EstopStation("station_1", block, {}, World()), WaveshareStation("estop", settings, lambda *_: None)


def ended(station: EstopStation, driver: WaveshareStation) -> Account:
    driver.close()
    station.close()
    return account("station_1", {**driver.account(), "sent": station.counts()["sent"]})


def test_an_estop_stations_account_closes_over_answers_that_never_arrive(
    modbus: tuple[EstopStation, WaveshareStation],
) -> None:
    station, driver = modbus
    station.start()
    driver.start()
    wait_until(lambda: driver.answered > 20)
    station.faults.run("lose 0.5 for 1; off")
    wait_until(lambda: driver.unanswered > 2)
    answered = driver.answered
    wait_until(lambda: driver.answered > answered + 20)
    told = ended(station, driver)
    assert told.problem == "" and told.reported_lost is not None and told.reported_lost > 2


def test_an_estop_stations_account_closes_over_questions_that_it_never_heard(
    modbus: tuple[EstopStation, WaveshareStation], monkeypatch: pytest.MonkeyPatch
) -> None:
    station, driver = modbus
    station.start()
    driver.start()
    wait_until(lambda: driver.answered > 20)
    with monkeypatch.context() as deaf:
        deaf.setattr(station, "_answer", lambda frame: None)
        wait_until(lambda: driver.unanswered >= 3)
    answered = driver.answered
    wait_until(lambda: driver.answered > answered + 20)
    told = ended(station, driver)
    assert driver.unanswered >= 3 and told.problem == "" and told.unaccounted == 0


def test_frames_are_counted_as_they_come_off_the_wire() -> None:
    count = FrameCount()
    for number in (5, 6, 9, 8, 9, 10):
        count.take(1, number)
    assert count.account() == {"received": 4, "reported_lost": 2, "first": 5, "last": 10}
    count.take(2, 1)
    assert count.account() == {"received": 5, "reported_lost": 2}, "another count: nobody knows what lay between"
