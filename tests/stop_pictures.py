"""Draws docs/pictures/stop_*.svg from the simulation: each stop profile over time, obeyed and ignored.

python -m tests.stop_pictures [FOLDER]
"""

import sys
from itertools import groupby
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from port_safety.gate import operator_commands
from tests.stop_stand import SIMS, Moment, Stand

_STYLE = {
    "svg.hashsalt": "port", "svg.fonttype": "path", "font.size": 8.0, "axes.spines.top": False,
    "axes.spines.right": False, "axes.linewidth": 0.7, "lines.linewidth": 1.2, "legend.frameon": False,
}  # fmt: skip
_INK, _SECOND, _STOP = "#1f3a5f", "#8a5a00", "#b3261e"
_SHADES = ("#e9eef5", "#d5dfec", "#c0cfe2", "#f3d9d6")
_BEFORE_S, _AFTER_S = 0.4, 1.2


def stopped(kind: str, ignores: bool) -> tuple[Stand, float]:
    """A robot in motion, stopped by an emergency; it obeys, or it walks on. With the time of the stop, s."""
    stand = Stand(kind, SIMS[kind]()).run()
    began_s = stand.now_ns / 1e9
    stand.ignores = ignores
    operator_commands.stop(stand.gate, "officer", "", True, stand.now_ns)
    stand.until_dark()
    stand.turn(_AFTER_S)
    return stand, began_s


def draw(kind: str) -> Figure:
    """Two columns: obeyed, ignored. Speed and body height over the stages, power below."""
    figure = Figure(figsize=(8.0, 3.0), layout="constrained")
    axes = figure.subplots(2, 2, sharex="col", sharey="row", height_ratios=[4, 1])
    for column, ignores in enumerate((False, True)):
        stand, began_s = stopped(kind, ignores)
        moments = [moment for moment in stand.moments if moment.at_s >= began_s - _BEFORE_S]
        times = [moment.at_s - began_s for moment in moments]
        _stages(axes[0][column], moments, began_s)
        _curves(axes[0][column], times, moments, kind)
        _power(axes[1][column], times, moments, stand.gate.profile.deadline_s)
        fate = "it ignores the stop" if ignores else "it obeys"
        axes[0][column].set_title(f"{kind}: {fate}", fontsize=9, loc="left")
    axes[0][0].legend(loc="upper right")
    axes[0][0].set_ylabel("m/s, m" if _has_height(kind) else "m/s")
    return figure


def _has_height(kind: str) -> bool:
    return kind in ("quadruped", "humanoid")


def _stages(axis: Any, moments: list[Moment], began_s: float) -> None:
    """A band for each stage, with its name."""
    named = [(stage, list(group)) for stage, group in groupby(moments, key=lambda moment: moment.stage) if stage]
    for number, (stage, group) in enumerate(named):
        last = number == len(named) - 1
        begin, end = group[0].at_s - began_s, group[-1].at_s - began_s
        axis.axvspan(begin, end, color=_SHADES[-1 if last else number], linewidth=0)
        axis.text((begin + end) / 2, 0.45, stage, transform=axis.get_xaxis_transform(), ha="center", rotation=90)


def _curves(axis: Any, times: list[float], moments: list[Moment], kind: str) -> None:
    axis.plot(times, [moment.speed_mps for moment in moments], color=_INK, label="speed")
    if _has_height(kind):
        axis.plot(times, [moment.height_m for moment in moments], color=_SECOND, label="height of the body")
    axis.axhline(0.0, color="#777777", linewidth=0.6)


def _power(axis: Any, times: list[float], moments: list[Moment], deadline_s: float) -> None:
    """Enable and relay, and the last deadline."""
    axis.fill_between(times, [1.0 if moment.enable else 0.0 for moment in moments], step="post", color="#9bb59b")
    axis.step(times, [1.0 if moment.powered else 0.0 for moment in moments], where="post", color=_INK)
    axis.axvline(deadline_s, color=_STOP, linestyle="--", linewidth=1.0)
    axis.text(deadline_s, 1.15, "last deadline", color=_STOP, ha="center", fontsize=7)
    axis.set_ylim(0.0, 1.1)
    axis.set_yticks([0, 1], ["off", "on"])
    axis.set_ylabel("power")
    axis.set_xlabel("s after the stop began (filled: enable, line: relay)")


def main() -> int:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures")
    matplotlib.rcParams.update(_STYLE)
    for kind in SIMS:
        path = folder / f"stop_{kind}.svg"
        draw(kind).savefig(path, format="svg", metadata={"Date": None})
        print(path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
