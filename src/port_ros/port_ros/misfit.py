"""A value that does not fit: where it stands, what is wrong with it, what mends it."""

import difflib
import re
from collections.abc import Iterable

#: What the texts of our ValueErrors begin with: the key, then what is wrong with its value ("missing: …" included).
_KEY = re.compile(r"(?!missing:)([a-z_][a-z0-9_]*(?:\[\d+\]|\.[a-z0-9_]+)*): ")


class Misfit(ValueError):
    """key: the full path of the value. problem: what was expected of it; then, after a "; ", what mends it."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}" if key else problem)
        self.key = key
        self.problem = problem


def misfit_of(error: ValueError, below: str = "") -> Misfit:
    """`error` as a Misfit of something `below` a key: of one that says "key: problem" the key is told apart."""
    if isinstance(error, Misfit):
        return Misfit(join(below, error.key), error.problem)
    key, text = below, str(error)
    while match := _KEY.match(text):
        key, text = join(key, match[1]), text[match.end() :]
    return Misfit(key, text)


def join(key: str, below: str) -> str:
    """The path of `below` in `key`; either may be empty."""
    return f"{key}.{below}" if key and below else key or below


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean …?` with the known word most like `word`; empty if none is."""
    close = difflib.get_close_matches(str(word)[:60], list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


def listed(words: Iterable[str]) -> str:
    """Words in one line for people."""
    return ", ".join(sorted(words)) or "none"


def choice(word: str, known: Iterable[str]) -> str:
    """What to say of a `word` that is none of `known`."""
    known = tuple(known)
    return f"expected one of {', '.join(known)}, got text {word[:60]!r}{nearest(word, known)}"
