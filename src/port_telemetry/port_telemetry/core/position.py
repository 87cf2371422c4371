"""Where one sequence stands on its way to the facility, and how long it may get no further. Pure."""

from dataclasses import dataclass, field

from port_telemetry.core.record import Lane


@dataclass(frozen=True)
class Patience:
    """How long, in s, a sequence may get no further before it goes again; doubles up to `longest_s`."""

    first_s: float = 2.0
    longest_s: float = 16.0

    def after(self, doubts: int) -> float:
        """For one that was doubted so often in a row."""
        return min(self.longest_s, self.first_s * 2.0 ** min(max(0, doubts - 1), 16))


@dataclass(slots=True)
class Position:
    """durable, acked, sent: numbers, as the flow has them."""

    lane: Lane
    durable: int
    acked: int
    sent: int
    #: When it was last served, in turns: equals are served in turn.
    turn: int = 0
    #: (last number, bytes) of what was sent and not yet acknowledged.
    parcels: list[tuple[int, int]] = field(default_factory=list)
    #: Since when it has got no further, of what is on its way or refused.
    since_s: float = 0.0
    #: How often in a row nothing came of it.
    doubts: int = 0
    #: Whether the facility has said that it does not take it, and whether that is to be left alone for now.
    refused: bool = False
    paused: bool = False

    @property
    def open(self) -> bool:
        """Whether more of it may be sent now."""
        return not self.paused and not (self.doubts and self.parcels)

    def trust(self, now_s: float) -> None:
        """It got further."""
        self.since_s, self.doubts, self.refused, self.paused = now_s, 0, False, False

    def forget(self, up_to: int) -> tuple[int, int]:
        """Drop the parcels up to a number; returns how many they were, and their bytes."""
        done = [size for last, size in self.parcels if last <= up_to]
        self.parcels = [parcel for parcel in self.parcels if parcel[0] > up_to]
        return len(done), sum(done)
