"""Camera drivers at their doors: a film, streams and devices that are not there, and a scripted video device.

No video device can be made here: the kernel's side of Video4Linux2 is played by `Kernel`, byte for byte, above the
device file. What a real driver does beyond it is not tried.
"""

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from port_sensors.core.detection import decode_gray
from port_sensors.drivers import v4l2_camera
from port_sensors.drivers.camera import CameraLink, Frame, StreamCamera
from port_sensors.drivers.camera_settings import FilmSettings, RtspCameraSettings
from port_sensors.drivers.link import monotonic_to_system_ns
from port_sensors.drivers.v4l2_camera import V4l2Camera, V4l2CameraSettings
from port_sensors.drivers.video_camera import FileCamera, RtspCamera
from port_sensors.protocol import v4l2
from port_sensors.transport.serial_port import LinkLost, PortAbsent
from port_sensors.transport.v4l2_device import V4l2Device
from port_sim.devices.clip import DATA
from tests.rtsp_camera import RtspServer, number_shown
from tests.unit.port_sensors.test_v4l2 import ERROR, EXPOSURE, MONOTONIC, filled
from tests.waiting import wait_until

JPEG = b"\xff\xd8" + b"x" * 1230 + b"\xff\xd9"


class Kernel:
    """Answers the requests of one camera: MJPG 1280×720, frames as scripted (sequence, flags, µs), then silence."""

    def __init__(self, frames: list[tuple[int, int, int]], fourcc: str = "MJPG") -> None:
        self.frames, self.fourcc, self.queued, self.streaming = frames, fourcc, 0, False

    def __call__(self, path: str) -> "Kernel":
        return self

    def request(self, number: int, argument: bytes | bytearray) -> bytearray:
        data = bytearray(argument)
        if number == v4l2.QUERYCAP:
            data[16:26], data[84:88] = b"USB Camera", (0x04200001).to_bytes(4, "little")
        elif number == v4l2.S_FMT:
            data[16:20] = self.fourcc.encode()
        elif number == v4l2.QBUF:
            self.queued += 1
        elif number == v4l2.STREAMON:
            self.streaming = True
        elif number == v4l2.DQBUF:
            sequence, flags, micros = self.frames.pop(0)
            self.queued -= 1
            return filled(sequence % 4, flags, sequence, micros)
        return data

    def map(self, offset: int, length: int) -> None:
        assert not self.streaming

    def content(self, index: int, length: int) -> bytes:
        return JPEG[:length]

    def wait(self, timeout_s: float) -> bool:
        if not self.frames:
            time.sleep(0.01)
        return bool(self.frames)

    def close(self) -> None:
        self.streaming = False


def run(driver: StreamCamera, until: Callable[[], bool], frames: list[Frame] | None = None) -> CameraLink:
    driver.start()
    try:
        wait_until(until)
        return driver.link()
    finally:
        driver.close()


def test_frames_of_a_video_device_keep_number_and_time_and_gaps_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel(
        [(n, MONOTONIC | EXPOSURE, n * 33_000) for n in (0, 1, 2, 5, 6)] + [(7, MONOTONIC | ERROR, 231_000)]
    )
    monkeypatch.setattr(v4l2_camera, "V4l2Device", kernel)
    frames: list[Frame] = []
    link = run(V4l2Camera("usb", V4l2CameraSettings("/dev/video0"), frames.append), lambda: not kernel.frames)
    assert [frame.sequence for frame in frames] == [0, 1, 2, 5, 6]
    assert (link.received, link.lost, link.rejected_bytes) == (5, 2, 1234)
    assert link.stamp_meaning == "start of exposure, kernel's clock"
    gaps_ns = [after.stamp_ns - before.stamp_ns for before, after in pairwise(frames)]
    assert gaps_ns == pytest.approx([33e6, 33e6, 99e6, 33e6], abs=3e6)
    assert frames[0].jpeg == JPEG
    assert kernel.queued == 4  # every buffer went back


def test_a_step_of_the_system_clock_moves_the_next_stamp_and_no_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    offsets_ns = iter([10**18, 10**18, 10**18 + 10**9, 10**18 + 10**9])
    kernel = Kernel([(n, MONOTONIC, n * 33_000) for n in range(4)])
    monkeypatch.setattr(v4l2_camera, "V4l2Device", kernel)
    monkeypatch.setattr(v4l2_camera, "monotonic_to_system_ns", lambda: next(offsets_ns))
    frames: list[Frame] = []
    run(V4l2Camera("usb", V4l2CameraSettings("/dev/video0"), frames.append), lambda: len(frames) == 4)
    gaps_ns = [after.stamp_ns - before.stamp_ns for before, after in pairwise(frames)]
    assert gaps_ns == [33_000_000, 1_033_000_000, 33_000_000]


def test_a_device_without_the_wanted_format_says_which_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(v4l2_camera, "V4l2Device", Kernel([], "YUYV"))
    driver = V4l2Camera("usb", V4l2CameraSettings("/dev/video0"), lambda _: None)
    link = run(driver, lambda: "gives YUYV 1280x720, not MJPG" in driver.link().reason)
    assert "list-formats" in link.remedy


def test_absent_devices_and_files_that_are_none_are_told_apart() -> None:
    with pytest.raises(PortAbsent, match="plug it in"):
        V4l2Device("/dev/video63")
    device = V4l2Device("/dev/null")
    with pytest.raises(LinkLost, match="is no video device"):
        device.request(v4l2.QUERYCAP, v4l2.capability())
    device.close()


def test_a_film_plays_at_its_own_pace_and_over_again() -> None:
    frames: list[Frame] = []
    link = run(FileCamera("film", FilmSettings(str(DATA / "pedestrians.avi")), frames.append), lambda: len(frames) >= 4)
    gaps_ns = [after.stamp_ns - before.stamp_ns for before, after in pairwise(frames)]
    assert gaps_ns == pytest.approx([200e6] * len(gaps_ns), abs=3e6)  # when due, however busy the machine is
    gray = decode_gray(frames[0].jpeg)
    assert gray is not None
    assert frames[0].gray is not None
    assert gray.shape == frames[0].gray.shape == (288, 384)
    assert link.stamp_meaning == "when the film's picture was due"


def test_streams_and_films_that_are_not_there_say_so_and_never_the_password(tmp_path: Path) -> None:
    none = FileCamera("none", FilmSettings(str(tmp_path / "none.avi")), lambda _: None)
    assert "none.avi: cannot be opened" in run(none, lambda: "opened" in none.link().reason).reason
    dead = RtspCamera("dead", RtspCameraSettings("rtsp://admin:secret@127.0.0.1:9/stream"), lambda _: None)
    link = run(dead, lambda: "Connection refused" in dead.link().reason)
    assert "rtsp://127.0.0.1:9/stream: does not answer" in link.reason
    assert "secret" not in link.reason + link.remedy


def lateness_of_an_rtsp_stream() -> list[float]:
    """How much later than it was taken each picture of a new stream is stamped, s."""
    rate_hz, lost, frames = 30.0, (40, 41), list[Frame]()
    with RtspServer(rate_hz, lost) as camera:
        link = run(
            driver := RtspCamera("north", RtspCameraSettings(camera.address), frames.append), lambda: len(frames) > 60
        )
        began_ns = round(camera.began_s * 1e9) + monotonic_to_system_ns()
    assert link.stamp_meaning.startswith("the stream's own time")
    assert driver.link().lost == len(lost)
    shown = [number_shown(frame.gray) for frame in frames if frame.gray is not None]
    first = shown[0]
    first += 32 * round(((frames[0].stamp_ns - began_ns) / 1e9 * rate_hz - first) / 32)
    numbers = [first + frame.sequence - frames[0].sequence for frame in frames]
    assert [number % 32 for number in numbers] == shown
    return [(one.stamp_ns - began_ns) / 1e9 - number / rate_hz for one, number in zip(frames, numbers, strict=True)]


def test_an_rtsp_stream_is_stamped_as_taken_from_its_first_picture_on_and_its_gaps_are_counted() -> None:
    """A busy machine stamps late now and then; a reader that hoards the first twenty pictures does so always."""

    def stamped_as_taken() -> bool:
        late_s = lateness_of_an_rtsp_stream()
        print(f"stamps later than taken: first by {late_s[0] * 1e3:.0f} ms, at the end by {late_s[-1] * 1e3:.0f} ms")
        assert min(late_s) > -0.01
        return max(late_s) < 0.3

    assert any(stamped_as_taken() for _ in range(5)), "the first pictures are no younger than they are"
