"""The runs of a session for the report: which count, which are void and why, what was reached. It measures nothing.

A session of a time before runs were kept has none here; then nothing is told of them.
"""

from typing import Any

from port_session.report.evidence import Evidence
from port_session.report.finding import NOT_KNOWN, Finding
from port_session.report.markup import NO, UNKNOWN, YES, Markup, element, join, measured, section, table
from port_session.report.stop_log import plural

Run = dict[str, Any]
_KINDS: dict[str, type | tuple[type, ...]] = {
    "number": int, "began_ns": int, "running_s": (int, float), "counts": bool, "void": str, "outcome": dict,
}  # fmt: skip


def runs(evidence: Evidence) -> list[Run]:
    """Those that can be read, oldest first."""
    told = evidence.session.get("runs")
    found = [run for run in told if isinstance(run, dict)] if isinstance(told, list) else []
    return [run for run in found if all(isinstance(run.get(key), kind) for key, kind in _KINDS.items())]


def document(evidence: Evidence) -> list[Run]:
    """For summary.json."""
    keys = ("number", "running_s", "counts", "void")
    return [{**{key: run[key] for key in keys}, "reached": run["outcome"].get("reached")} for run in runs(evidence)]


def findings(evidence: Evidence) -> tuple[Finding, ...]:
    """Whether the runs that the trial asks for were done; nothing where the session kept none."""
    asked = evidence.session.get("runs_asked")
    if not isinstance(asked, int) or not isinstance(evidence.session.get("runs"), list):
        return ()
    found = runs(evidence)
    counting = [run for run in found if run["counts"]]
    void = [f"{run['number']} ({run['void']})" for run in found if run["void"]]
    text = f"{len(counting)} of {plural(asked, 'run')} done" + (f"; void: {', '.join(void)}" if void else "")
    missed = [str(run["number"]) for run in counting if run["outcome"].get("reached") is False]
    if missed:
        text += f"; the goal was missed in run {', '.join(missed)}"
    enough = len(counting) >= asked
    return (Finding("Runs", not missed and (enough or not found), text, "" if enough else NOT_KNOWN),)


def render(evidence: Evidence) -> Markup:
    """The section; empty where nothing is known of runs."""
    found = runs(evidence)
    if not found:
        return join([])
    rows = [
        (run["number"], f"{evidence.seconds(run['began_ns']):.2f}", measured(run["running_s"], 1), _goal(run),
         YES if run["counts"] else NO, run["void"] or ("" if run["counts"] else "not ended"))
        for run in found
    ]  # fmt: skip
    words = "A void run is kept and told; it does not count for what the trial asks for."
    headings = ("Run", "Began, s", "Moving, s", "Goal reached", "Counts", "Why not")
    return section("Runs", table(headings, rows, numbers=(0, 1, 2)), element("p", words, css="quiet"))


def _goal(run: Run) -> Markup:
    reached = run["outcome"].get("reached")
    return UNKNOWN if reached is None else YES if reached else NO
