"""What goes first, and what goes over board when there is too much: pure, not thread-safe, time is an argument.

Events go before live state, live state before recorded samples. Every record that enters leaves exactly once: by
`take`, or named in what `offer`, `expire`, `put_back` and `clear` return as lost. Nothing is lost silently.
"""

from collections import deque
from collections.abc import Iterable

from port_telemetry.core.record import Record, Stream


class Queue:
    """A bounded queue of records with the priorities of their streams.

    max_records: all together. live_s: a live record that waited longer than this is worth nothing any more.
    """

    def __init__(self, max_records: int, live_s: float) -> None:
        if max_records < 1:
            raise ValueError(f"max_records: {max_records} is less than 1")
        self._max_records, self._live_s = max_records, live_s
        self._events: deque[Record] = deque()
        self._recorded: deque[Record] = deque()
        self._live: deque[tuple[float, Record]] = deque()

    def __len__(self) -> int:
        return len(self._events) + len(self._recorded) + len(self._live)

    def offer(self, record: Record, now_s: float) -> list[Record]:
        """Queue `record`; returns what was lost for it: old live state, and if there is no room the least worth."""
        lost = self.expire(now_s)
        if record.stream is Stream.LIVE:
            self._live.append((now_s, record))
        else:
            self._lane(record).append(record)
        return lost + self._shrink()

    def put_back(self, records: Iterable[Record]) -> list[Record]:
        """Queue records that were taken and not confirmed, in front and in their old order; returns what was lost.

        Live records are: a newer one is about to come, and an old one must not pass for it.
        """
        records = list(records)
        for record in reversed([record for record in records if record.stream is not Stream.LIVE]):
            self._lane(record).appendleft(record)
        return [record for record in records if record.stream is Stream.LIVE] + self._shrink()

    def expire(self, now_s: float) -> list[Record]:
        """Remove and return the live records that are too old to be called live."""
        old = []
        while self._live and now_s - self._live[0][0] > self._live_s:
            old.append(self._live.popleft()[1])
        return old

    def take(self) -> Record | None:
        """Remove and return the record to send next."""
        if self._events:
            return self._events.popleft()
        if self._live:
            return self._live.popleft()[1]
        return self._recorded.popleft() if self._recorded else None

    def clear(self) -> list[Record]:
        """Remove and return everything."""
        everything: list[Record] = []
        while (record := self.take()) is not None:
            everything.append(record)
        return everything

    def _lane(self, record: Record) -> deque[Record]:
        return self._events if record.stream is Stream.EVENT else self._recorded

    def _shrink(self) -> list[Record]:
        return [self._oldest_of_least_worth() for _ in range(len(self) - self._max_records)]

    def _oldest_of_least_worth(self) -> Record:
        if self._live:
            return self._live.popleft()[1]
        return (self._recorded or self._events).popleft()
