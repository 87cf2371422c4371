"""What of the spool goes next, and when it goes again: cursors, window and watermarks of all sequences.

Pure. Three numbers a sequence: acked ≤ sent, acked ≤ durable. `acked` is what the facility has stored, `sent` what went
to the broker on this connection, `durable` what is on the edge's disk. It never asks for what is not durable.
"""

from dataclasses import dataclass, field

from port_telemetry.core.record import Key, Lane


@dataclass(slots=True)
class _Position:
    lane: Lane
    durable: int
    acked: int
    sent: int
    #: When it was last served, in turns: equals are served in turn.
    turn: int = 0
    #: (last number, bytes) of what was sent and not yet acknowledged.
    parcels: list[tuple[int, int]] = field(default_factory=list)

    def forget(self, up_to: int) -> int:
        """Drop the parcels up to a number; returns their bytes."""
        kept = [parcel for parcel in self.parcels if parcel[0] > up_to]
        freed = sum(size for _, size in self.parcels) - sum(size for _, size in kept)
        self.parcels = kept
        return freed


class Flow:
    """window_bytes and window_parcels: how much may be sent and not acknowledged, over all sequences."""

    def __init__(self, window_parcels: int, window_bytes: int) -> None:
        self._window_parcels, self._window_bytes = window_parcels, window_bytes
        self._positions: dict[Key, _Position] = {}
        self._turn = 0
        self.parcels, self.bytes = 0, 0

    def durable(self, key: Key, lane: Lane, last: int, acked: int = 0) -> None:
        """The spool holds `key` up to `last`, and what is up to `acked` is done with."""
        position = self._positions.get(key)
        if position is None:
            self._positions[key] = _Position(lane, last, acked, acked)
        else:
            position.durable = max(position.durable, last)

    def next(self, least: Lane = Lane.STILL) -> tuple[Key, int] | None:
        """The sequence to send from, and the number to send after; None if nothing waits or the window is full.

        least: the last lane that is of interest now.
        """
        if self.parcels >= self._window_parcels or self.bytes >= self._window_bytes:
            return None
        waiting = [
            (position.lane, position.turn, key)
            for key, position in self._positions.items()
            if position.lane <= least and position.sent < position.durable
        ]
        if not waiting:
            return None
        key = min(waiting)[2]
        return key, self._positions[key].sent

    def sent(self, key: Key, last: int, size: int) -> None:
        """A parcel of `size` bytes that ends with number `last` is on its way."""
        position = self._positions[key]
        self._turn += 1
        position.turn, position.sent = self._turn, max(last, position.sent)
        position.parcels.append((last, size))
        self.parcels += 1
        self.bytes += size

    def acknowledged(self, key: Key, up_to: int) -> int:
        """The facility has stored `key` up to there; returns the new watermark, 0 if that is no news.

        More than was ever durable here is believed too: an old copy of the spool may have been put back.
        """
        position = self._positions.get(key)
        if position is None:
            return 0
        self._free(position, up_to)
        if up_to <= position.acked:
            return 0
        position.acked = up_to
        position.durable = max(position.durable, up_to)
        position.sent = max(position.sent, up_to)
        return up_to

    def acked(self, key: Key) -> int:
        """Up to which number the facility has stored `key`."""
        return self._positions[key].acked

    def last(self, key: Key) -> int:
        """The last durable number of `key`."""
        return self._positions[key].durable

    def rewind(self, key: Key, after: int) -> None:
        """Send `key` again from `after` + 1 on; `after` may lie before what was acknowledged."""
        position = self._positions.get(key)
        if position is not None and after < position.sent:
            position.sent = after
            self._free(position, position.durable)

    def restart(self) -> None:
        """Nothing that is on its way will arrive: everything unacknowledged goes again."""
        for position in self._positions.values():
            position.sent = position.acked
            self._free(position, position.durable)

    @property
    def unacknowledged(self) -> bool:
        """Whether something was sent that the facility has not yet confirmed."""
        return self.parcels > 0

    @property
    def idle(self) -> bool:
        """Whether everything durable is acknowledged."""
        return all(position.acked >= position.durable for position in self._positions.values())

    def _free(self, position: _Position, up_to: int) -> None:
        before = len(position.parcels)
        self.bytes -= position.forget(up_to)
        self.parcels -= before - len(position.parcels)
