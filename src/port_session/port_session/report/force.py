"""Several plates as one: their forces added on a common time axis, and the jumps found in the sum. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from port_session.report.evidence import Plate, Series
from port_session.report.jump import COVERAGE, Jump, measure_all


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
    """How high the jumps were, both ways, and what could not be measured, in words: a line each kind, however many."""
    if found is None:
        return ()
    refused: dict[str, list[str]] = {}
    for reason in found.refused:
        where, _, why = reason.partition(": ") if ": " in reason else ("", "", reason)
        refused.setdefault(why, []).append(where)
    told = [f"{_which(places)}: {why}" for why, places in refused.items()]
    return (*([_heights(found)] if found.jumps else []), *told)


def _heights(found: Jumps) -> str:
    at_s = [float(found.time_s[0] + jump.takeoff_s) for jump in found.jumps]
    when = f"Jump at {at_s[0]:.2f} s" if len(at_s) == 1 else f"{len(at_s)} jumps from {at_s[0]:.2f} to {at_s[-1]:.2f} s"
    impulse = _span([(jump.height_impulse_m, jump.u_impulse_m) for jump in found.jumps])
    flight = _span([(jump.height_flight_m, jump.u_flight_m) for jump in found.jumps])
    apart = sum(jump.contradicts for jump in found.jumps)
    which = "" if not apart else "; they contradict each other" if len(found.jumps) == 1 else f"; {apart} contradict"
    return f"{when}: {impulse} by impulse, {flight} by flight time (k = {COVERAGE:g}){which}"


def _span(heights: Sequence[tuple[float, float]]) -> str:
    """From the least to the greatest, with the greatest of their expanded uncertainties. heights: with u, m."""
    low, high = (f"{pick(height for height, _ in heights) * 100:.1f}" for pick in (min, max))
    expanded_cm = max(COVERAGE * u for _, u in heights) * 100
    return f"{low} ± {expanded_cm:.1f} cm" if low == high else f"{low} to {high} ± {expanded_cm:.1f} cm"


def _which(places: Sequence[str]) -> str:
    if len(places) == 1:
        return f"Jump not measured{', ' if places[0] else ''}{places[0]}"
    return f"{len(places)} jumps not measured, {places[0]} to {places[-1]}"
