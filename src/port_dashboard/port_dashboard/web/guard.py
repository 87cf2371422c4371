"""Who may talk to the page's server, and what browsers are told about it: Host, Origin and security headers.

A page of another site must not read this one, neither by a WebSocket of its own nor by pointing its name at our
address (DNS rebinding): so the Host must be an address or a name of ours, and the Origin must be that same host.
"""

import ipaddress
import socket
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "content-security-policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}


def host_is_ours(host_header: str, configured: str) -> bool:
    """Whether a Host header names this server: an address, localhost, this machine or the configured name."""
    name = urlsplit(f"//{host_header}").hostname or ""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name in {"localhost", configured.lower(), socket.gethostname().lower()} and name != ""
    return True


def origin_is_ours(origin: str, host_header: str) -> bool:
    """Whether a WebSocket was opened by a page of this very host and port. No Origin is no."""
    parts = urlsplit(origin)
    return parts.scheme in {"http", "https"} and parts.netloc.lower() == host_header.lower() != ""


class Guard:
    """ASGI middleware: refuses foreign hosts and origins, adds the security headers."""

    def __init__(self, app: ASGIApp, configured_host: str) -> None:
        self._app = app
        self._host = configured_host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not self._may(scope["type"], headers):
            await self._refuse(scope, receive, send)
            return
        await self._app(scope, receive, _with_headers(send))

    def _may(self, kind: str, headers: Headers) -> bool:
        host = headers.get("host", "")
        try:
            ours = host_is_ours(host, self._host)
            return ours and (kind != "websocket" or origin_is_ours(headers.get("origin", ""), host))
        except ValueError:  # urlsplit says so of hosts that are none, like "[["
            return False

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "foreign origin"})
            return
        response = PlainTextResponse("This host name is not the dashboard's.\n", status_code=421)
        await response(scope, receive, _with_headers(send))


def _with_headers(send: Send) -> Send:
    async def send_guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(HEADERS)
        await send(message)

    return send_guarded
