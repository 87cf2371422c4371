"""Several plates as one: their forces added on a common time axis, and the jumps found in the sum. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from port_session.report.evidence import Plate, Series
from port_session.report.jump import Jump, measure_all


@dataclass(frozen=True)
class Jumps:
    """What the plates say about jumping. Times of the jumps count from the first of `time_s`."""

    time_s: Series
    force_n: Series
    jumps: tuple[Jump, ...]
    refused: tuple[str, ...]


def total(plates: Sequence[Plate]) -> tuple[Series, Series, float]:
    """Time, summed force and rate, where all plates were recorded. A sample that one plate lacks is NaN in the sum."""
    rate_hz = max(plate.rate_hz for plate in plates)
    start_s = max(plate.time_s[0] for plate in plates)
    end_s = min(plate.time_s[-1] for plate in plates)
    time_s = start_s + np.arange(max(0, int((end_s - start_s) * rate_hz) + 1)) / rate_hz
    # Interpolation carries a NaN to both of its neighbours: a lost sample is never bridged.
    force_n = np.sum([np.interp(time_s, plate.time_s, plate.force_n) for plate in plates], axis=0)
    return time_s, force_n, rate_hz


def find(plates: Sequence[Plate]) -> Jumps | None:
    """Every jump on the plates together; None if there are no plates or nothing they recorded together."""
    if not plates:
        return None
    time_s, force_n, rate_hz = total(plates)
    if not len(time_s):
        return Jumps(time_s, force_n, (), ("the plates were not recorded at the same time",))
    jumps, refused = measure_all(force_n, rate_hz)
    return Jumps(time_s, force_n, tuple(jumps), tuple(refused))


def lines(found: Jumps | None) -> tuple[str, ...]:
    """Each jump's height both ways, and what could not be measured, in words."""
    if found is None:
        return ()
    heights = [
        f"Jump at {found.time_s[0] + jump.takeoff_s:.2f} s: {jump.height_impulse_m * 100:.1f} cm by impulse, "
        f"{jump.height_flight_m * 100:.1f} cm by flight time"
        for jump in found.jumps
    ]
    return (*heights, *(f"Jump not measured: {reason}" for reason in found.refused))
