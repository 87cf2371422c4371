"""What identifies a report and what it is about: ISO/IEC 17025:2017 7.8.2.1, a to p, as far as the files say it.

What nobody stated is told as not stated: a reader must see what is missing. It judges nothing.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from port_session.report.evidence import Evidence
from port_session.report.markup import Markup, element, facts, join, section, table
from port_session.trials.decision import WORDS

NOT_STATED = "not stated"
_ROLES = (("operator", "Test operator"), ("safety_officer", "Safety officer"), ("robot_handler", "Robot handler"))


def number(evidence: Evidence) -> str:
    """Unique on one edge: the session and when it began, UTC. It stands on every page."""
    began = _moment(evidence.origin_ns)
    stamp = f"{began:%Y%m%dT%H%M%SZ}" if began else "undated"
    name = re.sub(r"[^A-Za-z0-9_-]", "_", str(evidence.session.get("session", "session")))
    return f"{name}-{stamp}"


def when(evidence: Evidence, stamp_ns: int) -> str:
    """A moment in the edge's local time, with what that is ahead of UTC."""
    moment = _moment(stamp_ns)
    if not stamp_ns or moment is None:
        return f"at {stamp_ns} ns, which is no date" if stamp_ns else "unknown"
    offset_s = evidence.session.get("utc_offset_s")
    local = isinstance(offset_s, int) and abs(offset_s) < 86_400
    zone = timezone(timedelta(seconds=offset_s)) if local and isinstance(offset_s, int) else UTC
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")


def render(evidence: Evidence) -> Markup:
    """The section at the head of the report."""
    robot, trial, session = (_part(evidence, key) for key in ("robot", "trial", "session"))
    told = evidence.session
    left = facts([
        ("Report", number(evidence)), ("Tested by", told.get("site") or NOT_STATED),
        ("Place", _place(told)), ("Customer", session.get("customer") or told.get("team") or NOT_STATED),
        ("Performed", f"{when(evidence, evidence.origin_ns)} to {when(evidence, evidence.end_ns)}"),
        *((words, _person(told, role)) for role, words in _ROLES),
    ])  # fmt: skip
    right = facts([
        ("Item", f"{told.get('robot', NOT_STATED)} ({robot.get('kind', 'kind not stated')})"),
        ("Serial number", robot.get("serial") or NOT_STATED), ("Firmware", robot.get("firmware") or NOT_STATED),
        ("Condition", robot.get("condition") or NOT_STATED),
        ("Method", trial.get("method") or NOT_STATED),
        ("Protocol", f"{told.get('trial', NOT_STATED)}, version {trial.get('version') or NOT_STATED}"),
        ("Decision rule", _decision(trial)),
    ])  # fmt: skip
    words = (
        "These results relate only to the item tested, in the state in which it was. What is said of the item comes "
        "from its team or customer. Not to be reproduced except in full."
    )
    return section("Identification", element("div", left, right, css="columns"), element("p", words, css="quiet"))


def instruments(evidence: Evidence) -> Markup:
    """The devices that measured, with what is stated of their calibration; empty where the description is not there."""
    ground = _part(evidence, "ground")
    rows = [
        (f"{kind} {name}", device.get("driver", ""), *(_told(device, key) for key in _INSTRUMENT))
        for group, kind in (("force_plates", "force plate"), ("cameras", "camera"))
        for name, device in sorted(_dicts(ground.get(group)))
    ]  # fmt: skip
    headings = ("Device", "Driver", "Serial number", "Calibrated", "Due", "Certificate")
    return join([element("h3", "Instruments"), table(headings, rows)]) if rows else join([])


_INSTRUMENT = ("serial", "calibrated", "due", "certificate")


def limits(evidence: Evidence) -> Markup:
    """All limits in force, as the gate was given them; empty where the description is not there."""
    rows = [(rule, kind, key, value) for rule, kind, key, value in limits_in_force(evidence)]
    words = "As the gate was given them at its start. The envelope's fingerprint is the hash of all of them."
    return section("Limits in force", element("p", words, css="quiet"),
                   table(("Rule", "Type", "Parameter", "Value"), rows)) if rows else join([])  # fmt: skip


def limits_in_force(evidence: Evidence) -> Iterator[tuple[str, str, str, str]]:
    """Of each rule its name, its type, and its parameters with their values, one after the other."""
    gate = next((each for each in _processes(evidence) if each.get("name") == "gate"), {})
    parameters = gate.get("parameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    for rule in parameters.get("rules", ()):
        block = parameters.get(rule)
        block = block if isinstance(block, dict) else {}
        for key in sorted(block.keys() - {"type"}):
            yield str(rule), str(block.get("type", "")), key, _shown(block[key])


def end(evidence: Evidence) -> Markup:
    """The end of the report, that nothing can be added behind it unseen."""
    return element("p", f"End of report {number(evidence)}", css="end")


def print_css(evidence: Evidence) -> str:
    """Number of the report and of the page on each printed page."""
    return (
        f'@page {{ @bottom-left {{ content: "{number(evidence)}"; font: 8pt sans-serif; color: #555; }} '
        '@bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: #555; } }\n'
    )


def _moment(stamp_ns: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(stamp_ns // 1_000_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _part(evidence: Evidence, key: str) -> dict[str, Any]:
    """One of the four files of the session as they were understood; empty where that is not known."""
    told = evidence.description.get("description")
    part = told.get(key) if isinstance(told, dict) else None
    return part if isinstance(part, dict) else {}


def _processes(evidence: Evidence) -> list[dict[str, Any]]:
    told = evidence.description.get("processes")
    return [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []


def _dicts(group: object) -> list[tuple[str, dict[str, Any]]]:
    found = group.items() if isinstance(group, dict) else ()
    return [(str(name), device) for name, device in found if isinstance(device, dict)]


def _told(device: dict[str, Any], key: str) -> str:
    return _under(device.get("instrument"), key)


def _under(group: object, key: str) -> str:
    return str((group.get(key) if isinstance(group, dict) else "") or NOT_STATED)


def _person(session: dict[str, Any], role: str) -> str:
    return _under(session.get("people"), role)


def _place(session: dict[str, Any]) -> str:
    return f"ground {session.get('ground', NOT_STATED)}, edge {session.get('edge') or NOT_STATED}"


def _decision(trial: dict[str, Any]) -> str:
    return WORDS["guarded" if trial.get("decision") == "guarded" else "simple"]


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_shown(each)}" for key, each in sorted(value.items()))
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
