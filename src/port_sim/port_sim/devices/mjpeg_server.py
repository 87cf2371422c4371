"""The wire side of a simulated IP camera: an HTTP server that hands each viewer to whoever has the frames.

It draws nothing and paces nothing.
"""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

_BOUNDARY = "port-frame"
_WRITE_TIMEOUT_S = 2.0


@dataclass(frozen=True)
class Shot:
    """One encoded frame. stamp_ns: when it was taken, system clock."""

    number: int
    stamp_ns: int
    jpeg: bytes

    def part(self) -> bytes:
        """The frame as it goes over the wire."""
        seconds, rest = divmod(self.stamp_ns, 1_000_000_000)
        head = (
            f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(self.jpeg)}\r\n"
            f"X-Timestamp: {seconds}.{rest // 1000:06d}\r\nX-Frame: {self.number}\r\n\r\n"
        )
        return head.encode() + self.jpeg + b"\r\n"


class MjpegServer(socketserver.ThreadingTCPServer):
    """One thread a viewer, all joined by `server_close`."""

    allow_reuse_address = True
    daemon_threads = False
    block_on_close = True

    def __init__(
        self, address: tuple[str, int], serve: Callable[[socket.socket, threading.Event], None], path: str
    ) -> None:
        self.serve, self.path = serve, path
        self.gone = threading.Event()
        self._wires: set[socket.socket] = set()
        super().__init__(address, _Viewer)

    def get_request(self) -> tuple[socket.socket, Any]:
        wire, peer = super().get_request()
        wire.settimeout(_WRITE_TIMEOUT_S)
        self._wires.add(wire)
        return wire, peer

    def shutdown_request(self, request: Any) -> None:
        self._wires.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End all connections."""
        self.gone.set()
        for wire in tuple(self._wires):
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A viewer that leaves is no error."""


class _Viewer(BaseHTTPRequestHandler):
    server: MjpegServer
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        if urlsplit(self.path).path != self.server.path:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        with contextlib.suppress(OSError):
            self.server.serve(self.connection, self.server.gone)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the camera has no screen."""
