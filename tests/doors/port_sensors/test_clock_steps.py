"""The system clock steps by a second in the middle: no interval between pictures breaks but that very one."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from port_sensors.drivers import link, v4l2_camera
from port_sensors.drivers.camera import Frame, StreamCamera
from port_sensors.drivers.camera_settings import FilmSettings, HttpCameraSettings, RtspCameraSettings
from port_sensors.drivers.link import monotonic_to_system_ns
from port_sensors.drivers.mjpeg_camera import MjpegCamera
from port_sensors.drivers.v4l2_camera import V4l2Camera, V4l2CameraSettings
from port_sensors.drivers.video_camera import FileCamera, RtspCamera
from port_sim.devices.clip import DATA
from tests.clock_steps import STEPS_NS, SteppedClock, intervals_are_unbroken
from tests.doors.port_sensors.test_camera_drivers import Kernel
from tests.rtsp_camera import RtspServer
from tests.stalled_wires import PlayedHttp
from tests.unit.port_sensors.test_mjpeg import part
from tests.unit.port_sensors.test_v4l2 import EXPOSURE, MONOTONIC
from tests.waiting import wait_until

JPEG = b"\xff\xd8" + b"x" * 400 + b"\xff\xd9"
steps = pytest.mark.parametrize("step_ns", STEPS_NS)


def stamps(
    make: Callable[[Callable[[Frame], None]], StreamCamera], clock: SteppedClock, step_ns: int, settled: int = 0
) -> list[int]:
    """The stamps of eight pictures after the first `settled`; the clock steps after the fourth of them."""
    taken: list[int] = []

    def take(frame: Frame) -> None:
        taken.append(frame.stamp_ns)
        if len(taken) == settled + 4:
            clock.step_ns = step_ns

    camera = make(take)
    camera.start()
    wait_until(lambda: len(taken) >= settled + 8, what=f"pictures; {camera.link()}")
    camera.close()
    return taken[settled : settled + 8]


@steps
def test_a_camera_of_this_machine(monkeypatch: pytest.MonkeyPatch, step_ns: int) -> None:
    kernel = Kernel([(n, MONOTONIC | EXPOSURE, n * 33_000) for n in range(8)])
    monkeypatch.setattr(v4l2_camera, "V4l2Device", kernel)
    taken = stamps(
        lambda take: V4l2Camera("usb", V4l2CameraSettings("/dev/video0"), take), SteppedClock(monkeypatch), step_ns
    )
    intervals_are_unbroken(taken, 33e6, step_ns, 1e6)


@steps
def test_a_film(monkeypatch: pytest.MonkeyPatch, step_ns: int) -> None:
    film = str(DATA / "pedestrians.avi")
    taken = stamps(lambda take: FileCamera("film", FilmSettings(film), take), SteppedClock(monkeypatch), step_ns)
    intervals_are_unbroken(taken, 200e6, step_ns, 1e6)


@steps
def test_a_camera_over_rtsp(monkeypatch: pytest.MonkeyPatch, step_ns: int) -> None:
    clock = SteppedClock(monkeypatch)
    with RtspServer(30.0) as camera:  # the fit of its clock settles in the first second
        taken = stamps(
            lambda take: RtspCamera("net", RtspCameraSettings(camera.address), take), clock, step_ns, settled=45
        )
    intervals_are_unbroken(taken, 1e9 / 30, step_ns, 1e6)


@steps
def test_a_network_camera_with_its_own_clock_does_not_notice(monkeypatch: pytest.MonkeyPatch, step_ns: int) -> None:
    parts = [part(JPEG, n).replace(b"1700000000.000123", b"1700000000.%06d" % (n * 66_000)) for n in range(8)]
    camera = PlayedHttp(parts)
    taken = stamps(
        lambda take: MjpegCamera("net", HttpCameraSettings(camera.address), take), SteppedClock(monkeypatch), step_ns
    )
    camera.close()
    intervals_are_unbroken(taken, 66e6, 0, 1e3)


def test_the_offset_between_the_clocks_shows_the_step_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SteppedClock(monkeypatch)
    before_ns = monotonic_to_system_ns()
    clock.step_ns = STEPS_NS[0]
    assert monotonic_to_system_ns() - before_ns == pytest.approx(1e9, abs=1e6)


def test_where_every_reading_is_pulled_apart_the_tightest_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    offset_ns, apart_ns = 10**18, [900_000, 50_000, 400_000, 300_000, 700_000]
    monotonic_ns = iter(
        [now_ns for number, apart in enumerate(apart_ns) for now_ns in (number * 10**7, number * 10**7 + apart)]
    )
    # The pause lies before the system clock's reading each time.
    system_ns = iter([offset_ns + number * 10**7 + apart for number, apart in enumerate(apart_ns)])
    clocks = SimpleNamespace(monotonic_ns=lambda: next(monotonic_ns), time_ns=lambda: next(system_ns))
    monkeypatch.setattr(link, "time", clocks)
    assert monotonic_to_system_ns() - offset_ns == 50_000 // 2
