"""What stops cost, by robot, category and start speed; and what of it a robot's profile is to be told. Pure.

Percentiles are of the nearest rank, never interpolated. A figure that was not measured is left out of its column.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from port_safety.evidence.stop_log import Measured

BAND_MPS = 0.25
#: Slower stops than this tell little about brakes: their way is mostly what odometry and standstill are uncertain by.
FEED_FROM_MPS = 0.3


@dataclass(frozen=True)
class Figure:
    """Of n values: median, 95 %, greatest; NaN without any."""

    n: int
    p50: float
    p95: float
    greatest: float


@dataclass(frozen=True)
class Statistics:
    """Stops of one robot and category that began at from_mps or more and below to_mps."""

    robot: str
    severity: str
    from_mps: float
    to_mps: float
    stops: int
    latency_ms: Figure
    distance_m: Figure
    travel_after_zero_m: Figure


def figure(values: Iterable[float | None]) -> Figure:
    """Of what was measured."""
    ordered = sorted(value for value in values if value is not None and math.isfinite(value))
    if not ordered:
        return Figure(0, math.nan, math.nan, math.nan)
    return Figure(len(ordered), _rank(ordered, 0.5), _rank(ordered, 0.95), ordered[-1])


def _rank(ordered: Sequence[float], share: float) -> float:
    return ordered[math.ceil(share * len(ordered)) - 1]


def statistics(stops: Iterable[Measured], band_mps: float = BAND_MPS) -> list[Statistics]:
    """One a robot, category and band of start speed, in this order; stops without a measured speed are in none."""
    groups: dict[tuple[str, str, int], list[Measured]] = {}
    for stop in stops:
        if stop.speed_mps is not None and math.isfinite(stop.speed_mps):
            groups.setdefault((stop.robot, stop.severity, _band(stop.speed_mps, band_mps)), []).append(stop)
    return [
        Statistics(
            robot, severity, round(band * band_mps, 9), round((band + 1) * band_mps, 9), len(found),
            figure(one.latency_ms for one in found), figure(one.distance_m for one in found),
            figure(one.travel_after_zero_m for one in found),
        )
        for (robot, severity, band), found in sorted(groups.items())
    ]  # fmt: skip


def _band(speed_mps: float, band_mps: float) -> int:
    return math.floor(speed_mps / band_mps + 1e-9)


def worst(stops: Iterable[Measured], robot: str, band_mps: float = BAND_MPS) -> list[tuple[float, float]]:
    """For a robot's profile: in each band the least speed with the greatest way, so that no stop was worse.

    The deceleration that such a pair explains is at most that of every stop in the band: it grows with the speed and
    falls with the way.
    """
    bands: dict[int, tuple[float, float]] = {}
    for stop in stops:
        speed_mps, way_m = stop.speed_mps, stop.distance_m
        if stop.robot != robot or speed_mps is None or way_m is None or not speed_mps >= FEED_FROM_MPS or not way_m > 0:
            continue
        band = _band(speed_mps, band_mps)
        least_mps, most_m = bands.get(band, (math.inf, 0.0))
        bands[band] = (min(least_mps, speed_mps), max(most_m, way_m))
    return [bands[band] for band in sorted(bands)]


def table(found: Sequence[Statistics]) -> str:
    """For people."""
    head = ("robot", "category", "start m/s", "stops", "latency ms", "distance m", "after zero m")
    rows = [head, *((
        one.robot, one.severity, f"{one.from_mps:.2f}–{one.to_mps:.2f}", str(one.stops), _cell(one.latency_ms, 1),
        _cell(one.distance_m, 3), _cell(one.travel_after_zero_m, 3),
    ) for one in found)]  # fmt: skip
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, "figures: median / 95 % / greatest"])


def _cell(one: Figure, digits: int) -> str:
    return " / ".join(f"{value:.{digits}f}" for value in (one.p50, one.p95, one.greatest)) if one.n else "–"


def plain(one: Statistics) -> dict[str, object]:
    """For JSON: what is no number is null."""
    tree = asdict(one)
    for value in tree.values():
        if isinstance(value, dict):
            value |= {key: None for key, number in value.items() if number != number}
    return tree
