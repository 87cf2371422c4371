"""A stream of bytes over HTTP that never ends by itself, and whose every failure says what mends it. Knows no format.

Each wait is bounded: connecting, the whole answer, and every read. `close` may come from another thread, at any time.
"""

import base64
import contextlib
import http.client
import socket
import threading
from urllib.parse import SplitResult, unquote, urlsplit

from port_ros.machine_load import remedy_for_late
from port_sensors.transport.serial_port import LinkLost

_READ_BYTES = 262144
#: Within this the answer's head must be there: a server may send it byte by byte, each in time.
_ANSWER_S = 3.0


class StreamRefused(LinkLost):
    """Somebody answers, but gives no stream: wrong port, path or password."""


class StreamAbsent(LinkLost):
    """Nobody answers."""


class HttpStream:
    """A GET of `address`. Raises StreamRefused if that is none.

    content_type: of the answer, once it is open. timeout_s holds for connecting and for each read.
    """

    def __init__(self, address: str, timeout_s: float = 1.0) -> None:
        parts = urlsplit(address)
        if parts.scheme != "http" or not parts.hostname:
            raise StreamRefused(f"{address}: not an http:// address", "correct `address` in the ground's file")
        self.shown = f"{parts.hostname}:{parts.port or 80}"  # never with the password
        self._parts = parts
        self._connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=timeout_s)
        self._socket: socket.socket | None = None
        self._closed = False
        self.content_type = ""

    def open(self) -> None:
        """Connect and ask. Raises StreamAbsent, StreamRefused or LinkLost."""
        try:
            self._answer = self._ask(self._parts)
        except BaseException:
            self._connection.close()
            raise
        self.content_type = self._answer.headers.get("Content-Type", "")

    def read(self) -> bytes:
        """The next bytes, at least one. Raises LinkLost if none come in time or the stream ended."""
        try:
            data = self._answer.read1(_READ_BYTES)
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
        self._connection.close()

    def _hang_up(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _ask(self, parts: SplitResult) -> http.client.HTTPResponse:
        headers = {"Accept": "multipart/x-mixed-replace, image/jpeg"}
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            self._connection.connect()
            # Kept apart: an answer without length takes the socket away from the connection.
            self._socket = self._connection.sock
            self._connection.request("GET", path, headers=headers)
            answer = self._await_answer()
        except ConnectionRefusedError as error:
            raise StreamRefused(
                f"{self.shown}: connection refused",
                "switch the camera's video server on, or correct the port in `address`",
            ) from error
        except (OSError, http.client.HTTPException) as error:
            remedy = "check the camera's power and network cable, and `address`"
            remedy = remedy_for_late(remedy) if isinstance(error, TimeoutError) else remedy
            raise StreamAbsent(f"{self.shown}: no answer ({error})", remedy) from error
        if answer.status != 200:
            raise StreamRefused(f"{self.shown}{parts.path}: HTTP {answer.status}", _REMEDIES.get(answer.status, _OTHER))
        return answer

    def _await_answer(self) -> http.client.HTTPResponse:
        """The head of the answer; hangs up on who does not end it."""
        if self._closed:
            raise OSError("closed")
        late = threading.Timer(_ANSWER_S, self._hang_up)
        late.start()
        try:
            return self._connection.getresponse()
        finally:
            late.cancel()
            late.join()

    def _ended(self, error: BaseException | None) -> LinkLost:
        detail = f" ({error})" if error else ""
        return LinkLost(f"{self.shown}: stream ended{detail}", "check the camera's cable and power")


_OTHER = "look at the camera's own page for what is wrong"
_REMEDIES = {
    401: "put the camera's user and password into `address`",
    403: "put the camera's user and password into `address`",
    404: "correct the path in `address`",
    503: "close other viewers of this camera: it serves only so many",
}
