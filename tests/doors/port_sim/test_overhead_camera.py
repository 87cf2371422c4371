"""The simulated camera at its wire, read with the real driver: stream, unplug, clip, threads."""

import itertools
import socket
import threading
import time
from pathlib import Path

import pytest

from port_sensors.core.detection import decode_gray
from port_sensors.drivers.camera import CameraLink, Frame
from port_sensors.drivers.camera_settings import HttpCameraSettings
from port_sensors.drivers.mjpeg_camera import MjpegCamera
from port_sim.devices.overhead_camera import OverheadCamera
from port_sim.world import World
from tests import hall
from tests.ros.test_camera_wire import free_port
from tests.waiting import quickest_s, wait_until


def made(**changes: object) -> tuple[OverheadCamera, str]:
    block = {**hall.overhead(), "address": f"http://127.0.0.1:{free_port()}/overhead.mjpg", **changes}
    return OverheadCamera("overhead", block, hall.ground(), World()), str(block["address"])


def linked(driver: MjpegCamera, words: str) -> CameraLink | None:
    link = driver.link()
    return link if not link.connected and words in link.reason else None


def test_frames_come_numbered_with_their_capture_time_until_the_cable_is_pulled() -> None:
    frames: list[Frame] = []
    camera, address = made()
    driver = MjpegCamera("overhead", HttpCameraSettings(address), frames.append)

    def replug_s() -> float:
        """Pull the cable, plug it in again; how long until there is a picture."""
        camera.unplug()
        assert wait_until(lambda: linked(driver, "refused")).remedy
        before, began_s, began_ns = len(frames), time.monotonic(), time.time_ns()
        camera.replug()
        wait_until(lambda: len(frames) > before, what="frames again")
        assert frames[before].stamp_ns > began_ns, "no old one is shown again"
        return time.monotonic() - began_s

    began_ns = time.time_ns()
    camera.start()
    driver.start()
    try:
        wait_until(lambda: len(frames) > 20)
        pairs = list(itertools.pairwise(frames))
        assert all(after.sequence > before.sequence for before, after in pairs)
        gaps = [a.stamp_ns - b.stamp_ns for b, a in pairs if a.sequence == b.sequence + 1]
        assert any(gap == pytest.approx(1e9 / 15, rel=0.1) for gap in gaps)
        assert began_ns < frames[0].stamp_ns and frames[-1].stamp_ns <= time.time_ns()
        assert quickest_s(replug_s, 2.0) <= 2.0
        driver.close()
        link = driver.link()
        # The cable may have cut one in two.
        assert link.received + (link.lost or 0) == frames[-1].sequence - frames[0].sequence + 1
    finally:
        driver.close()
        camera.close()
    assert not [thread for thread in threading.enumerate() if "overhead" in thread.name]
    assert camera.counts()["sent"] >= len(frames)


def test_a_wrong_path_and_an_absent_camera_are_told_apart() -> None:
    camera, address = made()
    camera.start()
    wrong = MjpegCamera("wrong", HttpCameraSettings(address + "x"), lambda _: None)
    deaf = socket.create_server(("127.0.0.1", 0))  # takes the connection and never answers
    absent = MjpegCamera(
        "absent", HttpCameraSettings(f"http://127.0.0.1:{deaf.getsockname()[1]}/"), lambda _: None, timeout_s=0.2
    )
    for driver in (wrong, absent):
        driver.start()
    try:
        assert "path" in wait_until(lambda: linked(wrong, "HTTP 404")).remedy
        assert "power" in wait_until(lambda: linked(absent, "no answer")).remedy
    finally:
        for driver in (wrong, absent):
            driver.close()
        camera.close()
        deaf.close()


def test_nothing_is_drawn_while_nobody_watches() -> None:
    camera, _ = made()
    camera.start()
    began_s = time.process_time()
    time.sleep(0.5)
    assert time.process_time() - began_s < 0.1
    camera.close()
    assert camera.counts() == {"sent": 0}


def test_a_clip_plays_over_and_over() -> None:
    frames: list[Frame] = []
    camera, address = made(clip="pedestrians.avi", rate_hz=60.0)
    driver = MjpegCamera("overhead", HttpCameraSettings(address), frames.append)
    camera.start()
    driver.start()
    try:
        wait_until(lambda: len(frames) > 60)  # the clip has 50
    finally:
        driver.close()
        camera.close()
    gray = decode_gray(frames[-1].jpeg)
    assert gray is not None
    assert gray.shape == (288, 384)


def test_a_missing_clip_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"none\.avi"):
        made(clip=str(tmp_path / "none.avi"))
