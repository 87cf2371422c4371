"""The gate against a plain pass-through: command latency, processor share, jitter, and what a rule costs.

Three ways run in every round, their order shuffled anew: the pass-through, the gate, and the gate that rehearses
(port_safety/ros/rehearsal.py).
"""

import contextlib
import functools
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from port_safety.model.readings import Pose
from tests.bench import domains
from tests.bench.stand import PLAINLY, Stand, cpu_s, end
from tests.gate_bench import BLOCKS, Bench, make_gate
from tests.ros.test_gate_node import PARAMETERS
from tests.ros_peer import executable, start_node

COMMANDS, HZ = 2000, 200.0
#: So many commands go through with both cores busy, so often a second.
BUSY_COMMANDS, BUSY_HZ = 100_000, 500.0
RATES_HZ = {"500hz": 500.0, "1khz": 1000.0}


def measure(rounds: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Figures by key (the ratios first), and the samples behind them."""
    rounds_of = _rounds(rounds)
    base, ours, warm = ([one.latencies_us for one in rounds_of[way]] for way in WAYS)
    figures = _ratios("gate", base, ours) | _ratios("rehearsed", base, warm)
    for way in ("gate", "rehearsed"):
        for key in ("inside_p50_us", "inside_p99_us", "cpu_pct"):
            figures[f"{way}.{key}"] = float(np.median([getattr(one, key) for one in rounds_of[way]]))
    busy: dict[str, dict[str, str]] = {}
    parts: dict[str, dict[str, float]] = {}
    for rate, hz in RATES_HZ.items():
        figures[f"gate.cpu_{rate}_pct"] = _cpu_pct(hz)
        parts[rate] = _parts_pct(hz)
        busy[rate] = _busy(hz)
        for name in ("p99", "p999"):
            figures[f"gate.jitter_{rate}_{name}_ms"] = float(busy[rate][f"tick_late_{name}_ms"])
    figures["gate.busy_p999_us"] = _busy_p999_us()
    costs = rule_costs_us()
    figures["gate.rule_us"] = float(np.polyfit([1, 10, 50], [costs["rules"][n] for n in (1, 10, 50)], 1)[0])
    for part, percent in sorted(parts["500hz"].items(), key=lambda item: -item[1]):
        print(f"gate at 500 Hz: {percent:5.2f} % of a core: {part}", file=sys.stderr)
    detail = {"baseline_us": base, "gate_us": ours, "rule_costs_us": costs, "busy": busy, "parts_pct": parts}
    return figures, detail


def _ratios(way: str, base: list[list[float]], ours: list[list[float]]) -> dict[str, float]:
    """Medians over the rounds of each round's percentiles: one bad round decides nothing."""
    figures = {}
    for percent in (50, 99):
        plain, gate = (float(np.median([np.percentile(one, percent) for one in many])) for many in (base, ours))
        figures[f"{way}.ratio_p{percent}"] = gate / plain
        figures[f"{way}.baseline_p{percent}_us"] = plain
        figures[f"{way}.p{percent}_us"] = gate
    return figures


@dataclass(frozen=True)
class Round:
    """One way in one round. inside: from the command's arrival in the gate to its being published, by its own count."""

    latencies_us: list[float]
    inside_p50_us: float = math.nan
    inside_p99_us: float = math.nan
    cpu_pct: float = math.nan


def _rounds(count: int) -> dict[str, list[Round]]:
    """Every way in every round, the order shuffled by a seed that is told."""
    seed = random.randrange(1_000_000)
    order, made = random.Random(seed), {way: list[Round]() for way in WAYS}
    for number in range(count):
        ways = order.sample(sorted(WAYS), len(WAYS))
        print(f"gate: round {number + 1} of {count} (seed {seed}): {', '.join(ways)}", file=sys.stderr)
        for way in ways:
            made[way].append(WAYS[way]())
    return made


def _passthrough_round() -> Round:
    stand = Stand(domains.some_domain())
    argv = [*PLAINLY, sys.executable, "-m", "tests.bench.passthrough", "--ros-args", "-r", "__ns:=/t"]
    process = subprocess.Popen(argv)
    try:
        stand.until(lambda: stand.node.count_publishers("cmd_vel") and stand.node.count_subscribers("cmd_vel_request"),
                    20.0, "the pass-through")  # fmt: skip
        stand.latencies_us(200, HZ, 0.0)
        return Round(stand.latencies_us(COMMANDS, HZ))
    finally:
        end(process)
        stand.close()


def _gate_round(rehearse: bool = False) -> Round:
    with armed_gate(500.0, rehearse=rehearse) as (stand, pid):
        stand.latencies_us(200, HZ, 0.0)
        before, began_s = cpu_s(pid), time.monotonic()
        latencies_us = stand.latencies_us(COMMANDS, HZ)
        cpu_pct = 100.0 * (cpu_s(pid) - before) / (time.monotonic() - began_s)
        return Round(latencies_us, _inside_us(stand, "p50"), _inside_us(stand, "p99"), cpu_pct)


def _inside_us(stand: Stand, share: str) -> float:
    """What the gate told last of its own commands."""
    return 1e3 * float(stand.gate_values[f"command_to_published_{share}_ms"])


WAYS: dict[str, Callable[[], Round]] = {
    "passthrough": _passthrough_round,
    "gate": _gate_round,
    "rehearsed": functools.partial(_gate_round, rehearse=True),
}


@contextlib.contextmanager
def armed_gate(tick_hz: float, module: str = "", *words: str, rehearse: bool = False) -> Iterator[tuple[Stand, int]]:
    """A gate in RUN on a stand, and its process id; `module`: of tests.bench, that runs it otherwise, with `words`."""
    stand = Stand(domains.some_domain())
    with tempfile.TemporaryDirectory() as folder:
        changed = [sys.executable, "-m", f"tests.bench.{module}", *words]
        command = changed if module else [executable("port_safety", "gate_node")]
        parameters = {**PARAMETERS, "tick_hz": tick_hz, "rehearse": rehearse}
        process = start_node("port_safety", "gate_node", "gate", parameters, Path(folder), [*PLAINLY, *command])
        try:
            stand.arm()
            yield stand, process.pid
        finally:
            end(process)
            stand.close()


def _cpu_pct(tick_hz: float, seconds: float = 10.0) -> float:
    """Share of a core with every input flowing and commands at 20 Hz."""
    with armed_gate(tick_hz) as (stand, pid):
        before, began_s = cpu_s(pid), time.monotonic()
        stand.latencies_us(round(20 * seconds), 20.0)
        return 100.0 * (cpu_s(pid) - before) / (time.monotonic() - began_s)


def _parts_pct(tick_hz: float, seconds: float = 10.0) -> dict[str, float]:
    """Which part of the loop takes which share of a core, as the share is measured."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "parts.json"
        with armed_gate(tick_hz, "gate_parts", str(file)) as (stand, _):
            stand.latencies_us(round(20 * seconds), 20.0)
        parts: dict[str, float] = json.loads(file.read_text())
        return parts


@contextlib.contextmanager
def both_cores_busy() -> Iterator[None]:
    """One process at normal priority for each core that does nothing but compute."""
    burners = [
        subprocess.Popen([*PLAINLY, sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)
    ]
    try:
        yield
    finally:
        for burner in burners:
            end(burner)


def _busy(tick_hz: float, seconds: float = 20.0) -> dict[str, str]:
    """What the gate says of its loop with every core busy at normal priority; tick_late_*: the jitter."""
    with both_cores_busy(), armed_gate(tick_hz) as (stand, _):
        stand.latencies_us(round(20 * seconds), 20.0)
        return dict(stand.gate_values)


def _busy_p999_us() -> float:
    """Of BUSY_COMMANDS, inside the gate, with every core busy at normal priority."""
    with both_cores_busy(), armed_gate(500.0) as (stand, _):
        for _ in range(BUSY_COMMANDS // 1000):
            stand.latencies_us(1000, BUSY_HZ, 0.0)
        return _inside_us(stand, "p999")


def rule_costs_us(ticks: int = 2000) -> dict[str, dict[int, float]]:
    """Cost of one whole tick with 1, 10 and 50 zone rules, and with one zone of 4 to 400 corners."""
    return {
        "rules": {count: _tick_us([4] * count, ticks) for count in (1, 10, 50)},
        "corners": {corners: _tick_us([corners], ticks) for corners in (4, 40, 400)},
    }


def _tick_us(corner_counts: list[int], ticks: int) -> float:
    """Median over blocks of a hundred ticks; the robot is seen elsewhere in every tenth, as by a camera at 500 Hz."""
    blocks: dict[str, Any] = {"input_timeout": BLOCKS["input_timeout"]}
    for number, corners in enumerate(corner_counts):
        angles = np.linspace(0.0, 2.0 * np.pi, corners, endpoint=False)
        ring = np.column_stack((20.0 * np.cos(angles), 20.0 * np.sin(angles)))
        blocks[f"zone_{number}"] = {"type": "keep_in", "polygon_m": ring.ravel().tolist()}
    bench = Bench(gate=make_gate(blocks))
    bench.turn(0.5)
    times = []
    for _ in range(ticks // 100):
        began_ns = time.perf_counter_ns()
        for number in range(100):
            if number % 10 == 0:
                bench.gate.update("ground_pose", Pose(1e-4 * number, 0.0, 0.0), bench.now_ns, bench.now_ns)
            bench.gate.tick(bench.now_ns)
        times.append((time.perf_counter_ns() - began_ns) / 1e5)
    return float(np.median(times))


def plot(detail: dict[str, Any], file: Path) -> None:
    """Distributions of both, one line each; beside them what a tick costs with more rules, and with more corners."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (commands, ticks) = pyplot.subplots(1, 2, figsize=(10, 3.5), layout="constrained")
    for name, label in (("baseline_us", "plain rclpy pass-through"), ("gate_us", "gate, every rule in force")):
        samples = np.sort(np.concatenate(detail[name]))
        commands.plot(samples, 100.0 * np.arange(1, len(samples) + 1) / len(samples), label=label)
    commands.set(xscale="log", xlabel="command in → command out, µs", ylabel="share of commands, %")
    for name, label in (("rules", "zone rules of 4 corners"), ("corners", "corners of one zone")):
        costs = detail["rule_costs_us"][name]
        ticks.plot([int(count) for count in costs], list(costs.values()), marker="o", label=label)
    ticks.set(xscale="log", yscale="log", xlabel="count", ylabel="cost of a tick, µs")
    for axes in (commands, ticks):
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(file)
