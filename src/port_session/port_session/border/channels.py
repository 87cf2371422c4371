"""What one side may send: a channel for each topic, always its newest message, no more often and no larger than agreed.

A link that is slower than its topics must not become a queue: a command that waited is worse than none. So a message
that has not left when the next one of its topic comes is replaced by it, and counted. Runs on Python 3.8: it goes to
the robot.
"""

from __future__ import annotations

from typing import Any, NamedTuple

IN, OUT = "in", "out"


class Channel(NamedTuple):
    """One topic that crosses. number: its place in the table, from 1; lower ones go first.

    topic: as the robot's side calls it. direction: IN from the robot to the ground, OUT to the robot. max_hz,
    max_bytes: what is more is thinned out, what is larger is left. latched: its last message is for latecomers, too.
    old_s: what was on its way for longer is left; 0: it does not matter.
    """

    number: int
    topic: str
    type: str
    direction: str
    max_hz: float
    max_bytes: int
    latched: bool = False
    old_s: float = 0.0

    @property
    def interval_ns(self) -> int:
        return int(1e9 / self.max_hz)


def from_table(rows: list[dict[str, Any]]) -> list[Channel]:
    """The table as it comes over the link. Raises TypeError or ValueError for what is none."""
    channels = [Channel(**row) for row in rows]
    for channel in channels:
        if channel.direction not in (IN, OUT) or not channel.max_hz > 0.0 or channel.max_bytes <= 0:
            raise ValueError("the table has a row that makes no sense: " + repr(channel))
    return channels


class Waiting(NamedTuple):
    """A message that has not left yet, and when it was given."""

    channel: Channel
    payload: bytes
    given_ns: int


class Outbox:
    """The newest message of each channel until it leaves."""

    def __init__(self) -> None:
        self._waiting: dict[int, Waiting] = {}
        self._left_ns: dict[int, int] = {}
        #: Of each topic: replaced by a newer one before they left; too large.
        self.thinned: dict[str, int] = {}
        self.too_large: dict[str, int] = {}

    def put(self, channel: Channel, payload: bytes, now_ns: int) -> bool:
        """Whether it will leave, unless a newer one comes first."""
        if len(payload) > channel.max_bytes:
            self.too_large[channel.topic] = self.too_large.get(channel.topic, 0) + 1
            return False
        if channel.number in self._waiting:
            self.thinned[channel.topic] = self.thinned.get(channel.topic, 0) + 1
        self._waiting[channel.number] = Waiting(channel, payload, now_ns)
        return True

    def take(self, now_ns: int) -> Waiting | None:
        """The first that may leave now."""
        for number in sorted(self._waiting):
            if self._due_ns(self._waiting[number].channel) <= now_ns:
                self._left_ns[number] = now_ns
                return self._waiting.pop(number)
        return None

    def due_in_ns(self, now_ns: int) -> int | None:
        """When the next one may leave; None if nothing waits."""
        due = [self._due_ns(waiting.channel) - now_ns for waiting in self._waiting.values()]
        return max(0, min(due)) if due else None

    def _due_ns(self, channel: Channel) -> int:
        left_ns = self._left_ns.get(channel.number)
        return 0 if left_ns is None else left_ns + channel.interval_ns

    def clear(self) -> None:
        """Nothing that was given for one connection goes out by the next."""
        self._waiting.clear()
