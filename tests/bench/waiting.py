"""How the gate waits between two ticks, each way in turn: command latency, processor share, lateness of the ticks."""

import sys
import time
from typing import Any

import numpy as np

from tests.bench.gate import armed_gate, both_cores_busy
from tests.bench.gate_waiting import WAYS
from tests.bench.stand import cpu_s

COMMANDS, HZ, TICK_HZ = 2000, 200.0, 500.0


def measure(rounds: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Medians over the rounds, for a quiet machine and for one with both cores busy."""
    found: dict[str, list[float]] = {}
    for number in range(rounds):
        for way in WAYS:
            print(f"waiting: round {number + 1} of {rounds}, {way}", file=sys.stderr)
            for name, value in _round(way).items():
                found.setdefault(f"waiting.{way}.{name}", []).append(value)
            with both_cores_busy():
                for name, value in _round(way).items():
                    found.setdefault(f"waiting.{way}.busy_{name}", []).append(value)
    return {key: float(np.median(values)) for key, values in sorted(found.items())}, {"rounds": found}


def _round(way: str) -> dict[str, float]:
    with armed_gate(TICK_HZ, "gate_waiting", way) as (stand, pid):
        stand.latencies_us(200, HZ, 0.0)
        before, began_s = cpu_s(pid), time.monotonic()
        latencies = stand.latencies_us(COMMANDS, HZ, 0.1)
        cpu_pct = 100.0 * (cpu_s(pid) - before) / (time.monotonic() - began_s)
        values = stand.gate_values
    p50, p99, p999 = np.percentile(latencies, (50, 99, 99.9))
    late = {f"tick_late_{name}_ms": float(values[f"tick_late_{name}_ms"]) for name in ("p99", "p999")}
    missing_pct = 100.0 * (1.0 - len(latencies) / COMMANDS)
    return {"p50_us": p50, "p99_us": p99, "p999_us": p999, "missing_pct": missing_pct, "cpu_pct": cpu_pct, **late}
