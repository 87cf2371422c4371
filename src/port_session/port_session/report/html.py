"""report.html: one file that asks nothing of the network, reads on paper, and repeats itself to the byte.

It words what was found; it judges nothing (summary) and draws nothing (plots).
"""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from port_session.report import admission, html_data, identification, plots, results, runs, trial_verdict
from port_session.report.evidence import Evidence, Stop
from port_session.report.finding import Finding
from port_session.report.force import Jumps
from port_session.report.markup import (
    NO,
    YES,
    Markup,
    element,
    facts,
    fingerprint,
    join,
    measured,
    page,
    picture,
    section,
    table,
)
from port_session.report.summary import Summary
from port_session.trials.measure import Measured


def render(evidence: Evidence, result: Summary, jumps: Jumps | None, found: list[Measured]) -> str:
    """The page. Same arguments, same text."""
    css = files("port_session.report").joinpath("static/report.css").read_text(encoding="utf-8")
    parts = [
        _head(evidence), trial_verdict.render(result.trial), identification.render(evidence),
        results.render(evidence, found), runs.render(evidence), _verdict(result), _identity(evidence),
        admission.render(evidence), _course(evidence), _stops(evidence),
        html_data.motion(evidence), html_data.plates(evidence, jumps), html_data.accounting(evidence),
        html_data.processes(evidence), html_data.data_files(evidence), identification.limits(evidence),
        html_data.notes(), identification.end(evidence),
    ]  # fmt: skip
    return page(
        f"Report {identification.number(evidence)}",
        css + identification.print_css(evidence),
        join(part for part in parts if part),
    )


def _name(evidence: Evidence) -> str:
    return str(evidence.session.get("session", "without a name"))


def _moment(evidence: Evidence, stamp_ns: int) -> str:
    return f"{evidence.seconds(stamp_ns):.2f}"


def _head(evidence: Evidence) -> Markup:
    kind = str(evidence.session.get("kind", "")) or "test"
    began = identification.when(evidence, evidence.origin_ns)
    line = f"{kind.capitalize()} session on ground {evidence.session.get('ground', 'unknown')}"
    return element(
        "header",
        element("p", line),
        element("h1", f"Session {_name(evidence)}: {evidence.session.get('robot', 'robot unknown')}"),
        element("p", f"Started {began}. Times below are seconds from then."),
    )


def _verdict(result: Summary) -> Markup:
    evidence = [finding for finding in result.findings if finding.name not in trial_verdict.ABOUT_THE_TRIAL]
    wrong = [finding for finding in evidence if not finding.ok]
    open_ = [f"{finding.name.lower()} ({finding.but})" for finding in evidence if finding.ok and finding.but]
    words, css = "✓ The evidence is in order.", "good"
    if wrong:
        words, css = f"✗ The evidence is not in order: {_listed(wrong)}.", "bad"
    elif open_:
        words, css = f"Nothing is wrong with the evidence, but not all is there: {', '.join(open_)}.", "open"
    rows = [(finding.name, _mark(finding), finding.text) for finding in result.findings]
    banner = element("div", element("strong", words), css=f"verdict {css}")
    return section("Evidence in order", banner, table(("Checked", "In order", "Found"), rows))


def _mark(finding: Finding) -> Markup:
    if finding.ok and finding.but:
        return element("span", f"– {finding.but}", css="open")
    return YES if finding.ok else NO


def _listed(findings: Sequence[Finding]) -> str:
    return ", ".join(finding.name.lower() for finding in findings)


def _identity(evidence: Evidence) -> Markup:
    session = evidence.session
    software = session.get("software", {})
    left = facts([
        ("Team", session.get("team")), ("Kind", session.get("kind")), ("Runs", session.get("run")),
        ("Goal", _goal(session)),
    ])  # fmt: skip
    right = facts([
        ("Length", f"{evidence.seconds(evidence.end_ns):.1f} s"), ("Envelope", fingerprint(evidence.envelope_hash)),
        ("Software", ", ".join(f"{name} {version}" for name, version in sorted(software.items()))),
    ])  # fmt: skip
    columns = element("div", left, right, css="columns")
    return section("What was tested", columns, identification.instruments(evidence))


def _goal(session: dict[str, Any]) -> str:
    """Where the robot was to stand; empty where the trial had no goal."""
    if goal := session.get("goal_m"):
        return f"x {goal[0]:g} m, y {goal[1]:g} m, within {session.get('tolerance_m', 0):g} m"
    joints = ", ".join(f"{angle:g}" for angle in session.get("goal_rad", ()))
    return f"joints at {joints} rad, within {session.get('tolerance_rad', 0):g} rad" if joints else ""


_STATES_CAPTION = (
    "States of the session and of the safety gate over time. Dashed lines with a number are the stops of the table "
    "below."
)


def _course(evidence: Evidence) -> Markup:
    states = picture(plots.timeline(evidence), _STATES_CAPTION)
    rows = [
        (_moment(evidence, step.stamp_ns), step.command, step.by, YES if step.accepted else NO,
         step.after.lower(), step.reason)
        for step in evidence.steps
    ]  # fmt: skip
    told = table(("At, s", "Command", "By", "Accepted", "State after", "Reason"), rows, numbers=(0,)) if rows else ""
    return section("Course of the session", states, told)


def _stops(evidence: Evidence) -> Markup:
    if not evidence.stops:
        return section("Stops", element("p", "The safety gate did not stop the robot."))
    headings = ("No.", "At, s", "Why", "Latency, ms", "Distance, m", "After zero command, m", "Duration, s")
    rows = [
        (number, _moment(evidence, stop.stamp_ns), _causes(stop), measured(stop.latency_ms, 1),
         measured(stop.distance_m, 3), measured(stop.travel_after_zero_m, 3), measured(stop.duration_s, 2))
        for number, stop in enumerate(evidence.stops, 1)
    ]  # fmt: skip
    meaning = (
        "Latency: from the device's edge to the stop on the robot's command. Distance: path of the robot from the "
        "decision to standstill; after zero command: the part of it travelled once the command was zero."
    )
    stops = table(headings, rows, css="why", numbers=(0, 1, 3, 4, 5, 6))
    return section("Stops", stops, element("p", meaning, css="quiet"), _resets(evidence))


def _causes(stop: Stop) -> Markup:
    lines = []
    for cause in stop.causes:
        measured = ""
        if cause.value is not None and cause.limit is not None:
            measured = f" Measured {cause.value:.4g} {cause.unit}, limit {cause.limit:.4g} {cause.unit}."
        kind = cause.severity.lower().replace("_", " ")
        lines.append(element("div", element("b", cause.rule), f" ({kind}): {cause.reason}.", measured))
    lines.append(element("div", stop.event_id, css="hash quiet"))
    return join(lines)


def _resets(evidence: Evidence) -> Markup:
    if not evidence.resets:
        return element("p", "Nobody tried to reset a stop.")
    rows = [
        (_moment(evidence, reset.stamp_ns), reset.by, YES if reset.accepted else NO, reset.reason)
        for reset in evidence.resets
    ]
    return join([element("h3", "Resets"), table(("At, s", "By", "Accepted", "Reason"), rows, numbers=(0,))])
