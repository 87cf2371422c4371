"""Keys at a real terminal: the newest counts, and the terminal is left as it was found."""

import os
import pty
import termios
from collections.abc import Iterator
from typing import TextIO

import pytest

from port_session.commands.keys import Keys, NoTerminal


@pytest.fixture
def terminal() -> Iterator[tuple[int, TextIO]]:
    """The side that a person types at, and the side that a program reads."""
    typed, read = pty.openpty()
    with os.fdopen(read, "r") as stream:
        yield typed, stream
    os.close(typed)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x1b[A", "up"),
        (b"\x1bOB", "down"),
        (b"\x1b[C\x1b[D", "left"),
        (b"q", "q"),
        (b"\x1b[Aq", "q"),
        (b"\x1b[H", ""),
    ],
)
def test_the_newest_key_is_told_by_its_name(terminal: tuple[int, TextIO], data: bytes, name: str) -> None:
    with Keys(terminal[1]) as keys:
        os.write(terminal[0], data)
        assert keys.read(5.0) == name
        assert keys.read(0.0) == "", "what was held a while ago is not held now"


def test_the_terminal_is_left_as_it_was(terminal: tuple[int, TextIO]) -> None:
    before = termios.tcgetattr(terminal[1].fileno())
    with pytest.raises(KeyboardInterrupt), Keys(terminal[1]):
        assert termios.tcgetattr(terminal[1].fileno()) != before
        raise KeyboardInterrupt
    assert termios.tcgetattr(terminal[1].fileno()) == before


def test_a_pipe_holds_no_key() -> None:
    read, write = os.pipe()
    with os.fdopen(read, "r") as stream, pytest.raises(NoTerminal), Keys(stream):
        pass
    os.close(write)
