"""Which records of a stream are missing, told from their numbers: pure.

Counts a record once however often it comes; a record that comes late closes its gap again.
"""

from collections.abc import Hashable


class Gaps:
    """The missing numbers of many streams. What was sent before the first record seen is not missed."""

    def __init__(self) -> None:
        self._next: dict[Hashable, int] = {}
        self._missing: dict[Hashable, set[int]] = {}
        self._closed_off = 0
        self.duplicates = 0

    @property
    def missing(self) -> int:
        """How many records are missing now, over all streams."""
        return self._closed_off + sum(len(numbers) for numbers in self._missing.values())

    def see(self, stream: Hashable, seq: int) -> bool:
        """Account for record `seq` of `stream`; False if it was here before."""
        expected = self._next.setdefault(stream, seq)
        missing = self._missing.setdefault(stream, set())
        if seq < expected:
            return self._late(missing, seq)
        self._next[stream] = seq + 1
        self._open(missing, expected, seq)
        return True

    def _late(self, missing: set[int], seq: int) -> bool:
        if seq not in missing:
            self.duplicates += 1
            return False
        missing.remove(seq)
        return True

    def _open(self, missing: set[int], begin: int, end: int) -> None:
        # One wild number must not fill the memory: so large a gap is counted and will not close.
        if end - begin > 1_000_000:
            self._closed_off += end - begin
        else:
            missing.update(range(begin, end))
