"""The operator's view on a terminal without one: what it shows is what a test says, keys are pressed, rows are read."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from textual.pilot import Pilot

from port_session.view.app import SessionView
from port_session.view.page import HEIGHT, WIDTH
from port_session.view.picture import Picture
from tests.session_pictures import NOW_S
from tests.waiting import PATIENCE_S


class Feed:
    """What the view shows is what the test says; what it asks for is kept."""

    def __init__(self, shown: Picture) -> None:
        self.shown, self.asked = shown, list[tuple[str, str, int]]()

    def picture(self) -> Picture:
        return self.shown

    def ask(self, step: str, note: str = "", run: int = 0) -> None:
        self.asked.append((step, note, run))


class Screen:
    """The view as a person has it: what stands on the screen, and keys to press."""

    def __init__(self, feed: Feed, app: SessionView, pilot: Pilot[None]) -> None:
        self.feed, self.app, self.pilot = feed, app, pilot

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    def rows(self) -> list[str]:
        return ["".join(segment.text for segment in strip) for strip in self.app.screen._compositor.render_strips()]

    def text(self) -> str:
        return " ".join(" ".join(self.rows()).replace("\N{NO-BREAK SPACE}", " ").split())

    def struck(self) -> str:
        """All that is struck out."""
        strips = self.app.screen._compositor.render_strips()
        return " ".join(part.text for strip in strips for part in strip if part.style and part.style.strike)

    async def shows(self, *words: str) -> None:
        """Wait until all of it stands there."""
        await self.until(lambda: all(word in self.text() for word in words), f"{words}")

    async def until(self, condition: Callable[[], Any], what: str) -> None:
        deadline_s = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline_s, f"{what}; the screen:\n" + "\n".join(self.rows())
            await self.pilot.pause(0.02)


def seen(shown: Picture, play: Callable[[Screen], Awaitable[None]], size: tuple[int, int] = (WIDTH, HEIGHT)) -> Feed:
    """Play with a view of this picture."""
    feed = Feed(shown)

    async def main() -> None:
        app = SessionView(feed, "li.wei", now_s=lambda: NOW_S)
        async with app.run_test(size=size) as pilot:
            screen = Screen(feed, app, pilot)
            await screen.shows("SESSION", "Tab HALT")
            await play(screen)

    asyncio.run(main())
    return feed
