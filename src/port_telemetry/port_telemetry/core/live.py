"""Live state on its way: worth something for a moment only, so old state is given up rather than sent late.

Pure, not thread-safe, time is an argument. Every record that enters leaves once: by `take`, or named as lost.
"""

from collections import deque

from port_telemetry.core.record import Record


class LiveQueue:
    """max_records: how many wait at most. max_age_s: how long one is worth sending."""

    def __init__(self, max_records: int, max_age_s: float) -> None:
        if max_records < 1:
            raise ValueError(f"max_records: {max_records} is less than 1")
        self._max_records, self._max_age_s = max_records, max_age_s
        self._waiting: deque[tuple[float, Record]] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def offer(self, record: Record, now_s: float) -> list[Record]:
        """Queue `record`; returns what was lost: what is too old, and the oldest if there is no room."""
        lost = self.expire(now_s)
        self._waiting.append((now_s, record))
        if len(self._waiting) > self._max_records:
            lost.append(self._waiting.popleft()[1])
        return lost

    def expire(self, now_s: float) -> list[Record]:
        """Remove and return the records that are too old to be called live."""
        old = []
        while self._waiting and now_s - self._waiting[0][0] > self._max_age_s:
            old.append(self._waiting.popleft()[1])
        return old

    def take(self) -> Record | None:
        """Remove and return the record to send next."""
        return self._waiting.popleft()[1] if self._waiting else None

    def clear(self) -> list[Record]:
        """Remove and return everything."""
        left = [record for _, record in self._waiting]
        self._waiting.clear()
        return left
