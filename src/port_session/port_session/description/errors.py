"""What is wrong with a description, said so that it can be mended without reading code."""

import difflib
from collections.abc import Iterable
from pathlib import Path


class Misfit(ValueError):
    """Raised by a Struct that refuses its own values: the key below it, and what was expected of that key."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")
        self.key = key
        self.problem = problem


class DescriptionError(Exception):
    """A file of the description cannot be used.

    file: which one. key: path inside of it, like `zones.lane.polygon_m[2]`, empty for the file as a whole.
    problem: one line, what was expected and what is there. The text of the error joins the three.
    """

    def __init__(self, file: Path | str, key: str, problem: str) -> None:
        self.file = Path(file)
        self.key = key
        self.problem = problem
        super().__init__(f"{self.file}: {key}: {problem}" if key else f"{self.file}: {problem}")


def nearest(word: str, known: Iterable[str]) -> str:
    """` (did you mean …?)` with the known word most like `word`; empty if none is."""
    close = difflib.get_close_matches(str(word), list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


def listed(words: Iterable[str]) -> str:
    """Words in one line for people."""
    return ", ".join(sorted(words)) or "none"
