"""What of the spool goes next, and when it goes again: cursors, window and watermarks of all sequences.

Pure; time is an argument. Three numbers a sequence: acked ≤ sent, acked ≤ durable. `acked` is what the facility has
stored, `sent` what went to the broker on this connection, `durable` what is on the edge's disk. It never asks for what
is not durable. A sequence that gets no further, because the facility refuses it or says nothing of it, is doubted: it
has one parcel on its way at most, and less and less often, so that it takes no window from the others.
"""

from collections.abc import Callable

from port_telemetry.core.position import Patience, Position
from port_telemetry.core.record import Key, Lane


class Flow:
    """window_bytes and window_parcels: how much may be sent and not acknowledged, over all sequences."""

    def __init__(self, window_parcels: int, window_bytes: int, patience: Patience) -> None:
        self._window_parcels, self._window_bytes, self._patience = window_parcels, window_bytes, patience
        self._positions: dict[Key, Position] = {}
        self._turn = 0
        self.parcels, self.bytes = 0, 0

    def durable(self, key: Key, lane: Lane, last: int, acked: int = 0) -> None:
        """The spool holds `key` up to `last`, and what is up to `acked` is done with."""
        position = self._positions.get(key)
        if position is None:
            self._positions[key] = Position(lane, last, acked, acked)
        else:
            position.durable = max(position.durable, last)

    def next(self, least: Lane = Lane.STILL) -> tuple[Key, int] | None:
        """The sequence to send from, and the number to send after; None if nothing waits or the window is full.

        least: the last lane that is of interest now.
        """
        if not self._room:
            return None
        waiting = [
            (position.lane, position.turn, key)
            for key, position in self._positions.items()
            if position.lane <= least and position.sent < position.durable and position.open
        ]
        if not waiting:
            return None
        key = min(waiting)[2]
        return key, self._positions[key].sent

    def open(self, key: Key) -> bool:
        """Whether one more parcel of `key` may go now."""
        return self._room and self._positions[key].open

    def sent(self, key: Key, last: int, size: int, now_s: float) -> None:
        """A parcel of `size` bytes that ends with number `last` is on its way."""
        position = self._positions[key]
        self._turn += 1
        position.turn, position.sent = self._turn, max(last, position.sent)
        if not position.parcels:
            position.since_s = now_s
        position.parcels.append((last, size))
        self.parcels += 1
        self.bytes += size

    def acknowledged(self, key: Key, up_to: int, now_s: float) -> int:
        """The facility has stored `key` up to there; returns the new watermark, 0 if that is no news.

        More than was ever durable here is believed too: an old copy of the spool may have been put back.
        """
        position = self._positions.get(key)
        if position is None:
            return 0
        news = up_to > position.acked
        if self._free(position, up_to) or news:
            position.trust(now_s)
        if not news:
            return 0
        position.acked = up_to
        position.durable = max(position.durable, up_to)
        position.sent = max(position.sent, up_to)
        return up_to

    def refused(self, key: Key, number: int, now_s: float) -> None:
        """The facility does not take `number` of `key`: all of it waits, and is tried again by and by.

        Nothing of it is given up: the facility may be told better, and whoever can write to the broker can have
        numbers refused in this edge's name. So one that is not on its way from here is not ours.
        """
        position = self._positions.get(key)
        if position is not None and position.acked < number <= position.sent:
            self._doubt(position, now_s)
            position.refused = position.paused = True

    def mind(self, now_s: float, unconfirmed: Callable[[Key], bool]) -> None:
        """What got no further for too long goes again; the facility knows a copy by its topic, epoch and number.

        unconfirmed: whether the broker still owes its word for something of a sequence, which then is only slow.
        """
        for key, position in self._positions.items():
            if not position.parcels and not position.paused:
                continue
            if now_s - position.since_s <= self._patience.after(position.doubts):
                continue
            if position.paused:
                position.paused = False
            elif unconfirmed(key):
                position.since_s = now_s
            else:
                self._doubt(position, now_s)

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
            position.sent, position.paused = position.acked, False
            self._free(position, position.durable)

    @property
    def unacknowledged(self) -> bool:
        """Whether something was sent that the facility has not yet confirmed."""
        return self.parcels > 0

    @property
    def idle(self) -> bool:
        """Whether everything durable is acknowledged."""
        return all(position.acked >= position.durable for position in self._positions.values())

    @property
    def refusals(self) -> dict[Key, int]:
        """How many numbers wait here of each sequence that the facility refuses."""
        return {key: p.durable - p.acked for key, p in self._positions.items() if p.refused}

    @property
    def _room(self) -> bool:
        return self.parcels < self._window_parcels and self.bytes < self._window_bytes

    def _doubt(self, position: Position, now_s: float) -> None:
        position.doubts += 1
        position.since_s, position.sent = now_s, position.acked
        self._free(position, position.durable)

    def _free(self, position: Position, up_to: int) -> int:
        parcels, size = position.forget(up_to)
        self.parcels -= parcels
        self.bytes -= size
        return parcels
