"""The wire side of a simulated IP camera: an HTTP server that hands each viewer to whoever has the frames.

It asks for a login where it has one (HTTP Digest, RFC 7616). It draws nothing and paces nothing.
"""

import contextlib
import hashlib
import hmac
import secrets
import socket
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit
from urllib.request import parse_http_list, parse_keqv_list

from port_ros.network_address import NetworkAddress

_REALM = "simulated camera"
_HASHES = {"SHA-256": hashlib.sha256, "MD5": hashlib.md5}
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
    """One thread a viewer, all joined by `server_close`.

    login: user and password that a viewer must know, None for anybody. algorithms: of the digests offered, in order.
    """

    allow_reuse_address = True
    daemon_threads = False
    block_on_close = True

    def __init__(
        self,
        url: NetworkAddress,
        serve: Callable[[socket.socket, threading.Event], None],
        login: tuple[str, str] | None = None,
        algorithms: tuple[str, ...] = ("SHA-256", "MD5"),
    ) -> None:
        self.serve, self.path = serve, urlsplit(url.target).path
        self.login, self.algorithms, self.nonce = login, algorithms, secrets.token_hex(16)
        self.gone = threading.Event()
        self._wires: set[socket.socket] = set()
        self.address_family = socket.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)[0][0]
        super().__init__((url.host, url.port), _Viewer)

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
        if self.server.login is not None and not self._knows(*self.server.login):
            self.send_response(401)
            for algorithm in self.server.algorithms:
                offer = f'Digest realm="{_REALM}", qop="auth, auth-int", algorithm={algorithm}'
                self.send_header("WWW-Authenticate", f'{offer}, nonce="{self.server.nonce}"')
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        with contextlib.suppress(OSError):
            self.server.serve(self.connection, self.server.gone)

    def _knows(self, user: str, password: str) -> bool:
        """Whether the request proves it, by RFC 7616, 3.4.1."""
        scheme, _, rest = self.headers.get("Authorization", "").partition(" ")
        told = parse_keqv_list(parse_http_list(rest)) if scheme.lower() == "digest" else {}
        if told.get("algorithm", "MD5") not in self.server.algorithms or told.get("nonce") != self.server.nonce:
            return False
        hashed = _HASHES[told.get("algorithm", "MD5")]

        def of(*parts: str) -> str:
            return hashed(":".join(parts).encode()).hexdigest()

        between = (told.get("nonce", ""), told.get("nc", ""), told.get("cnonce", ""), told.get("qop", ""))
        right = of(of(user, _REALM, password), *between, of("GET", self.path))
        return hmac.compare_digest(right, told.get("response", "")) and told.get("uri") == self.path

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the camera has no screen."""
