"""The account of a dense stream by its source's own count: what it took is at the facility or recorded as lost. Pure.

A force plate says in each block which sample is the first, and how many it has received and lost since its start. So
the blocks that are there tell what is missing between them; and a gap record between them that it is no secret.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

#: "lost … (60 samples)": the figure is told by the blocks themselves.
_FIGURE = re.compile(r" \(\d+ \w+\)$")


@dataclass(frozen=True, slots=True)
class Block:
    """What counts of a block: the part [first, end) of its source's count, what was lost on the wire included.

    begin: where that count began with this start of the source; −1 where it does not say.
    """

    first: int
    end: int
    begin: int
    samples: int

    @staticmethod
    def of(values: dict[str, Any]) -> "Block":
        """From the values of a wrench block. Raises KeyError, TypeError and ValueError."""
        samples, index = len(values["status"]), int(values["first_index"])
        received, lost = int(values["received_total"]), int(values["lost_total"])
        first, end = index - int(values["lost_before"]), index + samples
        begin = end - received - lost if received else -1
        if not (-1 <= begin <= first <= end and first >= 0):
            raise ValueError(f"a block from {first} to {end} of a count from {begin} on")
        return Block(first, end, begin, samples)


@dataclass
class SourceAccount:
    """In samples. sent: what the source took, as it says; stored: at the facility; on_wire: lost before the source, as
    the stored blocks say; lost: recorded as lost, by reason; unexplained: neither; twice: stored more than once.

    starts: how often the source began to count. sent = stored − twice + on_wire + all lost + unexplained.
    """

    sent: int = 0
    stored: int = 0
    on_wire: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    unexplained: int = 0
    twice: int = 0
    starts: int = 0
    _last: Block | None = None
    _said: list[str] = field(default_factory=list)

    def gap(self, reason: str) -> None:
        """A gap record follows."""
        self._said.append(_FIGURE.sub("", reason))

    def block(self, block: Block) -> None:
        """A stored block follows."""
        last = self._last
        self.stored += block.samples
        if last is not None and 0 <= block.begin == last.begin and block.end <= last.end:
            self.twice += block.samples
            return
        anew = last is None or block.begin != last.begin or block.end <= last.end
        before = last.end if last is not None and not anew else block.begin if block.begin >= 0 else block.first
        self.starts += anew
        self.sent += block.end - before
        self.on_wire += block.end - block.first - block.samples
        self._miss(block.first - before)
        self._last = block

    def _miss(self, samples: int) -> None:
        if samples < 0:
            self.twice -= samples
        elif samples and self._said:
            self.lost[self._said[-1]] += samples
        else:
            self.unexplained += samples
        self._said.clear()

    def summary(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "sent": self.sent, "stored": self.stored, "lost_on_wire": self.on_wire,
            "lost": dict(sorted(self.lost.items())), "unexplained": self.unexplained, "twice": self.twice,
            "starts": self.starts,
        }  # fmt: skip
