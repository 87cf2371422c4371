"""The view on a terminal: paints what the pure rooms make of the newest picture, and hands keys over as steps.

It decides nothing and waits for nobody. Halting is one key from everywhere and asks nothing back. It must not reset a
stop or get around a rule, and leaving it changes nothing in the session.
"""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Protocol

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Digits, Static

from port_session.view.dialogue import Dialogue
from port_session.view.page import Page, page
from port_session.view.picture import Answer, Outcome, Picture
from port_session.view.rows import Row, Span
from port_session.view.steps import HALT_KEY, KEYS, must_be_confirmed, possible

#: How often the newest picture is looked at; only what has changed is painted.
PERIOD_S = 0.1

#: Sections from the top to the bottom, as a page calls them. The countdown stands beside `runs`.
SECTIONS = ("identity", "session", "gate", "next", "runs", "parts", "events", "answer", "keys")

#: Name of a style → its look: colours of IEC 60073, each readable on its own ground, also with few colours.
LOOKS = {
    "": "", "plain": "bold #101010 on #b0b0b0", "ok": "bold #ffffff on #00702c", "abnormal": "bold #101010 on #f0c000",
    "stop": "bold #ffffff on #c00020", "unknown": "bold #ffffff on #704090", "dim": "#a0a0a0", "strong": "bold",
    "label": "bold #90a8c0", "struck": "strike #a0a0a0", "instruction": "bold #ffffff",
    "halt": "bold #ffffff on #c00020", "key": "bold #101010 on #b0b0b0",
}  # fmt: skip


class Feed(Protocol):
    """Where pictures come from and steps go to; neither ever waits."""

    def picture(self) -> Picture:
        """The newest."""
        ...

    def ask(self, step: str, note: str = "", run: int = 0) -> None:
        """Ask the session for a step; the answer comes with a picture."""
        ...


class SessionView(App[None], inherit_bindings=False):
    """by: who asks here. mounted: called once the view runs, with what ends it from any thread."""

    CSS = """
    Screen { background: #101014; color: #d8d8d8; layers: base; }
    Static { width: 1fr; height: auto; }
    #next { background: #203048; }
    #run { height: 3; }
    #run_label { width: 9; }
    Digits { width: 20; color: #ffffff; text-style: bold; }
    Digits.abnormal { color: #f0c000; }
    Digits.unknown { color: #a0a0a0; }
    #events { height: 1fr; }
    """
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None  # a key goes to a text only while a reason is typed
    BINDINGS: ClassVar[list[BindingType]] = [
        # Before any widget sees it: no dialogue holds it up.
        Binding(HALT_KEY, "halt", priority=True),
        Binding("space", "halt"),  # where nothing is typed
        Binding("ctrl+c,ctrl+q", "leave", priority=True),
        Binding("q", "leave"),
        Binding("escape,n", "close_dialogue"),
        Binding("y", "yes"),
        *[Binding(key, f"step('{step}')") for step, key in KEYS.items()],
    ]

    def __init__(
        self, feed: Feed, by: str, mounted: Callable[[Callable[[], None]], None] = lambda leave: None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        super().__init__()
        self._feed, self._by, self._now_s = feed, by, now_s
        self._when_mounted = mounted
        self._notice: Answer | None = None
        self._shown: dict[str, Any] = {}
        self._rows = {name: Static(id=name, markup=False) for name in SECTIONS}
        self._digits, self._dialogue = Digits(), Dialogue()

    def compose(self) -> ComposeResult:
        """Its widgets."""
        for name, widget in self._rows.items():
            if name == "runs":
                yield Horizontal(
                    Static(painted([(Span("RUN", "label"),)]), id="run_label"), self._digits, widget, id="run"
                )
            elif name == "keys":
                yield self._dialogue
                yield widget
            else:
                yield widget

    def on_mount(self) -> None:
        """Begin to show."""
        self._when_mounted(partial(self._leave_from_elsewhere, asyncio.get_running_loop()))
        self.set_interval(PERIOD_S, self.show)
        self.show()

    def _leave_from_elsewhere(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.call_soon_threadsafe(self.exit)

    def on_resize(self) -> None:
        """The terminal has another size."""
        self.show()

    def show(self) -> None:
        """Paint what is known now."""
        size, asked = (self.size.width, self.size.height), self._dialogue
        picture, now_s = self._feed.picture(), self._now_s()
        shown = page(picture, now_s, time.time_ns(), size, self._by, self._notice, asked.rows, asked.keys)
        for name, widget in self._rows.items():
            self._paint(name, getattr(shown, name), widget)
        self._count_down(shown)

    def _paint(self, name: str, rows: list[Row], widget: Static) -> None:
        if self._shown.get(name) != rows:
            self._shown[name] = rows
            widget.update(painted(rows))

    def _count_down(self, shown: Page) -> None:
        told = (shown.countdown, shown.countdown_status)
        if self._shown.get("countdown") != told:
            self._shown["countdown"] = told
            self._digits.update(shown.countdown)
            self._digits.set_classes(shown.countdown_status)

    # --- keys ---------------------------------------------------------------------------------------------------

    def action_halt(self) -> None:
        """Ask for the halt, at once."""
        self._feed.ask("halt")

    def action_leave(self) -> None:
        """End the view; the session goes on."""
        self.exit()

    def action_close_dialogue(self) -> None:
        """Nothing of what is asked."""
        if self._dialogue.is_open:
            self._dialogue.close()

    def action_yes(self) -> None:
        """Do what is asked."""
        self._dialogue.yes()

    def action_step(self, step: str) -> None:
        """Ask for a step that is possible now; of another say what is next instead."""
        if self._dialogue.is_open:
            return
        picture, now_s = self._feed.picture(), self._now_s()
        if step not in possible(picture, now_s):
            self._notice = Answer(step, Outcome.NOT_ASKED, "it is not possible now; NEXT tells what is", now_s)
        elif step == "void_run":
            run = picture.session.run if picture.session else 0
            self._dialogue.ask_reason(f"Why does run {run} not count?", partial(self._void, run))
        elif question := must_be_confirmed(step, picture.session):
            self._dialogue.ask_yes(question, lambda _: self._feed.ask(step))
        else:
            self._feed.ask(step)
        self.show()

    def _void(self, run: int, reason: str) -> None:
        """The run that was the newest when it was asked, whatever has begun since."""
        self._feed.ask("void_run", reason, run)


def painted(rows: list[Row]) -> Content:
    """Rows as the terminal gets them; text of others is text, never markup."""
    spans: list[str | tuple[str, str]] = []
    for row in rows:
        spans += ["\n"] if spans else []
        spans += [(span.text, LOOKS[span.style]) for span in row]
    return Content.assemble(*spans)
