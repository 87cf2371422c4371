"""What the trial measured, for the report: each indicator of each run with its uncertainty, and what it decides.

It brings the evidence into the indicators' form and words what they give; it measures nothing itself.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from port_session.report import runs as told_runs
from port_session.report.evidence import Evidence
from port_session.report.finding import NOT_KNOWN, Finding
from port_session.report.force import Jumps
from port_session.report.markup import NO, YES, Markup, element, join, section, table, text
from port_session.trials.combine import COVERAGE_P
from port_session.trials.decision import WORDS, Decision, Requirement, Rule
from port_session.trials.indicator import Result, indicators
from port_session.trials.measure import Measured, measure_all
from port_session.trials.rounding import told
from port_session.trials.run_data import GateStop, JumpSeen, Passage, Poses, RunData

_DIGITS = 6


def run_data(evidence: Evidence, jumps: Jumps | None) -> list[RunData]:
    """Every run that has ended, as the indicators see it."""
    whole = RunData(
        0, 0.0, math.inf, 0.0, poses=_known(evidence.poses), passage=_passage(evidence), stops=_stops(evidence),
        jumps=_jumps(jumps), goal_m=_goal(evidence),
    )  # fmt: skip
    return [_of(whole, evidence, run) for run in told_runs.runs(evidence) if isinstance(run.get("ended_ns"), int)]


def _of(whole: RunData, evidence: Evidence, run: dict[str, Any]) -> RunData:
    part = whole.within(evidence.seconds(run["began_ns"]), evidence.seconds(run["ended_ns"]))
    return RunData(**{**part.__dict__, "number": run["number"], "running_s": float(run["running_s"])})


def _known(poses: Poses) -> Poses:
    """Those that say how sure they are: no other can carry an uncertainty."""
    sure = np.isfinite(poses.u_m)
    return Poses(poses.time_s[sure], poses.x_m[sure], poses.y_m[sure], poses.u_m[sure])


def _passage(evidence: Evidence) -> Passage:
    motion = evidence.motion
    return Passage(motion.time_s, motion.passed_mps, motion.speed_mps)


def _stops(evidence: Evidence) -> tuple[GateStop, ...]:
    return tuple(
        GateStop(evidence.seconds(stop.stamp_ns), stop.distance_m, stop.duration_s if stop.stands else None)
        for stop in evidence.stops
    )


def _jumps(found: Jumps | None) -> tuple[JumpSeen, ...]:
    if found is None or not len(found.time_s):
        return ()
    return tuple(
        JumpSeen(float(found.time_s[0]) + one.takeoff_s, one.height_impulse_m, one.u_impulse_m, one.height_flight_m,
                 one.u_flight_m, one.contradicts)
        for one in found.jumps
    )  # fmt: skip


def _goal(evidence: Evidence) -> tuple[float, float] | None:
    goal = evidence.session.get("goal_m")
    return (float(goal[0]), float(goal[1])) if isinstance(goal, list) and len(goal) == 2 else None


def measured(evidence: Evidence, jumps: Jumps | None) -> list[Measured]:
    """Every indicator that the trial asks for; all that are installed, where it names none."""
    trial = _trial(evidence)
    known = indicators()
    wanted = [str(name) for name in trial.get("indicators") or known]
    chosen = [known[name] for name in wanted if name in known]
    counting = [run["number"] for run in told_runs.runs(evidence) if run["counts"]]
    return measure_all(run_data(evidence, jumps), counting, chosen, _required(trial), _rule(trial))


def _trial(evidence: Evidence) -> dict[str, Any]:
    told_files = evidence.description.get("description")
    trial = told_files.get("trial") if isinstance(told_files, dict) else None
    return trial if isinstance(trial, dict) else {}


def _required(trial: dict[str, Any]) -> dict[str, Requirement]:
    required = trial.get("require")
    found = required.items() if isinstance(required, dict) else ()
    return {
        str(name): Requirement(limits.get("at_least"), limits.get("at_most"))
        for name, limits in found
        if isinstance(limits, dict)
    }


def _rule(trial: dict[str, Any]) -> Rule:
    return "guarded" if trial.get("decision") == "guarded" else "simple"


def findings(found: Sequence[Measured]) -> tuple[Finding, ...]:
    """What the trial requires, and whether it is met; nothing where it requires nothing."""
    decided = [(one, one.decision) for one in found if one.decision is not None]
    if not decided:
        return ()
    failed = [_short(one) for one, decision in decided if decision is Decision.FAILED]
    open_ = [_short(one) for one, decision in decided if decision is Decision.UNDECIDED]
    if failed:
        return (Finding("Requirements", False, f"not met: {', '.join(failed)}"),)
    if open_:
        return (Finding("Requirements", True, f"not decided: {', '.join(open_)}", NOT_KNOWN),)
    return (Finding("Requirements", True, f"met: {', '.join(_short(one) for one, _ in decided)}"),)


def _short(one: Measured) -> str:
    value = "not measured" if one.figure is None else told(one.figure.mean, one.figure.expanded, one.indicator.unit)
    words = one.requirement.words if one.requirement else ""
    return f"{one.indicator.title.lower()} {value} ({words} {one.indicator.unit})"


def document(found: Sequence[Measured]) -> list[dict[str, Any]]:
    """For summary.json, and for `port compare`."""
    return [
        {
            "name": one.indicator.name, "unit": one.indicator.unit, "better": one.indicator.better,
            "runs": {str(run): [_result(each) for each in results] for run, results in one.of_runs.items()},
            "missing": {str(run): why for run, why in one.missing.items()},
            "figure": _figure(one), "decision": one.decision.value if one.decision else None,
        }
        for one in found
    ]  # fmt: skip


def _result(each: Result) -> dict[str, Any]:
    return {"value": _rounded(each.value), "u": _rounded(each.u), "remark": each.remark}


def _figure(one: Measured) -> dict[str, Any] | None:
    figure = one.figure
    if figure is None:
        return None
    numbers = {key: getattr(figure, key) for key in ("mean", "u", "k", "expanded", "scatter")}
    return {"n": figure.n, **{name: _rounded(value) for name, value in numbers.items()}}


def _rounded(value: float) -> float | None:
    """Six significant digits: beyond them two machines need not agree."""
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None


def render(evidence: Evidence, found: list[Measured]) -> Markup:
    """The section; empty where no run has ended."""
    shown = [one for one in found if one.of_runs or one.requirement]
    if not shown:
        return join([])
    rows = [_row(one) for one in shown]
    parts = [table(("Indicator", "By run", "Mean of the runs that count", "Required", "Met"), rows)]
    parts += [element("p", f"{one.indicator.title}: {remark}.") for one in shown for remark in one.remarks]
    missing = [f"{one.indicator.title.lower()}: {why}" for one in found for why in dict.fromkeys(one.missing.values())]
    if missing:
        parts.append(element("p", f"Not measured: {'; '.join(missing)}.", css="quiet"))
    return section("Results", *parts, _methods(shown), element("p", _words(evidence), css="quiet"))


def _row(one: Measured) -> tuple[object, ...]:
    unit = one.indicator.unit
    by_run = [
        element("div", f"{run}: " + "; ".join(told(each.value, 2.0 * each.u, unit) for each in results))
        for run, results in one.of_runs.items()
    ]
    figure = one.figure
    mean = "" if figure is None else f"{told(figure.mean, figure.expanded, unit)} (n = {figure.n}, k = {figure.k:.2f})"
    required = f"{one.requirement.words} {unit}" if one.requirement else ""
    return one.indicator.title, join(by_run), mean, required, _met(one.decision)


def _met(decision: Decision | None) -> Markup:
    if decision is None:
        return text("")
    return {Decision.PASSED: YES, Decision.FAILED: NO}.get(decision, element("span", "– not decided", css="open"))


def _methods(shown: list[Measured]) -> Markup:
    rows = [(one.indicator.title, one.indicator.method, one.indicator.source) for one in shown]
    return join([element("h3", "Methods"), table(("Indicator", "Method", "Source"), rows)])


def _words(evidence: Evidence) -> str:
    return (
        f"± is the expanded uncertainty U = k·u for {COVERAGE_P:.0%}: of one run k = 2; of the mean by Student's t. "
        "What a camera sees wrong in all runs alike is not divided by their number. Decision rule: "
        f"{WORDS[_rule(_trial(evidence))]}."
    )
