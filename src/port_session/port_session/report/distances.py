"""Stopping distances by robot and speed: what the stops of many sessions add up to. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from port_safety.evidence.stop_log import Measured

STEP_MPS = 0.1


@dataclass(frozen=True)
class Row:
    """Stops of one robot that began at from_mps or more and below to_mps. p95: the nearest rank, never interpolated."""

    robot: str
    from_mps: float
    to_mps: float
    n: int
    median_m: float
    p95_m: float
    max_m: float


def rows(stops: Iterable[Measured], step_mps: float = STEP_MPS) -> list[Row]:
    """One row a robot and speed step, in this order; stops without a measured speed or distance are in none."""
    groups: dict[tuple[str, int], list[float]] = {}
    for stop in stops:
        if stop.speed_mps is not None and stop.distance_m is not None:
            step = math.floor(stop.speed_mps / step_mps + 1e-9)
            groups.setdefault((stop.robot, step), []).append(stop.distance_m)
    return [_row(robot, step, step_mps, sorted(found)) for (robot, step), found in sorted(groups.items())]


def _row(robot: str, step: int, step_mps: float, ordered: Sequence[float]) -> Row:
    p95 = ordered[math.ceil(0.95 * len(ordered)) - 1]
    from_mps, to_mps = round(step * step_mps, 9), round((step + 1) * step_mps, 9)
    return Row(robot, from_mps, to_mps, len(ordered), median(ordered), p95, ordered[-1])


def table(found: Sequence[Row]) -> str:
    """The rows for people."""
    width = max([len(row.robot) for row in found] + [5])
    head = f"{'robot':<{width}}  start speed, m/s  stops  median, m  95 %, m  max, m"
    return "\n".join([head] + [
        f"{row.robot:<{width}}  {row.from_mps:>6.2f} – {row.to_mps:<6.2f}  {row.n:>6}  {row.median_m:>9.3f}"
        f"  {row.p95_m:>7.3f}  {row.max_m:>6.3f}"
        for row in found
    ])  # fmt: skip
