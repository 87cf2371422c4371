"""Who looks for people: several sources, put together so that none can clear what another one sees.

A zone is occupied if any source says so, everybody whom any source places is there, and what is known is as old as the
oldest of it. A source that is expected and silent, or that cannot say, makes the whole unknown. Somebody who is not
seen any more is held for a moment where they were, and the age of that sighting counts; then they are told as lost: a
missed frame clears nobody, and whoever vanishes beside the robot may be hidden by it.
"""

import math
from dataclasses import dataclass

from port_safety.gate.gate import Gate
from port_safety.model.readings import FUTURE_TOLERANCE_NS, Occupancy

Spot = tuple[float, float]

#: Somebody not seen is taken to stand where they were for this long, then told as lost for this long.
HELD_NS = 250_000_000
LOST_NS = 1_000_000_000
#: Two sightings are of one person if they could have walked from one to the other: v·t and what the camera is off.
WALK_MPS = 2.0
OFF_M = 0.3
#: More sources than this are a fault of whoever sends them: nobody then knows who is there.
MAX_SOURCES = 16
#: A source that nobody expects counts for so long after its last word: it may stop a robot, its silence does not.
UNEXPECTED_NS = 2_000_000_000


@dataclass(slots=True)
class _Person:
    spot: Spot
    seen_ns: int
    stamp_ns: int


class _Source:
    """What one source has said last, and whom it has seen lately."""

    def __init__(self) -> None:
        self.said: Occupancy | None = None
        self.stamp_ns = self.received_ns = 0
        self._people: list[_Person] = []

    def take(self, said: Occupancy, stamp_ns: int, now_ns: int) -> None:
        """The newest word. A source that cannot say forgets nobody and places nobody."""
        self.said, self.stamp_ns, self.received_ns = said, stamp_ns, now_ns
        if not said.valid or not all(map(math.isfinite, (each for spot in said.positions_m for each in spot))):
            return
        missing = self._match(said.positions_m, now_ns)
        seen = [_Person(spot, now_ns, stamp_ns) for spot in said.positions_m]
        self._people = seen + [each for each in missing if now_ns - each.seen_ns <= HELD_NS + LOST_NS]

    def _match(self, spots: tuple[Spot, ...], now_ns: int) -> list[_Person]:
        """Those seen before whom no spot explains; each spot explains one of them, the nearest pairs first."""
        pairs = sorted(
            (math.dist(spot, person.spot), number, index)
            for number, spot in enumerate(spots)
            for index, person in enumerate(self._people)
        )
        spent: set[int] = set()
        known: set[int] = set()
        for away_m, number, index in pairs:
            reach_m = OFF_M + WALK_MPS * (now_ns - self._people[index].seen_ns) / 1e9
            if number not in spent and index not in known and away_m <= reach_m:
                spent.add(number)
                known.add(index)
        return [person for index, person in enumerate(self._people) if index not in known]

    def held(self) -> list[_Person]:
        return [each for each in self._people if 0 < self.received_ns - each.seen_ns <= HELD_NS]

    def oldest_ns(self) -> int:
        """When the oldest of what it gives was true: its last word, or the sighting of somebody held."""
        return min(self.stamp_ns, self.received_ns, *(each.stamp_ns for each in self.held()))

    def lost(self) -> tuple[Spot, ...]:
        return tuple(each.spot for each in self._people if self.received_ns - each.seen_ns > HELD_NS)


class PeopleTracking:
    """`expected`: sources without whose word nothing is known. Others add to what they see, as long as they speak.

    Where nobody is expected each that was heard once must go on.
    """

    def __init__(self, expected: tuple[str, ...] = ()) -> None:
        self._expected = frozenset(expected)
        self._sources: dict[str, _Source] = {name: _Source() for name in expected}
        self._too_many = False

    def take(self, gate: Gate, source: str, said: Occupancy, stamp_ns: int, now_ns: int) -> None:
        """Give the gate the word of one source (input `occupancy SOURCE`) and that of all together (`occupancy`)."""
        self._forget_unexpected(now_ns)
        self._too_many = self._too_many or (source not in self._sources and len(self._sources) >= MAX_SOURCES)
        if source in self._sources or not self._too_many:
            self._sources.setdefault(source, _Source()).take(said, stamp_ns, now_ns)
            gate.update(f"occupancy {source}", said, stamp_ns, now_ns)
        oldest_ns = min(each.oldest_ns() for each in self._sources.values())
        gate.update("occupancy", self._together(now_ns), oldest_ns, now_ns)

    def _forget_unexpected(self, now_ns: int) -> None:
        if self._expected:
            for name in [name for name in self._sources if name not in self._expected]:
                if now_ns - self._sources[name].received_ns > UNEXPECTED_NS:
                    del self._sources[name]

    def _together(self, now_ns: int) -> Occupancy:
        if self._too_many:
            return Occupancy(frozenset(), False, f"more than {MAX_SOURCES} sources speak of occupancy")
        if unknown := [reason for name, each in self._sources.items() if (reason := _unknown(name, each, now_ns))]:
            return Occupancy(frozenset(), False, "; ".join(unknown))
        said = [each.said for each in self._sources.values() if each.said is not None]
        return Occupancy(
            frozenset().union(*(each.occupied for each in said)),
            positions_m=tuple(spot for each in said for spot in each.positions_m)
            + tuple(person.spot for each in self._sources.values() for person in each.held()),
            lost_m=tuple(spot for each in self._sources.values() for spot in each.lost()),
            watched=_watched(said),
        )


def _watched(said: list[Occupancy]) -> frozenset[str] | None:
    """The zones that any of them looks at; None if one looks at all."""
    watched = [each.watched for each in said]
    return None if None in watched else frozenset().union(*(each for each in watched if each is not None))


def _unknown(name: str, source: _Source, now_ns: int) -> str:
    """Why one source's word cannot be used; empty if it can."""
    if source.said is None:
        return f"{name} has said nothing yet"
    if not source.said.valid:
        return f"{name}: {source.said.reason or 'it cannot say'}"
    if source.stamp_ns - now_ns > FUTURE_TOLERANCE_NS:
        return f"{name}: stamped {(source.stamp_ns - now_ns) / 1e9:.2f} s in the future"
    return ""
