"""The page's server: Starlette on uvicorn in a thread of its own, with its own asyncio loop.

It observes only: no route changes anything anywhere. The ROS side hands over by `changed()`, which never waits.
"""

import asyncio
import errno
import hashlib
import logging
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from port_dashboard.web.guard import Guard
from port_dashboard.web.hub import Client, Hub
from port_dashboard.web.patience import PromptHttp, QuietWebSocket, hang_up_on_the_gone
from port_ros.network_address import host_port

STATIC = Path(__file__).parent / "static"
PERIOD_S = 0.1
_FULL = 1013
_log = logging.getLogger(__name__)


class CannotListen(Exception):
    """The address cannot be served; the message is one line with the remedy."""


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; raises CannotListen that names address, key and remedy."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotListen(f"dashboard.host: {host!r} is no address of this machine ({error.strerror})") from error
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        hang_up_on_the_gone(bound)
        bound.bind(address)
        bound.listen(64)
    except OSError as error:
        bound.close()
        raise CannotListen(_why(host, port, error)) from error
    return bound


def _why(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"dashboard.port: {host_port(host, port)} is in use by another program; give dashboard.port another number "
            f"in the session file, or end that program (ss -ltnp 'sport = :{port}' names it)"
        )
    return f"dashboard.host: {host_port(host, port)} cannot be served: {error.strerror}"


class Server:
    """Serves what `make_page` returns, ten times a second and at once after `changed()`."""

    def __init__(self, host: str, port: int, make_page: Callable[[], dict[str, Any]]) -> None:
        self._make_page = make_page
        self._socket = listen(host, port)
        self.port: int = self._socket.getsockname()[1]
        self.host = host
        self._hub = Hub()
        #: How often its loop has made a page: who watches it sees it go on.
        self.turns = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self._assets = _fingerprint(STATIC)
        self._uvicorn = uvicorn.Server(uvicorn.Config(self._app(), **_SETTINGS))
        self._thread = threading.Thread(target=self._run, name="dashboard-web", daemon=True)

    @property
    def url(self) -> str:
        return f"http://{host_port(self.host, self.port)}/"

    @property
    def clients(self) -> int:
        return len(self._hub)

    @property
    def connections(self) -> int:
        """How many browsers are connected, pages and all else."""
        return len(self._uvicorn.server_state.connections)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def changed(self) -> None:
        """Show the newest page at once. From any thread; never waits."""
        loop, wake = self._loop, self._wake
        if loop is None or wake is None:
            return
        try:
            loop.call_soon_threadsafe(wake.set)
        except RuntimeError:  # the loop has ended: nobody looks any more
            self._loop = None

    def close(self, timeout_s: float = 5.0) -> None:
        """End the server and join its thread."""
        self._uvicorn.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        self._socket.close()

    def _app(self) -> Starlette:
        routes = [
            Route("/", _index),
            Route("/healthz", self._healthz),
            Route("/api/page", self._api_page),
            WebSocketRoute("/ws", self._ws),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]
        return Starlette(routes=routes, middleware=[Middleware(Guard, configured_host=self.host)])

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        pages = asyncio.create_task(self._keep_fresh(self._wake))
        try:
            await self._uvicorn.serve(sockets=[self._socket])
        finally:
            self._loop = None
            pages.cancel()

    async def _keep_fresh(self, wake: asyncio.Event) -> None:
        """Build a page every period, and at once when woken."""
        while True:
            wake.clear()
            self.turns += 1
            try:
                self._hub.put(self._build(), time.monotonic_ns())
            except Exception:  # a page that cannot be built must age to NOT LIVE, not end the server
                _log.exception("the page could not be built")
            try:
                await asyncio.wait_for(wake.wait(), PERIOD_S)
            except TimeoutError:
                continue

    def _build(self) -> bytes:
        return orjson.dumps({**self._make_page(), "assets": self._assets})

    async def _healthz(self, request: Request) -> Response:
        page = self._make_page()
        return _json({"ok": True, "live": page["live"], "age_ms": page["state"]["age_ms"], "clients": self.clients})

    async def _api_page(self, request: Request) -> Response:
        return Response(self._build(), media_type="application/json")

    async def _ws(self, websocket: WebSocket) -> None:
        await websocket.accept()
        client = self._hub.enter()
        if client is None:
            await websocket.close(_FULL, "too many pages are open")
            return
        feed = asyncio.create_task(self._feed(websocket, client))
        try:
            while True:
                await websocket.receive_text()
                client.ask()
        except (WebSocketDisconnect, KeyError, RuntimeError):
            pass  # gone, or sent what no page of ours sends
        finally:
            feed.cancel()
            self._hub.leave(client)

    async def _feed(self, websocket: WebSocket, client: Client) -> None:
        try:
            while True:
                await websocket.send_text(await self._hub.next_frame(client))
        except (WebSocketDisconnect, RuntimeError, OSError):
            self._hub.leave(client)


async def _index(request: Request) -> Response:
    return FileResponse(STATIC / "index.html")


def _json(value: object) -> Response:
    return Response(orjson.dumps(value), media_type="application/json")


def _fingerprint(folder: Path) -> str:
    """Changes when the page's files do, so that an open page knows it is of another version."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


#: Pings find pages that are gone without saying so; no page has anything long to say, so 1 kB is enough for them.
_SETTINGS: dict[str, Any] = {
    "lifespan": "off",
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "proxy_headers": False,
    "ws_per_message_deflate": False,
    "http": PromptHttp,
    "ws": QuietWebSocket,
    "ws_max_size": 1024,
    "ws_ping_interval": 5.0,
    "ws_ping_timeout": 5.0,
    "timeout_graceful_shutdown": 1,
}
