"""`scripts/bench`: runs the benchmarks asked for, prints a table, writes JSON and a plot."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench import border, cameras, estop, fan_in, gate, people, recorder, sensors, sizing, telemetry, waiting

#: name → what measures it; each returns its figures by key, and detail for who wants to look closer.
BENCHES: dict[str, Callable[[int], tuple[dict[str, float], dict[str, Any]]]] = {
    "gate": gate.measure,
    "estop": estop.measure,
    "border": border.measure,
    "waiting": waiting.measure,
    "telemetry": telemetry.measure,
    "fan_in": fan_in.measure,
    "sizing": sizing.measure,
    "people": people.measure,
    "cameras": cameras.measure,
    "sensors": sensors.measure,
    "recorder": recorder.measure,
}
#: How each draws its picture.
PLOTS: dict[str, Callable[[dict[str, Any], Path], None]] = {"gate": gate.plot, "people": people.plot}


def machine() -> dict[str, Any]:
    """What it was measured on."""
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), "unknown")  # fmt: skip
    return {"cpu": model, "cores": os.cpu_count(), "python": platform.python_version(), "kernel": platform.release(),
            "load_before": os.getloadavg()[0]}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("what", nargs="?", default="all", choices=[*BENCHES, "all"])
    parser.add_argument(
        "--rounds", type=int, default=6, help="interleaved rounds (default 6); of fan_in: times ten minutes"
    )
    parser.add_argument("--runs", type=int, default=people.DEFAULT_RUNS, help="seeded runs among people (default 200)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write a picture of the distributions (SVG or PNG)")
    chosen = parser.parse_args()
    where = machine()
    figures: dict[str, float] = {}
    detail: dict[str, Any] = {}
    for name in BENCHES if chosen.what == "all" else [chosen.what]:
        found, more = BENCHES[name](chosen.runs if name == "people" else chosen.rounds)
        figures.update(found)
        detail[name] = more
    for key, value in figures.items():
        print(f"{key:32} {value:10.3f}")
    if chosen.json:
        document = {"figures": figures, "machine": where, "detail": detail}
        chosen.json.write_text(json.dumps(document, indent=1) + "\n")
    if chosen.plot:
        for name in detail.keys() & PLOTS.keys():
            file = chosen.plot if len(detail) == 1 else chosen.plot.with_stem(f"{chosen.plot.stem}_{name}")
            PLOTS[name](detail[name], file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
