"""Whether a stream goes on without a hole, by the numbers that its messages carry: pure.

Two counts see a hole, each where the other is blind: the publisher's own numbering of its messages, which the
middleware hands along, and what the source counts itself (samples of a force plate, events of the gate). What somebody
reports as lost without a number is believed too. Nothing here says what becomes of a hole.
"""

from collections.abc import Callable
from dataclasses import dataclass

ON_THE_WAY = "lost between its source and telemetry"
NO_ROOM = "telemetry did not keep up"
BEFORE = "sent before telemetry heard its source"
WHILE_DOWN = "sent while telemetry was down"

_MAX_COUNT = 2**62


@dataclass(frozen=True, slots=True)
class Position:
    """How far a source has counted. begin: where its count began with this start of it; −1 where it does not say."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Place:
    """The part [first, end) of its source's count that one message stands for. Raises ValueError if it can be none.

    begin: where the source's count began with this start of it; −1 where it does not say.
    """

    first: int
    end: int
    begin: int = -1

    def __post_init__(self) -> None:
        if not (0 <= self.first <= self.end < _MAX_COUNT and -1 <= self.begin <= self.first):
            raise ValueError(f"a message from {self.first} to {self.end} of a count from {self.begin} on")

    @property
    def position(self) -> Position:
        """How far the source has counted with it."""
        return Position(self.begin, self.end)


@dataclass(frozen=True, slots=True)
class Hole:
    """What is missing before a message. messages: at least one; counted: by the source's own count, 0 if unknown."""

    messages: int
    counted: int
    why: str


@dataclass(frozen=True, slots=True)
class Step:
    """From one message to the next. restarted: its source counts anew, which is no loss."""

    hole: Hole | None = None
    restarted: bool = False


_GOES_ON = Step()


class Continuity:
    """Of one stream. known: how far the source had counted when telemetry last had something of it on its disk.

    publishers: says how many there are now. It is asked only where a number does not follow: the middleware numbers the
    messages of each by itself, and does not say whose a number is.
    """

    def __init__(self, known: Position | None = None, publishers: Callable[[], int] = lambda: 1) -> None:
        self._position, self.publishers = known, publishers
        #: Last number of each publisher, the newest last.
        self._numbers: list[int] = []
        self._heard = False
        self._told = self._reported = 0

    def follow(self, place: Place | None, number: int | None, reported: int = 0, why: str = ON_THE_WAY) -> Step:
        """Take the next message. reported: lost before it, as somebody says, and `why`."""
        skipped, renumbered = self._skipped(number)
        missing, recounted, cause = self._missing(place)
        self._heard = True
        if place is not None:
            self._position = place.position
        self._reported += reported
        messages = max(skipped, _messages(missing, place))
        # Where a publisher begins anew its last words show in no number, and where nothing numbers none do.
        if renumbered or (number is None and place is None):
            messages = max(messages, self._reported)
        told, self._told = self._told, 0
        # All of it is told already where the hole is not larger; what was told of another hole counts for nothing here.
        if messages <= told:
            return Step(None, recounted) if recounted else _GOES_ON
        self._reported = 0
        return Step(Hole(messages - told, missing, why if reported else cause), recounted)

    def rest(self) -> Hole | None:
        """At the end: what was reported as lost, and no number has shown since."""
        reported, self._reported = self._reported, 0
        return Hole(reported, 0, ON_THE_WAY) if reported else None

    def report(self, messages: int, why: str) -> Hole:
        """So many are lost, and no message has come since that shows it."""
        self._told += messages
        return Hole(messages, 0, why)

    def _skipped(self, number: int | None) -> tuple[int, bool]:
        """How many messages the publisher has sent before `number` that did not come, and whether it numbers anew."""
        if number is None:
            return 0, False
        if number - 1 in self._numbers:
            self._numbers.remove(number - 1)
            self._numbers.append(number)
            return 0, False
        last = self._numbers[-1] if self._numbers else number - 1
        if (publishers := self.publishers()) > 1:
            self._numbers = [*self._numbers, number][-publishers:]
            return 0, False
        self._numbers = [number]
        return max(0, number - last - 1), number <= last

    def _missing(self, place: Place | None) -> tuple[int, bool, str]:
        """How much of its count is missing before `place`, whether it counts anew, and why it is missing."""
        if place is None:
            return 0, False, ON_THE_WAY
        known, since_begin = self._position, place.first - place.begin if place.begin >= 0 else 0
        if known is None:
            return since_begin, False, BEFORE
        cause = ON_THE_WAY if self._heard else WHILE_DOWN
        if place.end > known.end and place.begin == known.begin:
            return max(0, place.first - known.end), False, cause
        # What is latched comes again to whoever starts again: it is behind what was known, and nothing is missing.
        anew = self._heard or place.begin != known.begin
        return (since_begin if anew else 0), anew, BEFORE


def _messages(missing: int, place: Place | None) -> int:
    """About how many messages a part of the count takes: as many as if all were as long as this one."""
    if place is None or not missing:
        return 0
    return max(1, -(-missing // max(1, place.end - place.first)))
