"""How long the server waits for a browser: one that is gone, stands still or says nothing must not stay connected.

Open pages are pinged (server settings). Here is what pings do not reach: bytes that nobody fetches, computers that are
gone, and connections on which nothing is asked.
"""

import asyncio
import socket

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

#: How long bytes may lie unfetched, and how long a connection may be open before something is asked.
UNFETCHED_S = 10
ASK_S = 10.0
_PROBES, _PROBE_S = 3, 3
_NOT_UTF8 = 1007


def hang_up_on_the_gone(listening: socket.socket) -> None:
    """Have the system end connections whose peer fetches nothing or is gone; what `listening` accepts inherits it."""
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNFETCHED_S * 1000)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, UNFETCHED_S)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _PROBE_S)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _PROBES)


class QuietWebSocket(WebSocketsSansIOProtocol):
    """A WebSocket that hangs up on text that is no UTF-8 (RFC 6455, 1007), without a traceback for each in the log."""

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_utf8(b"".join(self.frames)):
            self.frames = []
            self.conn.send_close(_NOT_UTF8)
            self.handle_parser_exception()
            return
        super().send_receive_event_to_app()


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


class PromptHttp(H11Protocol):
    """HTTP that ends a connection on which no whole request has come in time."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.loop.call_later(ASK_S, self._hang_up_unasked)

    def _hang_up_unasked(self) -> None:
        became_a_page = self.transport.get_protocol() is not self
        if self.cycle is None and not became_a_page:
            self.transport.abort()
