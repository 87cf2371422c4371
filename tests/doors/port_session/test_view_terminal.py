"""The end of the operator's view: by a signal, or when its terminal is gone, also of a view that is stuck."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from port_session.view.terminal import NoTerminal, terminal
from tests.waiting import PATIENCE_S, wait_until

#: Stands for the view: tells when it is asked to leave. STUCK: it cannot.
VIEW = """
import sys, threading
from pathlib import Path
from port_session.view.terminal import TerminalWatch
told, stuck = Path(sys.argv[1]), sys.argv[2] == "stuck"
left = threading.Event()
def leave():
    told.write_text("asked")
    if not stuck:
        left.set()
with TerminalWatch(0, grace_s=0.5) as watch:
    watch.begin(leave)
    told.write_text("begun")
    while not left.wait(0.1):
        pass
sys.exit(3)
"""


class View:
    """That process, at a terminal which is its own where `controlling`: then the system tells it by a signal, too."""

    def __init__(self, told: Path, stuck: bool = False, controlling: bool = True) -> None:
        self._told = told
        self.keyboard, inside = pty.openpty()
        command = ["setsid", "-c"] if controlling else ["setsid"]
        words = [*command, sys.executable, "-c", VIEW, str(told), "stuck" if stuck else "free"]
        self.process = subprocess.Popen(words, stdin=inside, stdout=inside, stderr=subprocess.DEVNULL)
        os.close(inside)
        wait_until(lambda: self.told() == "begun", what="it begins")

    def told(self) -> str:
        return self._told.read_text() if self._told.exists() else ""

    def ends(self) -> int:
        return self.process.wait(PATIENCE_S)

    def close_terminal(self) -> None:
        with suppress(OSError):
            os.close(self.keyboard)


@pytest.fixture
def views() -> Iterator[list[View]]:
    """Those that a test starts; none of them stays."""
    views: list[View] = []
    yield views
    for view in views:
        view.process.kill()
        view.process.wait()
        view.close_terminal()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_asks_the_view_to_leave(views: list[View], tmp_path: Path, number: signal.Signals) -> None:
    views.append(View(tmp_path / "told"))
    views[0].process.send_signal(number)
    assert views[0].ends() == 3 and views[0].told() == "asked"


@pytest.mark.parametrize("controlling", [True, False], ids=["own terminal", "terminal of another"])
def test_a_terminal_that_is_closed_ends_the_view(views: list[View], tmp_path: Path, controlling: bool) -> None:
    views.append(View(tmp_path / "told", controlling=controlling))
    views[0].close_terminal()
    assert views[0].ends() == 3 and views[0].told() == "asked"


@pytest.mark.parametrize("how", ["terminal", "signal"])
def test_a_view_that_is_stuck_is_ended_all_the_same(views: list[View], tmp_path: Path, how: str) -> None:
    views.append(View(tmp_path / "told", stuck=True, controlling=False))
    if how == "terminal":
        views[0].close_terminal()
    else:
        views[0].process.terminate()
    assert views[0].ends() == 1 and views[0].told() == "asked"


def test_an_open_terminal_ends_nothing(views: list[View], tmp_path: Path) -> None:
    views.append(View(tmp_path / "told"))
    with pytest.raises(subprocess.TimeoutExpired):
        views[0].process.wait(1.0)
    assert views[0].told() == "begun"


def test_where_there_is_no_terminal_it_is_said_what_to_do_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    with (Path(os.devnull)).open() as nowhere:
        for name in ("__stdin__", "__stdout__", "__stderr__"):
            monkeypatch.setattr(sys, name, nowhere)
        with pytest.raises(NoTerminal, match="use `port session state`"):
            terminal()
        monkeypatch.setattr(sys, "__stdin__", None)
        with pytest.raises(NoTerminal, match="no terminal here"):
            terminal()


@pytest.mark.parametrize("kind", ["dumb", ""])
def test_a_terminal_that_can_place_nothing_is_none(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    keyboard, inside = pty.openpty()
    with os.fdopen(inside) as stream:
        for name in ("__stdin__", "__stdout__", "__stderr__"):
            monkeypatch.setattr(sys, name, stream)
        monkeypatch.setenv("TERM", "xterm")
        assert terminal() == stream.fileno()
        monkeypatch.setenv("TERM", kind)
        with pytest.raises(NoTerminal, match="TERM is"):
            terminal()
    os.close(keyboard)
