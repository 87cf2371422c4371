"""The server on a real socket: routes, headers, who is refused, slow pages, a port that is taken."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import orjson
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from port_dashboard.web.server import CannotListen, Server
from tests.waiting import PATIENCE_S, wait_until


class Source:
    """A page whose value the test changes; made heavy so that nothing hides in the kernel's buffers for long."""

    def __init__(self) -> None:
        self.word = "RUN"
        self.ballast = ""

    def __call__(self) -> dict[str, Any]:
        return {"live": True, "state": {"word": self.word, "age_ms": 1.0}, "ballast": self.ballast}


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def server(source: Source) -> Iterator[Server]:
    made = Server("127.0.0.1", 0, source)
    made.start()
    wait_until(lambda: _answers(made.url), what="the server answers")
    yield made
    made.close(PATIENCE_S)
    assert not made.alive


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}healthz").status_code == 200
    except httpx.TransportError:
        return False


def open_page(server: Server, origin: str = "") -> ClientConnection:
    address, said = f"ws://127.0.0.1:{server.port}/ws", Origin(origin or server.url.rstrip("/"))
    return connect(address, origin=said, max_size=None)


def frame(page: ClientConnection) -> dict[str, Any]:
    return dict(orjson.loads(page.recv(timeout=PATIENCE_S)))


def test_who_watches_it_sees_it_go_on_until_it_has_ended(server: Server) -> None:
    seen = server.turns
    wait_until(lambda: server.turns > seen + 2, what="pages are made")
    server.close(PATIENCE_S)
    seen = server.turns
    time.sleep(0.5)
    assert server.turns == seen, "and its node has nothing to say any more"


def test_routes_and_headers(server: Server) -> None:
    for path, kind in (("", "text/html"), ("static/page.js", "javascript"), ("api/page", "json"), ("healthz", "json")):
        answer = httpx.get(server.url + path)
        assert answer.status_code == 200 and kind in answer.headers["content-type"]
        assert answer.headers["content-security-policy"].startswith("default-src 'self';")
        assert answer.headers["x-content-type-options"] == "nosniff" and "server" not in answer.headers
    assert "<script>" not in httpx.get(server.url).text


@pytest.mark.parametrize("path", ["static/../server.py", "static/%2e%2e/server.py", "api", "static/"])
def test_nothing_else_is_served(server: Server, path: str) -> None:
    assert httpx.get(server.url + path).status_code in (404, 405)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_asked_for(server: Server, method: str) -> None:
    assert httpx.request(method, f"{server.url}api/page").status_code == 405


def test_a_foreign_host_name_is_refused(server: Server) -> None:
    assert httpx.get(server.url, headers={"host": "evil.example"}).status_code == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null"])
def test_a_foreign_origin_is_refused(server: Server, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        open_page(server, origin)
    assert refused.value.response.status_code == 403


def test_no_origin_is_refused(server: Server) -> None:
    with pytest.raises(InvalidStatus):
        connect(f"ws://127.0.0.1:{server.port}/ws")


def test_frames_come_when_asked_and_at_once_on_change(server: Server, source: Source) -> None:
    with open_page(server) as page:
        assert frame(page)["page"]["state"]["word"] == "RUN"
        with pytest.raises(TimeoutError):
            page.recv(timeout=0.5)  # not asked for
        page.send("next")
        frame(page)
        source.word = "STOPPED"
        server.changed()
        wait_until(lambda: _next_word(page) == "STOPPED")


def test_slow_pages_hold_up_nobody_and_get_the_newest(server: Server, source: Source) -> None:
    source.ballast = "x" * 2_000_000  # more than the buffers of the system hold of a page that does not read
    slow = [_silent_page(server) for _ in range(2)]
    with open_page(server) as page:
        ages_ms = []
        for _ in range(10):
            ages_ms.append(frame(page)["built_ago_ms"])
            page.send("next")
        assert min(ages_ms) < 1000.0, "the newest"
    for each in slow:
        each.close()
    wait_until(lambda: server.clients == 0, what="pages that went are forgotten")


def test_a_page_that_reads_nothing_any_more_is_hung_up_on_and_forgotten(server: Server, source: Source) -> None:
    """Its computer is gone or its process stands still: what is on its way to it is never fetched."""
    source.ballast = "x" * 16_000_000  # more than the system holds
    stalled = [_silent_page(server) for _ in range(3)]
    wait_until(lambda: server.clients == 3)
    wait_until(lambda: server.clients == 0 and server.connections == 0, what="its connection and memory are freed")
    for each in stalled:
        each.close()


def test_a_page_whose_process_stands_still_is_hung_up_on(server: Server) -> None:
    """It takes the small pages into the system's buffers, and answers no ping."""
    stalled = _silent_page(server)
    wait_until(lambda: server.clients == 1)
    wait_until(lambda: server.clients == 0 and server.connections == 0, what="no answer to a ping ends it")
    stalled.close()


@pytest.mark.parametrize(
    "said", [b"", b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgr"], ids=["nothing", "half a request"]
)
def test_who_connects_and_does_not_ask_is_hung_up_on(server: Server, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as idle:
        idle.sendall(said)
        wait_until(lambda: server.connections == 1)
        wait_until(lambda: server.connections == 0, what="it is hung up on")
    with open_page(server) as page:
        assert frame(page)["page"]["live"]


def test_a_page_that_is_looked_at_stays_open(server: Server) -> None:
    """Longer than anybody may be silent."""
    with open_page(server) as page:
        quiet_until_s = time.monotonic() + 12.0
        while time.monotonic() < quiet_until_s:
            assert _next_word(page) == "RUN"
            time.sleep(0.5)
        assert server.clients == 1


def test_a_download_that_is_not_fetched_is_hung_up_on(server: Server, source: Source) -> None:
    source.ballast = "x" * 8_000_000
    stalled = socket.create_connection(("127.0.0.1", server.port))
    stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stalled.sendall(f"GET /api/page HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode())
    assert stalled.recv(12).startswith(b"HTTP/1.1 200")
    wait_until(lambda: server.connections == 0, what="the connection is closed")
    stalled.close()


def _silent_page(server: Server) -> socket.socket:
    """A page that shakes hands, asks, and then reads nothing."""
    made = socket.create_connection(("127.0.0.1", server.port))
    host = f"127.0.0.1:{server.port}"
    request = (
        f"GET /ws HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    made.sendall(request.encode())
    assert made.recv(12).startswith(b"HTTP/1.1 101")
    return made


def test_no_more_than_32_pages(server: Server) -> None:
    with ExitStack() as pages:
        for _ in range(32):
            pages.enter_context(open_page(server))
        wait_until(lambda: server.clients == 32)
        with open_page(server) as late, pytest.raises(ConnectionClosed) as refused:
            late.recv(timeout=PATIENCE_S)
    assert refused.value.rcvd is not None and refused.value.rcvd.reason == "too many pages are open"


def test_a_page_that_sends_nonsense_is_dropped(server: Server) -> None:
    with open_page(server) as page, pytest.raises(ConnectionClosed):
        page.send(b"\x00" * 100)
        for _ in range(20):
            page.recv(timeout=PATIENCE_S)
    assert httpx.get(f"{server.url}healthz").json()["ok"]


def masked(first: int, payload: bytes) -> bytes:
    """A frame as a browser sends it, with a mask of zeros. first: its first byte."""
    return bytes([first, 0x80 | len(payload), 0, 0, 0, 0]) + payload


@pytest.mark.parametrize(
    "said",
    [
        masked(0x81, b"\xff\xfe"),
        masked(0x01, b"\xff") + masked(0x80, b"\xfe"),
        masked(0x80, b"x"),
        masked(0x8F, b""),
        masked(0xC1, b"next"),
        masked(0x88, b"\x03\xe8\xff"),
        masked(0x88, b"\x00"),
        masked(0x09, b"x"),
        b"\x81\x04next",
        b"\x81\xff" + b"\x7f" * 8 + b"\0" * 4,
        masked(0x01, b"x") + masked(0x00, b"x" * 125) * 20,
    ],
    ids=["bad UTF-8", "bad UTF-8 in parts", "goes on with nothing", "unknown opcode", "reserved bit",
         "bad UTF-8 at the end", "half a code", "ping in parts", "no mask", "2^63 bytes", "without an end"],
)  # fmt: skip
def test_a_page_that_breaks_the_protocol_is_hung_up_on_without_a_traceback(
    server: Server, said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with open_page(server) as page:
        frame(page)
        page.socket.sendall(said)
        with pytest.raises(ConnectionClosed):
            page.recv(timeout=PATIENCE_S)
    wait_until(lambda: server.clients == 0, what="it is forgotten")
    assert httpx.get(f"{server.url}healthz").json()["ok"]
    assert [record.message for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


UPGRADE = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"


@pytest.mark.parametrize(
    "asked",
    [
        b"GET /\xff HTTP/1.1\r\nHost: 127.0.0.1\r\n" + UPGRADE,
        b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: \xff\xfe\r\n" + UPGRADE,
        b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\n" + UPGRADE,
        b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-WebSocket-Key: \xff\r\n" + UPGRADE,
        b"GET /%ff%00 HTTP/1.1\r\nHost: 127.0.0.1\r\n",
        b"GET /static/%00 HTTP/1.1\r\nHost: 127.0.0.1\r\n",
        b"GET /static/" + b"a" * 5000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n",
        b"GET / HTTP/1.1\r\nHost: \xff\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\nHost: 127.0.0.1\r\n",
    ],
)
def test_who_asks_for_what_is_none_gets_an_answer_and_no_traceback(
    server: Server, asked: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE_S) as line:
        line.sendall(asked + b"Connection: close\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 4")
    assert httpx.get(f"{server.url}healthz").json()["ok"]
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


def test_a_page_that_cannot_be_built_ends_nothing(server: Server, source: Source, caplog: Any) -> None:
    source.word = object()  # type: ignore[assignment]
    wait_until(lambda: "could not be built" in caplog.text)
    source.word = "STANDBY"
    with open_page(server) as page:
        wait_until(lambda: _next_word(page) == "STANDBY")


def _next_word(page: ClientConnection) -> str:
    page.send("next")
    return str(frame(page)["page"]["state"]["word"])


def test_a_taken_port_is_told_in_one_line(server: Server) -> None:
    with pytest.raises(CannotListen) as error:
        Server("127.0.0.1", server.port, dict)
    text = str(error.value)
    assert f"127.0.0.1:{server.port} is in use" in text and "dashboard.port" in text and "\n" not in text


def test_an_ipv6_address_is_served_at_the_url_that_is_printed(source: Source) -> None:
    made = Server("::1", 0, source)
    made.start()
    try:
        assert made.url == f"http://[::1]:{made.port}/"
        wait_until(lambda: _answers(made.url), what="the printed URL answers")
        host = f"[::1]:{made.port}"
        with connect(f"ws://{host}/ws", origin=Origin(f"http://{host}"), max_size=None) as page:
            assert frame(page)["page"]["live"]
        with pytest.raises(CannotListen, match=re.escape(f"{host} is in use")):
            Server("::1", made.port, dict)
    finally:
        made.close(PATIENCE_S)


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(CannotListen, match=r"dashboard\.host: 192\.0\.2\.1:8080 cannot be served"):
        Server("192.0.2.1", 8080, dict)


def test_changed_never_fails_before_start_or_after_close() -> None:
    made = Server("127.0.0.1", 0, dict)
    made.changed()
    made.close()
    made.changed()
