"""A stream of bytes over HTTP that never ends by itself, and whose every failure says what mends it. Knows no format.

Each wait is bounded: connecting, the answer, and every read. `close` may come from another thread and ends a read.
"""

import base64
import contextlib
import http.client
import socket
from urllib.parse import SplitResult, unquote, urlsplit

from port_sensors.transport.serial_port import LinkLost

_READ_BYTES = 262144


class StreamRefused(LinkLost):
    """Somebody answers, but gives no stream: wrong port, path or password."""


class StreamAbsent(LinkLost):
    """Nobody answers."""


class HttpStream:
    """An open GET of `address`. Raises StreamAbsent, StreamRefused or LinkLost.

    content_type: of the answer. timeout_s holds for connecting and for each read.
    """

    def __init__(self, address: str, timeout_s: float = 1.0) -> None:
        parts = urlsplit(address)
        if parts.scheme != "http" or not parts.hostname:
            raise StreamRefused(f"{address}: not an http:// address", "correct `address` in the ground's file")
        self._shown = f"{parts.hostname}:{parts.port or 80}"  # never with the password
        self._connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=timeout_s)
        try:
            self._answer = self._ask(parts)
        except BaseException:
            self._connection.close()
            raise
        self.content_type = self._answer.headers.get("Content-Type", "")

    def read(self) -> bytes:
        """The next bytes, at least one. Raises LinkLost if none come in time or the stream ended."""
        try:
            data = self._answer.read1(_READ_BYTES)
        except TimeoutError as error:
            raise LinkLost(f"{self._shown}: sends nothing any more", "check the camera's cable and power") from error
        except (OSError, ValueError, AttributeError, http.client.HTTPException) as error:
            raise self._ended(error) from error
        if not data:
            raise self._ended(None)
        return data

    def close(self) -> None:
        """End the stream; never raises. A read under way in another thread raises LinkLost."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def _ask(self, parts: SplitResult) -> http.client.HTTPResponse:
        headers = {"Accept": "multipart/x-mixed-replace, image/jpeg"}
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            self._connection.request("GET", path, headers=headers)
            # Kept apart: an answer without length takes the socket away from the connection.
            self._socket: socket.socket | None = self._connection.sock
            answer = self._connection.getresponse()
        except ConnectionRefusedError as error:
            raise StreamRefused(
                f"{self._shown}: connection refused",
                "switch the camera's video server on, or correct the port in `address`",
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise StreamAbsent(
                f"{self._shown}: no answer ({error})", "check the camera's power and network cable, and `address`"
            ) from error
        if answer.status != 200:
            raise StreamRefused(
                f"{self._shown}{parts.path}: HTTP {answer.status}", _REMEDIES.get(answer.status, _OTHER)
            )
        return answer

    def _ended(self, error: BaseException | None) -> LinkLost:
        detail = f" ({error})" if error else ""
        return LinkLost(f"{self._shown}: stream ended{detail}", "check the camera's cable and power")


_OTHER = "look at the camera's own page for what is wrong"
_REMEDIES = {
    401: "put the camera's user and password into `address`",
    403: "put the camera's user and password into `address`",
    404: "correct the path in `address`",
    503: "close other viewers of this camera: it serves only so many",
}
