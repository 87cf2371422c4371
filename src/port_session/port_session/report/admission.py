"""What was found when the robot was to be admitted, for the report. It judges nothing."""

from collections.abc import Mapping
from typing import Any

from port_session.report.evidence import Evidence
from port_session.report.markup import NO, YES, Markup, element, join, section, table

_MARKS = {"ok": YES, "wrong": NO}
_ODD = element("span", "– look at it", css="open")


def looks(evidence: Evidence) -> list[dict[str, Any]]:
    """Those that can be read, oldest first."""
    told = evidence.admission.get("looks")
    found = [look for look in told if isinstance(look, dict)] if isinstance(told, list) else []
    return [look for look in found if isinstance(look.get("findings"), list)]


def document(evidence: Evidence) -> list[dict[str, Any]]:
    """For summary.json: of each look who asked, whether the robot was admitted, and what was not as it should be."""
    return [
        {"by": look.get("by", ""), "admitted": look.get("admitted") is True, "findings": _told(look)}
        for look in looks(evidence)
    ]


def render(evidence: Evidence) -> Markup:
    """The section; empty for a session in which nobody asked."""
    parts = [_look(evidence, look) for look in looks(evidence)]
    return section("Admission", *parts) if parts else join([])


def _look(evidence: Evidence, look: Mapping[str, Any]) -> Markup:
    at = _moment(evidence, look.get("stamp_ns"))
    findings, told = look["findings"], _told(look)
    what = "admitted" if look.get("admitted") is True else "not admitted"
    well = f"{len(findings) - len(told)} of {len(findings)} things as they should be"
    line = f"At {at}, by {look.get('by', '')}: {what}; {well}."
    if not told:
        return element("p", line)
    rows = [
        (one["name"], _MARKS.get(one["state"], _ODD), one["said"], _moment(evidence, one["since_ns"]), one["remedy"])
        for one in told
    ]
    return join([element("p", line), table(("What", "In order", "Found", "Since", "What to do"), rows, css="why")])


def _moment(evidence: Evidence, stamp_ns: object) -> str:
    return f"{evidence.seconds(stamp_ns):.2f} s" if isinstance(stamp_ns, int) else "unknown"


def _told(look: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is not plainly well, as words, and since when."""
    found = [one for one in look["findings"] if isinstance(one, dict) and one.get("state") != "ok"]
    words = ("name", "state", "said", "remedy")
    return [{**{key: str(one.get(key, "")) for key in words}, "since_ns": one.get("since_ns")} for one in found]
