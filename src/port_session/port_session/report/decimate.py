"""Fewer points for a plot without hiding a peak: each bucket keeps its lowest and its highest sample."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

Series = npt.NDArray[np.float64]


def min_max(x: Series, y: Series, buckets: int) -> tuple[Series, Series]:
    """At most 3 × `buckets` of the points, in order, with every bucket's extremes among them; NaN stay visible.

    A series that is short enough comes back as it is. Raises ValueError for unequal lengths or no bucket.
    """
    if len(x) != len(y) or buckets < 1:
        raise ValueError(f"needs x and y of one length and at least one bucket, got {len(x)}, {len(y)}, {buckets}")
    if len(y) <= 3 * buckets:
        return x, y
    edges = np.linspace(0, len(y), buckets + 1).astype(int)
    kept: list[int] = []
    for first, end in pairwise(edges.tolist()):
        kept += _extremes(y[first:end], first)
    return x[kept], y[kept]


def _extremes(part: Series, offset: int) -> list[int]:
    """Positions of the lowest and highest value, and of a gap if there is one."""
    missing = np.isnan(part)
    if missing.all():
        return [offset]
    found = {int(np.nanargmin(part)), int(np.nanargmax(part))}
    if missing.any():
        found.add(int(np.flatnonzero(missing)[0]))
    return [offset + index for index in sorted(found)]
