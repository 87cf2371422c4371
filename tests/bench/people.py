"""The demonstration's robot among people who walk in at 1.6 m/s, in simulated time: contacts, and the job done.

Nothing here is measured on a clock, so the same seeds give the same figures on every machine.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from tests.people_runs import BODY_M, CONTACT_MPS, ENDS_AFTER_S, WALK_MPS, PeopleRun, Run, plain_s

DEFAULT_RUNS = 200
#: One, two or three people a run, in turn.
CROWDS = (1, 2, 3)


def measure(runs: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Figures by key, and each run."""
    print(f"people: {runs} seeded runs", file=sys.stderr)
    with ProcessPoolExecutor() as pool:
        done = list(pool.map(one, range(1, runs + 1), chunksize=5))
        alone = list(pool.map(alone_in_the_hall, range(1, 6)))
    plain = plain_s()
    figures = {
        "people.runs": float(runs),
        "people.contacts": float(sum(run.contacts for run in done)),
        "people.least_gap_m": min(run.least_gap_m for run in done),
        "people.arrived": float(sum(run.arrived_s is not None for run in done)),
        "people.goal_p50_s": float(np.median([run.arrived_s or ENDS_AFTER_S for run in done])),
        "people.stops_per_run": float(np.mean([run.stops for run in done])),
        "people.resets_per_run": float(np.mean([run.resets for run in done])),
        "people.alone_goal_s": float(np.median([run.arrived_s or ENDS_AFTER_S for run in alone])),
        "people.alone_stops": float(sum(run.stops for run in alone)),
        "people.plain_goal_s": plain,
    }
    figures["people.alone_ratio"] = figures["people.alone_goal_s"] / plain
    definition = f"body {BODY_M} m touches the footprint at above {CONTACT_MPS} m/s; people walk {WALK_MPS} m/s"
    return figures, {"contact": definition, "runs": [asdict(run) for run in done]}


def one(seed: int) -> Run:
    return PeopleRun(seed, CROWDS[seed % len(CROWDS)]).go()


def alone_in_the_hall(seed: int) -> Run:
    return PeopleRun(seed, 0).go()


def plot(detail: dict[str, Any], file: Path) -> None:
    """Smallest gap while the robot moved against the time to the goal, one dot a run."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 3.5), layout="constrained")
    near = [run for run in detail["runs"] if np.isfinite(run["least_gap_m"])]
    axes.scatter([run["arrived_s"] or ENDS_AFTER_S for run in near], [run["least_gap_m"] for run in near], s=12)
    axes.axhline(0.0, color="black", linewidth=0.8)
    axes.set(xlabel="time to the goal, s", ylabel="smallest gap while it moved, m")
    axes.grid(alpha=0.3)
    figure.savefig(file)
