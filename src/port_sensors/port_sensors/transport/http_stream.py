"""A stream of bytes over HTTP that never ends by itself, and whose every failure says what mends it. Knows no format.

Each wait is bounded: connecting, the whole answer, and every read. `close` may come from another thread, at any time.
"""

import contextlib
import http.client
import socket
import threading
from collections.abc import Callable, Sequence

from port_ros.machine_load import remedy_for_late
from port_ros.network_address import NetworkAddress, without_login
from port_sensors.transport.serial_port import LinkLost

_READ_BYTES = 262144
#: Within this the answer's head must be there: a server may send it byte by byte, each in time.
_ANSWER_S = 3.0


class StreamRefused(LinkLost):
    """Somebody answers, but gives no stream: wrong port, path or password."""


class StreamAbsent(LinkLost):
    """Nobody answers."""


class HttpStream:
    """A GET of `url`. Raises StreamRefused if that is none.

    authorize: from the server's WWW-Authenticate headers to our Authorization, empty for none; may raise LinkLost.
    content_type: of the answer, once it is open. timeout_s holds for connecting and for each read.
    """

    def __init__(self, url: NetworkAddress, authorize: Callable[[Sequence[str]], str], timeout_s: float = 1.0) -> None:
        self.shown = url.place
        self._url, self._authorize, self._timeout_s = url, authorize, timeout_s
        self._connection: http.client.HTTPConnection | None = None
        self._answer: http.client.HTTPResponse | None = None
        self._socket: socket.socket | None = None
        self._closed = False
        self.content_type = ""

    def open(self) -> None:
        """Connect and ask; with a login if it is asked for. Raises StreamAbsent, StreamRefused or LinkLost."""
        answer = self._ask({})
        if answer.status == http.HTTPStatus.UNAUTHORIZED:
            offered = answer.headers.get_all("WWW-Authenticate") or []
            if header := self._authorize(offered):
                answer = self._ask({"Authorization": header.encode()})
        if answer.status != http.HTTPStatus.OK:
            raise self._refused(answer)
        self._answer, self.content_type = answer, answer.headers.get("Content-Type", "")

    def read(self) -> bytes:
        """The next bytes, at least one. Raises LinkLost if none come in time or the stream ended."""
        try:
            data = self._answer.read1(_READ_BYTES) if self._answer else b""
        except TimeoutError as error:
            remedy = remedy_for_late("check the camera's cable and power")
            raise LinkLost(f"{self.shown}: sends nothing any more", remedy) from error
        except (OSError, ValueError, AttributeError, http.client.HTTPException) as error:
            raise self._ended(error) from error
        if not data:
            raise self._ended(None)
        return data

    def close(self) -> None:
        """End the stream; never raises. Opening or reading that is under way in another thread raises LinkLost."""
        self._closed = True
        self._hang_up()
        if self._connection is not None:
            self._connection.close()

    def _hang_up(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _ask(self, headers: dict[str, bytes]) -> http.client.HTTPResponse:
        """The head of the answer, on a connection of its own: many cameras end one with their 401."""
        if self._connection is not None:
            self._connection.close()
        self._connection = connection = http.client.HTTPConnection(
            self._url.host, self._url.port, timeout=self._timeout_s
        )
        try:
            connection.connect()
            # Kept apart: an answer without length takes the socket away from the connection.
            self._socket = connection.sock
            accepted = {"Accept": "multipart/x-mixed-replace, image/jpeg"}
            connection.request("GET", self._url.target, headers={**accepted, **headers})
            return self._await_answer(connection)
        except ConnectionRefusedError as error:
            raise StreamRefused(
                f"{self.shown}: connection refused",
                "switch the camera's video server on, or correct the port in `address`",
            ) from error
        except (OSError, http.client.HTTPException) as error:
            remedy = "check the camera's power and network cable, and `address`"
            remedy = remedy_for_late(remedy) if isinstance(error, TimeoutError) else remedy
            raise StreamAbsent(f"{self.shown}: no answer ({error})", remedy) from error

    def _await_answer(self, connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
        """The head of the answer; hangs up on who does not end it."""
        if self._closed:
            raise OSError("closed")
        late = threading.Timer(_ANSWER_S, self._hang_up)
        late.start()
        try:
            return connection.getresponse()
        finally:
            late.cancel()
            late.join()

    def _refused(self, answer: http.client.HTTPResponse) -> StreamRefused:
        path = self._url.shown.partition("://")[2]
        if answer.status in _ELSEWHERE:
            # Not followed: whoever answers there would get the camera's login, and its pictures would count.
            target = without_login((answer.headers.get("Location") or "nowhere").partition("?")[0])[:_SHOWN_MOST]
            remedy = "if that is the camera, write it into `address`; else look at the camera's own page"
            return StreamRefused(f"{path}: HTTP {answer.status}, sends on to {target!r}", remedy)
        return StreamRefused(f"{path}: HTTP {answer.status}", _REMEDIES.get(answer.status, _OTHER))

    def _ended(self, error: BaseException | None) -> LinkLost:
        detail = f" ({error})" if error else ""
        return LinkLost(f"{self.shown}: stream ended{detail}", "check the camera's cable and power")


_ELSEWHERE = (301, 302, 303, 307, 308)
_SHOWN_MOST = 200
_OTHER = "look at the camera's own page for what is wrong"
_REMEDIES = {
    401: "correct `user` and the content of `password_file` in the camera's block",
    403: "correct `user` and the content of `password_file` in the camera's block",
    404: "correct the path in `address`",
    503: "close other viewers of this camera: it serves only so many",
}
