"""A camera that streams MJPEG over HTTP. It decodes no picture: what the camera compressed is what is handed on."""

import secrets
import time
from collections.abc import Callable, Sequence

from port_sensors.drivers.camera import Frame, StreamCamera
from port_sensors.drivers.camera_settings import HttpCameraSettings
from port_sensors.protocol.http_login import LoginUnsupported, Request, authorization, challenges
from port_sensors.protocol.mjpeg import MjpegParser, Part, boundary_of
from port_sensors.transport.http_stream import HttpStream, StreamRefused
from port_sensors.transport.serial_port import LinkLost

_CAPTURE = "capture time, camera's clock"
_ARRIVAL = "arrival at this machine: the camera sends no time"
_SILENCE_S = 3.0


class MjpegCamera(StreamCamera):
    """Reads the stream at the address (http://…)."""

    settings_kind = HttpCameraSettings

    def __init__(
        self, name: str, settings: HttpCameraSettings, on_frame: Callable[[Frame], None], timeout_s: float = 1.0
    ) -> None:
        super().__init__(name, on_frame)
        self._settings, self._timeout_s = settings, timeout_s
        self._url = settings.url
        self._stream: HttpStream | None = None

    def _hang_up(self) -> None:
        if (stream := self._stream) is not None:
            stream.close()

    def _attempt(self) -> None:
        self._stream = stream = HttpStream(self._url, self._authorize, self._timeout_s)
        try:
            stream.open()
            if (boundary := boundary_of(stream.content_type)) is None:
                raise StreamRefused(
                    f"answers with {stream.content_type or 'nothing'} and no MJPEG stream",
                    "correct the path in `address`",
                )
            self._read_parts(stream, MjpegParser(boundary))
        finally:
            stream.close()

    def _authorize(self, offered: Sequence[str]) -> str:
        """What answers a camera that asks for a login; empty if we have none. Raises LinkLost."""
        user, password = self._settings.login()
        if not user:
            return ""
        request = Request("GET", self._url.target, secrets.token_hex(16))
        try:
            return authorization(challenges(offered), request, user, password)
        except LoginUnsupported as error:
            raise StreamRefused(
                f"{self._url.place}: wants a login of a kind that is not known here ({error})",
                "choose Digest or Basic on the camera's own page",
            ) from error

    def _read_parts(self, stream: HttpStream, parser: MjpegParser) -> None:
        before, heard_s = self._link.rejected_bytes, time.monotonic()
        while not self._stop.is_set():
            for part in parser.feed(stream.read()):
                self._take_part(part)
                heard_s = time.monotonic()
            self._set(rejected_bytes=before + parser.rejected_bytes)
            if time.monotonic() - heard_s > _SILENCE_S:
                raise LinkLost(
                    f"{stream.shown}: bytes, but no picture for {_SILENCE_S:g} s", "look at the camera's own page"
                )

    def _take_part(self, part: Part) -> None:
        self._take(part.jpeg, part.stamp_ns, part.sequence, _ARRIVAL if part.stamp_ns is None else _CAPTURE)
