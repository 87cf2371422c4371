"""Durations counted in buckets whose width grows with the value: constant cost and size, percentiles to 1/16.

Sixteen buckets an octave, as in HdrHistogram (G. Tene). A percentile is given as the upper edge of its bucket, never
above the greatest value: it may overstate by 1/16, it never understates.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from math import ceil

_SUB_BITS = 4
_SUB = 1 << _SUB_BITS
#: Greater values than 2⁴⁰ ns (18 minutes) count in the last bucket.
_MAX_BITS = 40
_BUCKETS = (_MAX_BITS - _SUB_BITS) * _SUB + _SUB
#: What is told of every histogram.
SHARES = {"p50": 0.5, "p99": 0.99, "p999": 0.999}


class Histogram:
    """Of durations in whole nanoseconds; a negative one counts as 0."""

    def __init__(self) -> None:
        self.count = 0
        self.max_ns = 0
        self._counts = [0] * _BUCKETS

    def add(self, value_ns: int) -> None:
        """Count one value."""
        self.count += 1
        self.max_ns = max(self.max_ns, value_ns)
        # Below 32 every value has its own bucket; above, the five leading bits tell the bucket.
        counted_ns = max(0, value_ns)
        shift = max(0, counted_ns.bit_length() - _SUB_BITS - 1)
        index = (shift << _SUB_BITS) + (counted_ns >> shift)
        self._counts[min(index, _BUCKETS - 1)] += 1

    def percentiles_ns(self, shares: Sequence[float]) -> list[int]:
        """For each share (0..1) a value that this share of all values does not exceed; 0 where nothing was counted."""
        if not self.count:
            return [0 for _ in shares]
        reached = list(accumulate(self._counts))
        ranks = (max(1, ceil(share * self.count)) for share in shares)
        return [min(self.max_ns, upper_edge_ns(bisect_left(reached, rank))) for rank in ranks]

    def figures(self) -> dict[str, float]:
        """count, and in ms p50, p99, p999 and max; without a value the count alone."""
        if not self.count:
            return {"count": 0}
        told = zip(SHARES, self.percentiles_ns(tuple(SHARES.values())), strict=True)
        return {
            "count": self.count,
            **{f"{name}_ms": round(value_ns / 1e6, 4) for name, value_ns in told},
            "max_ms": round(self.max_ns / 1e6, 4),
        }

    def buckets(self) -> list[list[float]]:
        """[upper edge in ms, count] of every bucket that holds something: the whole distribution, for the evidence."""
        return [[upper_edge_ns(index) / 1e6, count] for index, count in enumerate(self._counts) if count]


def upper_edge_ns(index: int) -> int:
    """The greatest value that counts in the bucket; of the last one, which takes the rest, 2⁴⁰ − 1."""
    shift = max(0, (index >> _SUB_BITS) - 1)
    return ((index - (shift << _SUB_BITS) + 1) << shift) - 1
