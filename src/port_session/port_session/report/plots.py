"""The report's pictures as SVG text. Same input, same bytes: no dates, a fixed salt, outlines instead of fonts.

matplotlib is imported when the first picture is drawn, so that commands which draw none start at once.
"""

import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from port_ros.session_states import State
from port_session.report.decimate import min_max
from port_session.report.evidence import Evidence, Motion, Series
from port_session.report.force import Jumps

BUCKETS = 1200
_STYLE = {
    "svg.hashsalt": "port", "svg.fonttype": "path", "font.size": 8.0, "axes.spines.top": False,
    "axes.spines.right": False, "axes.grid": True, "grid.color": "#e4e4e4", "grid.linewidth": 0.6,
    "axes.edgecolor": "#777777", "axes.linewidth": 0.7, "legend.frameon": False, "lines.linewidth": 1.0,
    "path.simplify": True, "path.simplify_threshold": 0.2,
}  # fmt: skip
_INK, _SECOND, _FAINT, _STOP = "#1f3a5f", "#8a5a00", "#9a9a9a", "#b3261e"
_ZONES = {"keep_in": ("#3c7a3c", "none"), "keep_out": (_STOP, "#b3261e22"), "speed": (_SECOND, "#e0a80022")}
_SESSION_ORDER = tuple(State.__members__)
_Changes = Sequence[tuple[float, str]]
_GATE_ORDER = ("FAULT", "INIT", "STOPPED", "STOPPING", "RESET_READY", "STANDBY", "RECOVER", "REDUCED", "RUN")


def _figure(width: float, height: float, rows: int = 1, **options: Any) -> tuple[Any, Any]:
    """A figure and its axes, in inches, drawn without any display."""
    import matplotlib

    matplotlib.rcParams.update(_STYLE)
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasSVG(figure)
    return figure, figure.subplots(rows, **options)


def _svg(figure: Any) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()


def timeline(evidence: Evidence) -> str | None:
    """States of session and gate over time, stops marked."""
    if not evidence.gate_states and not evidence.steps:
        return None
    figure, (above, below) = _figure(7.2, 3.4, 2, sharex=True, height_ratios=[2, 3])
    end_s = evidence.seconds(evidence.end_ns)
    session = [(evidence.seconds(step.stamp_ns), step.after) for step in evidence.steps if step.accepted]
    _state_line(above, [(0.0, "BOOKED"), *session], _SESSION_ORDER, end_s, "session")
    gate = [(evidence.seconds(change.stamp_ns), change.name) for change in evidence.gate_states]
    _state_line(below, gate, _GATE_ORDER, end_s, "safety gate")
    _mark_stops((above, below), evidence)
    below.set_xlabel("time, s")
    return _svg(figure)


def _state_line(axes: Any, changes: _Changes, order: Sequence[str], end_s: float, label: str) -> None:
    names = [name for name in order if name in {name for _, name in changes}]
    times = [time_s for time_s, _ in changes] + [end_s]
    levels = [names.index(name) if name in names else math.nan for _, name in changes]
    axes.step(times, [*levels, levels[-1]] if levels else [math.nan], where="post", color=_INK, linewidth=1.6)
    axes.set_yticks(range(len(names)), [name.lower().replace("_", " ") for name in names])
    axes.set_ylim(-0.5, len(names) - 0.5)
    axes.set_ylabel(label)


def _mark_stops(all_axes: Sequence[Any], evidence: Evidence) -> None:
    """A line at each stop, numbered as in the table of stops."""
    for number, stop in enumerate(evidence.stops, 1):
        time_s = evidence.seconds(stop.stamp_ns)
        for axes in all_axes:
            axes.axvline(time_s, color=_STOP, linewidth=0.8, linestyle=(0, (3, 2)))
        all_axes[0].annotate(
            f"■ {number}", (time_s, 1.01), xycoords=("data", "axes fraction"), color=_STOP, ha="center", fontsize=7
        )


def speed(evidence: Evidence) -> str | None:
    """Requested, passed and measured speed with the limit in force."""
    motion = evidence.motion
    if not len(motion.time_s):
        return None
    figure, axes = _figure(7.2, 2.6)
    for values, label, style in (
        (motion.requested_mps, "requested by the robot's own stack", {"color": _FAINT, "linestyle": (0, (4, 2))}),
        (motion.speed_mps, "measured", {"color": _INK, "linewidth": 1.8}),
        (motion.passed_mps, "let through by the gate", {"color": "#e0a800", "linestyle": (0, (2, 1.5))}),
    ):
        axes.plot(*min_max(motion.time_s, values, BUCKETS), label=label, **style)
    if np.isfinite(motion.limit_mps).any():
        axes.step(motion.time_s, motion.limit_mps, where="post", color=_STOP, linewidth=1.2, label="limit in force")
    _mark_stops((axes,), evidence)
    axes.set(xlabel="time, s", ylabel="speed, m/s")
    axes.set_ylim(bottom=0)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=4)
    return _svg(figure)


def floor(evidence: Evidence) -> str | None:
    """The robot's path on the plan of the ground, with zones, goal and the places of the stops."""
    motion, zones = evidence.motion, evidence.ground.get("zones", evidence.ground)
    known = np.isfinite(motion.x_m)
    if not known.any() and not zones:
        return None
    figure, axes = _figure(7.2, _floor_height(motion, zones))
    for name, zone in zones.items():
        _zone(axes, name, zone)
    x, y = evidence.poses.x_m, evidence.poses.y_m
    axes.plot(x, y, ".", color=_FAINT, markersize=2.5, label="seen by the ground's cameras" if len(x) else None)
    axes.plot(motion.x_m, motion.y_m, color=_INK, linewidth=1.6, label="path" if known.any() else None)
    _goal(axes, evidence)
    for number, stop in enumerate(evidence.stops, 1):
        _stop_place(axes, motion, evidence.seconds(stop.stamp_ns), number)
    axes.set_aspect("equal")
    axes.set(xlabel="x, m", ylabel="y, m")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=4)
    return _svg(figure)


def _floor_height(motion: Motion, zones: dict[str, Any]) -> float:
    """Inches that a plan of this shape needs at the page's width."""
    corners = [np.array(zone["polygon_m"], dtype=np.float64) for zone in zones.values()]
    path = np.column_stack((motion.x_m, motion.y_m))
    points = np.vstack([*corners, path[np.isfinite(path).all(axis=1)]])
    width_m, height_m = np.maximum(np.ptp(points, axis=0), 1.0)
    return float(np.clip(6.6 * height_m / width_m + 1.0, 1.8, 7.0))


def _zone(axes: Any, name: str, zone: dict[str, Any]) -> None:
    edge, face = _ZONES.get(zone.get("kind", ""), (_FAINT, "none"))
    polygon = np.array(zone["polygon_m"], dtype=np.float64)
    axes.fill(polygon[:, 0], polygon[:, 1], facecolor=face, edgecolor=edge, linewidth=1.0)
    label = f"{name}: {zone.get('kind', '').replace('_', ' ')}"
    if zone.get("limit_mps") is not None:
        label += f" {zone['limit_mps']:g} m/s"
    low = polygon.min(axis=0)
    axes.annotate(label, low, xytext=(3, 3), textcoords="offset points", color=edge, fontsize=7, parse_math=False)


def _goal(axes: Any, evidence: Evidence) -> None:
    goal = evidence.session.get("goal_m")
    if goal:
        axes.plot(*goal, marker="+", color="#3c7a3c", markersize=10, linestyle="none", label="goal")


def _stop_place(axes: Any, motion: Motion, time_s: float, number: int) -> None:
    if not len(motion.time_s):
        return
    at = min(int(np.searchsorted(motion.time_s, time_s)), len(motion.time_s) - 1)
    if math.isfinite(motion.x_m[at]):
        label = "decision to stop" if number == 1 else None
        axes.plot(motion.x_m[at], motion.y_m[at], "s", color=_STOP, markersize=5, linestyle="none", label=label)
        axes.annotate(str(number), (motion.x_m[at], motion.y_m[at]), xytext=(0, 6), textcoords="offset points",
                      color=_STOP, ha="center", fontsize=7)  # fmt: skip


def forces(evidence: Evidence) -> str | None:
    """Vertical force of each plate over the whole session."""
    if not evidence.plates:
        return None
    figure, rows = _figure(7.2, 1.0 + 1.1 * len(evidence.plates), len(evidence.plates), sharex=True, squeeze=False)
    for axes, plate in zip(rows[:, 0], evidence.plates, strict=True):
        axes.plot(*min_max(plate.time_s, plate.force_n, BUCKETS), color=_INK, linewidth=0.8)
        axes.set_ylabel(f"{plate.name}\nFz, N", parse_math=False)
    rows[-1, 0].set_xlabel("time, s")
    return _svg(figure)


def jump(found: Jumps, number: int) -> str:
    """One jump: the summed force from quiet standing to landing, with what was taken from it."""
    one, origin_s = found.jumps[number], found.time_s[0]
    first_s, last_s = one.quiet_s[0] - 0.3, one.landing_s + 0.7
    inside = (found.time_s >= origin_s + first_s) & (found.time_s <= origin_s + last_s)
    time_s, force_n = found.time_s[inside], found.force_n[inside]
    figure, axes = _figure(7.2, 2.8)
    _jump_marks(axes, one, origin_s)
    axes.plot(*min_max(time_s, force_n, BUCKETS), color=_INK, linewidth=1.2)
    _shade_push(axes, time_s, force_n, one, origin_s)
    axes.set(xlabel="time, s", ylabel="Fz of all plates, N", xlim=(time_s[0], time_s[-1]))
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=4)
    return _svg(figure)


def _jump_marks(axes: Any, one: Any, origin_s: float) -> None:
    quiet = [origin_s + time_s for time_s in one.quiet_s]
    axes.axvspan(*quiet, color="#3c7a3c22", linewidth=0, label="last rest before the push")
    axes.axvspan(origin_s + one.takeoff_s, origin_s + one.landing_s, color="#00000014", linewidth=0, label="in the air")
    for time_s, text in ((one.takeoff_s, "take-off"), (one.landing_s, "landing")):
        axes.axvline(origin_s + time_s, color=_STOP, linewidth=0.8)
        axes.annotate(text, (origin_s + time_s, 1.01), xycoords=("data", "axes fraction"), color=_STOP, ha="center")


def _shade_push(axes: Any, time_s: Series, force_n: Series, one: Any, origin_s: float) -> None:
    from port_session.report.standing import GRAVITY_MPS2

    weight_n = one.mass_kg * GRAVITY_MPS2
    axes.axhline(weight_n, color=_SECOND, linewidth=0.8, linestyle=(0, (4, 2)))
    push = (time_s >= origin_s + one.quiet_s[1]) & (time_s <= origin_s + one.takeoff_s)
    t, f = min_max(time_s[push], force_n[push], BUCKETS // 2)
    axes.fill_between(t, weight_n, f, color="#e0a80055", linewidth=0, label="impulse: take-off velocity")
