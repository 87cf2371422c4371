"""The runs of a session: one attempt each. A void one is kept, with the reason why it does not count. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Run:
    """One attempt. Stamps: system clock; ended_ns is None while it is open, also while a stop interrupts it.

    running_ns: how long the session was RUNNING in it. void: why it does not count; empty if it does.
    """

    number: int
    began_ns: int
    ended_ns: int | None = None
    running_ns: int = 0
    void: str = ""

    @property
    def is_open(self) -> bool:
        return self.ended_ns is None

    @property
    def counts(self) -> bool:
        """Whether it has ended and is not void."""
        return not self.is_open and not self.void


class Runs:
    """All of one session, oldest first, numbered from 1. Nothing is ever taken out."""

    def __init__(self) -> None:
        self._runs: list[Run] = []

    def __iter__(self) -> Iterator[Run]:
        return iter(self._runs)

    def __len__(self) -> int:
        return len(self._runs)

    @property
    def open_run(self) -> Run | None:
        """The one that has begun and not ended."""
        return self._runs[-1] if self._runs and self._runs[-1].is_open else None

    @property
    def counting(self) -> int:
        """How many have ended and are not void."""
        return sum(run.counts for run in self._runs)

    @property
    def running_ns(self) -> int:
        """Of all of them."""
        return sum(run.running_ns for run in self._runs)

    def begin(self, now_ns: int) -> Run:
        """A new one; the one before must have ended."""
        assert self.open_run is None
        self._runs.append(Run(len(self._runs) + 1, now_ns))
        return self._runs[-1]

    def add_running(self, duration_ns: int) -> None:
        """The open run ran on for so long."""
        if run := self.open_run:
            self._runs[-1] = replace(run, running_ns=run.running_ns + duration_ns)

    def end(self, now_ns: int) -> None:
        """End the open run, if there is one."""
        if run := self.open_run:
            self._runs[-1] = replace(run, ended_ns=now_ns)

    def why_not_void(self, number: int, reason: str) -> str:
        """Why run `number` cannot be made void, with the remedy; empty if it can."""
        if not self._runs:
            return "there is no run yet"
        if not 1 <= number <= len(self._runs):
            return f"there is no run {number}: name one of 1 to {len(self._runs)}"
        if void := self._runs[number - 1].void:
            return f"run {number} is void already: {void}"
        return "" if reason else f"why is run {number} void? say it by --note"

    def make_void(self, number: int, reason: str) -> None:
        """Run `number` does not count; it is kept."""
        self._runs[number - 1] = replace(self._runs[number - 1], void=reason)
