"""A camera that asks for a login, and what its driver says when it is wrong: never the password."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from port_ros.network_address import parse_url
from port_sensors.drivers.camera import CameraLink, Frame
from port_sensors.drivers.camera_settings import HttpCameraSettings, RtspCameraSettings
from port_sensors.drivers.mjpeg_camera import MjpegCamera
from port_sensors.drivers.video_camera import RtspCamera
from port_sim.devices.mjpeg_server import MjpegServer, Shot
from tests.rtsp_camera import RtspServer
from tests.waiting import wait_until

USER, PASSWORD = "port", "pä#s/s: \"w@rd\""  # fmt: skip
JPEG = b"\xff\xd8" + b"x" * 400 + b"\xff\xd9"


def free_url(host: str = "127.0.0.1") -> str:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as probe:
        return f"http://{f'[{host}]' if ':' in host else host}:{probe.getsockname()[1]}/v.mjpg"


@contextmanager
def serving(url: str, **options: object) -> Iterator[None]:
    """A camera that gives pictures as fast as they are taken, to who knows the login."""

    def serve(wire: socket.socket, gone: threading.Event) -> None:
        number = 0
        while not gone.wait(0.02):
            number += 1
            wire.sendall(Shot(number, 10**18 + number, JPEG).part())

    server = MjpegServer(parse_url(url, {"http": 0}), serve, **options)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.hang_up()
        server.server_close()
        thread.join()


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    """As an editor on Windows leaves it."""
    file = tmp_path / "north.password"
    file.write_bytes(b"\xef\xbb\xbf" + PASSWORD.encode() + b"\r\n")
    return file


def seen(settings: HttpCameraSettings, wanted: str = "") -> CameraLink:
    """The link once pictures come, or once it says what is `wanted`."""
    frames: list[Frame] = []
    driver = MjpegCamera("north", settings, frames.append)
    driver.start()
    try:
        wait_until(
            lambda: wanted in driver.link().reason if wanted else driver.link().received > 3,
            what=f"{wanted or 'pictures'}; {driver.link()}",
        )
        return driver.link()
    finally:
        driver.close()


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_the_simulated_camera_asks_as_any_http_client_understands(algorithm: str) -> None:
    """httpx knows the digests by itself: what the driver talks to below is no invention of ours."""
    url = free_url()
    with serving(url, login=(USER, PASSWORD), algorithms=(algorithm,)):
        with httpx.stream("GET", url, auth=httpx.DigestAuth(USER, PASSWORD)) as answer:
            assert answer.status_code == 200
        with httpx.stream("GET", url, auth=httpx.DigestAuth(USER, "wrong")) as answer:
            assert answer.status_code == 401


@pytest.mark.parametrize("algorithms", [("MD5",), ("SHA-256",), ("MD5", "SHA-256")])
def test_a_camera_with_a_digest_login_gives_its_pictures(algorithms: tuple[str, ...], password_file: Path) -> None:
    url = free_url()
    with serving(url, login=(USER, PASSWORD), algorithms=algorithms):
        assert seen(HttpCameraSettings(url, USER, str(password_file))).connected
        encoded = parse_url(url, {"http": 0}).with_login(USER, PASSWORD)
        assert seen(HttpCameraSettings(encoded)).connected


def test_a_wrong_login_is_told_with_its_remedy_and_without_the_password(password_file: Path) -> None:
    url = free_url()
    with serving(url, login=(USER, "another")):
        link = seen(HttpCameraSettings(url, USER, str(password_file)), "HTTP 401")
        assert "correct `user` and the content of `password_file`" in link.remedy
        assert PASSWORD not in link.reason + link.remedy
        assert "HTTP 401" in seen(HttpCameraSettings(url), "HTTP 401").reason, "without any login, too"


def test_a_password_file_is_read_anew_at_each_try(password_file: Path) -> None:
    url, mended = free_url(), password_file.read_bytes()
    password_file.unlink()
    driver = MjpegCamera("north", HttpCameraSettings(url, USER, str(password_file)), lambda _: None)
    with serving(url, login=(USER, PASSWORD)):
        driver.start()
        try:
            said = f"password file {password_file}: No such file or directory"
            wait_until(lambda: said in driver.link().reason, what=str(driver.link()))
            assert "mend `password_file`" in driver.link().remedy
            password_file.write_bytes(b"two\nlines\n")
            wait_until(lambda: "holds more than one line" in driver.link().reason, what=str(driver.link()))
            password_file.write_bytes(mended)
            wait_until(lambda: driver.link().connected, what="pictures")
        finally:
            driver.close()


@pytest.mark.parametrize(("location", "target"), [
    ("http://admin:s3cret@192.0.2.9/video?token=s3cret", "http://192.0.2.9/video"),
    ("/login.html?sid=s3cret", "/login.html"), ("", "nowhere"),
])  # fmt: skip
def test_a_camera_that_sends_on_to_another_place_is_not_followed_and_the_place_is_named(
    password_file: Path, location: str, target: str
) -> None:
    asked: list[str] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(302)
            if location:
                self.send_header("Location", location)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is said."""

    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        try:
            link = seen(HttpCameraSettings(f"http://127.0.0.1:{server.server_port}/s", USER, str(password_file)), "302")
        finally:
            server.shutdown()
    assert link.reason == f"127.0.0.1:{server.server_port}/s: HTTP 302, sends on to {target!r}"
    assert "write it into `address`" in link.remedy and set(asked) == {"/s"}


def test_a_camera_with_an_ipv6_address() -> None:
    url = free_url("::1")
    with serving(url):
        assert seen(HttpCameraSettings(url)).connected
    assert seen(HttpCameraSettings(url), "[::1]:").reason == f"{parse_url(url, {'http': 0}).place}: connection refused"


def test_an_rtsp_camera_that_refuses_never_shows_the_password(
    password_file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """OpenCV and FFmpeg write to the log of the node by themselves."""
    with RtspServer(login=(USER, "another")) as camera:
        plain = camera.address
        for settings in (
            RtspCameraSettings(plain, USER, str(password_file)),
            RtspCameraSettings(parse_url(plain, {"rtsp": 0}).with_login(USER, PASSWORD)),
        ):
            driver = RtspCamera("south", settings, lambda _: None)
            driver.start()
            try:
                wait_until(lambda: "cannot be opened" in driver.link().reason, what=str(driver.link()))  # noqa: B023
            finally:
                driver.close()
            said = driver.link().reason + driver.link().remedy + "".join(capfd.readouterr())
            for secret in (PASSWORD, "p%C3%A4", "w@rd", "w%40rd"):
                assert secret not in said
    assert camera.refused > 0


def test_an_rtsp_camera_with_a_digest_login_gives_its_pictures(password_file: Path) -> None:
    frames: list[Frame] = []
    with RtspServer(login=(USER, PASSWORD)) as camera:
        driver = RtspCamera("south", RtspCameraSettings(camera.address, USER, str(password_file)), frames.append)
        driver.start()
        try:
            wait_until(lambda: len(frames) > 3, what=f"pictures; {driver.link()}")
        finally:
            driver.close()


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"address": "http://admin:s3cret#ss@cam/x"}, "address: the http:// address has a #"),
        ({"address": "http://cam/x", "user": "a"}, "password_file: missing; a login is `user` and `password_file`"),
        ({"address": "http://cam/x", "password_file": "a"}, "user: missing"),
        ({"address": "http://b:s3cret@cam/x", "user": "a", "password_file": "f"}, "address: leave the login out of it"),
        ({"address": "http://cam/x", "user": "a:b", "password_file": "f"}, "user: a user with a colon"),
        ({"address": "http://a%3Ab:s3cret@cam/x"}, "user: a user with a colon"),
        ({"address": " "}, "address: is empty"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_their_key(block: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError) as refused:
        HttpCameraSettings(**block)
    assert str(refused.value).startswith(words.partition(":")[0]) and words in str(refused.value)
    assert "s3cret" not in str(refused.value)
