"""The newest frame, and who waits for it. A slow page gets fewer frames, never older ones, and holds up nobody.

Each page asks for the next frame when it has shown the last one, so at most one frame is on its way to it. Lives in
one asyncio loop.
"""

import asyncio
import time
from dataclasses import dataclass, field


@dataclass(eq=False)
class Client:
    """One open page: when it last asked (monotonic, ns), and whether it waits for a frame."""

    asked_ns: int = field(default_factory=time.monotonic_ns)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def ask(self) -> None:
        """The page has shown its last frame and wants the next."""
        self.asked_ns = time.monotonic_ns()
        self.asked.set()


class Hub:
    """Holds one frame, the newest."""

    def __init__(self, most_clients: int = 32) -> None:
        self._most = most_clients
        self._clients: set[Client] = set()
        self._page = b""
        self._built_ns = 0
        self._number = 0

    def __len__(self) -> int:
        return len(self._clients)

    def enter(self) -> Client | None:
        """A new page; None if the house is full."""
        if len(self._clients) >= self._most:
            return None
        client = Client()
        client.asked.set()
        client.news.set()
        self._clients.add(client)
        return client

    def leave(self, client: Client) -> None:
        self._clients.discard(client)

    def put(self, page: bytes, built_ns: int) -> None:
        """A newer page (JSON); the one before is forgotten."""
        self._page, self._built_ns, self._number = page, built_ns, self._number + 1
        for client in self._clients:
            client.news.set()

    async def next_frame(self, client: Client) -> str:
        """Wait until `client` has asked and there is news, and give the newest.

        `held_ms` is how long the answer waited here, so that the page can tell its own way from our waiting;
        `built_ago_ms` is how old the page value is.
        """
        await client.asked.wait()
        await client.news.wait()
        client.asked.clear()
        client.news.clear()
        now_ns = time.monotonic_ns()
        held_ms, built_ago_ms = (now_ns - client.asked_ns) / 1e6, (now_ns - self._built_ns) / 1e6
        head = f'{{"number":{self._number},"held_ms":{held_ms:.3f},"built_ago_ms":{built_ago_ms:.3f},"page":'
        return head + self._page.decode() + "}"
