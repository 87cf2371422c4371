"""What was recorded while a robot was driven and stopped, cut into single stops. Pure; all times of one clock, s."""

import math
import statistics
from bisect import bisect_left
from dataclasses import dataclass, field, replace
from itertools import pairwise

from port_session.robots.stop_fit import Stop

#: Of the samples before the command fell, s, and of the commands.
_BEFORE_S, _COMMANDS_S = 0.3, 3.0
#: A command that is lower than the one before by this has fallen, m/s.
_FALL_MPS = 1e-3
#: How old stamps may be when they arrive, s, to be those of this machine's clock. A robot's clock that is behind would
#: make its latency shorter than it is; times of arrival make it longer, by the way over the network.
_FRESH_S = (-0.005, 0.05)


@dataclass(frozen=True)
class Place:
    """Where the robot says that it is, and how fast. lag_s: from its stamp to its arrival."""

    at_s: float
    speed_mps: float
    x: float
    y: float
    lag_s: float = 0.0


@dataclass(frozen=True)
class RecordedStop:
    """asked_mps: what was requested; start_mps: how fast it was when the gate's command fell; way_m, stood_after_s:
    from there until it stood."""

    asked_mps: float
    start_mps: float
    way_m: float
    stood_after_s: float
    stop: Stop


@dataclass
class StopRecording:
    """Fills up while the robot drives. zeros: when zero was requested, when the robot stood, what was asked before."""

    commands: list[tuple[float, float]] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    zeros: list[tuple[float, float, float]] = field(default_factory=list)

    @property
    def lag_s(self) -> float:
        """Median from the stamps of the places to their arrival."""
        return statistics.median([place.lag_s for place in self.places]) if self.places else math.nan

    def on_the_safe_clock(self) -> "StopRecording":
        """The same; by times of arrival, where the stamps are not known to be of this machine's clock."""
        if _FRESH_S[0] <= self.lag_s <= _FRESH_S[1]:
            return self
        arrived = [replace(place, at_s=place.at_s + place.lag_s) for place in self.places]
        return replace(self, places=arrived)

    def stops(self) -> list[RecordedStop]:
        """Each stop for which a falling command and enough places were recorded."""
        found = (self._cut(*each) for each in self.zeros)
        return [stop for stop in found if stop is not None]

    def _cut(self, from_s: float, until_s: float, asked_mps: float) -> RecordedStop | None:
        falls_s = self._falls_s(from_s, until_s)
        if falls_s is None:
            return None
        places = [place for place in self.places if falls_s - _BEFORE_S <= place.at_s <= until_s]
        commands = [(at_s, mps) for at_s, mps in self.commands if falls_s - _COMMANDS_S <= at_s <= until_s]
        try:
            stop = Stop(*_columns(_without_repeats(commands)), *_columns([(p.at_s, p.speed_mps) for p in places]))
        except ValueError:
            return None
        before = [place.speed_mps for place in places if place.at_s <= falls_s] or [places[0].speed_mps]
        stood_s = next((p.at_s for p in reversed(places) if abs(p.speed_mps) > 0.01), falls_s)
        start_mps = sum(before) / len(before)
        return RecordedStop(asked_mps, start_mps, _way_m(places, falls_s), max(0.0, stood_s - falls_s), stop)

    def _falls_s(self, from_s: float, until_s: float) -> float | None:
        """When the gate's command first fell after zero was requested. A little before: both clocks are not one."""
        first = max(1, bisect_left(self.commands, (from_s - 0.02, -math.inf)))
        for (_, before), (at_s, after) in zip(self.commands[first - 1 :], self.commands[first:], strict=False):
            if at_s > until_s:
                return None
            if after < before - _FALL_MPS:
                return at_s
        return None


def _columns(pairs: list[tuple[float, float]]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)


def _without_repeats(commands: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A command holds until another one comes."""
    return [each for place, each in enumerate(commands) if place == 0 or each[1] != commands[place - 1][1]]


def _way_m(places: list[Place], from_s: float) -> float:
    """Along its path from `from_s` on, between two places in proportion."""
    way_m = 0.0
    for one, two in pairwise(places):
        if two.at_s > from_s:
            share = min(1.0, (two.at_s - from_s) / max(1e-9, two.at_s - one.at_s))
            way_m += share * math.hypot(two.x - one.x, two.y - one.y)
    return way_m
