"""ro-crate-metadata.json: what the payload is, for people and machines that know nothing of port (RO-Crate 1.2). Pure.

Canonical JSON (RFC 8785), so that the same session makes the same bytes. Its numbers end at 2^53: stamps in nanoseconds
are texts.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import rfc8785

from port_session.bag.facts import Facts, to_the_millisecond
from port_session.bag.layout import CRATE

_SPECIFICATION = "https://w3id.org/ro/crate/1.2"
#: By the end of a file's name; Python's own table depends on the machine.
_FORMATS = {
    ".json": "application/json", ".jsonl": "application/jsonl", ".html": "text/html", ".csv": "text/csv",
    ".log": "text/plain", ".txt": "text/plain", ".md": "text/markdown", ".yaml": "application/yaml",
    ".sqlite": "application/vnd.sqlite3", ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg",
    ".pdf": "application/pdf",
}  # fmt: skip
_OTHER_FORMAT = "application/octet-stream"
_MEANINGS = {
    "admission.json": "what each look at admission found",
    "description.json": "the session's description as it was understood, with every process and parameter",
    "devices.json": "what each device and its reader counted",
    "events.jsonl": "every step of the session and every event of the safety gate, one a line",
    "exit_codes.json": "how each process ended",
    "facility.json": "what arrived at the facility",
    "ground.json": "the ground's zones",
    "mqtt.json": "how many messages were sent to the facility and arrived",
    "processes.jsonl": "when each process was started, fell silent, and ended",
    "report.html": "the report, for people",
    "session.json": "who, where and what the session was, its steps, runs and outcome",
    "stops.jsonl": "the safety gate's own hash-chained log of stops",
    "summary.json": "the report's findings, for programs",
}
_RECORDINGS = {".mcap": "a recording (MCAP, profile ros2)", ".age": "sealed with age to whom it belongs"}
_KINDS = {"#robot": "IndividualProduct", "#team": "Organization", "#site": "Organization", "#ground": "Place"}


def document(facts: Facts, sizes: Mapping[str, int]) -> bytes:
    """The file. sizes: bytes of each payload file by its path below data/."""
    files = [_file(path, sizes[path]) for path in sorted(sizes)]
    graph = [_descriptor(), _root(facts, files), _session(facts), *_stamps(facts), *_named(facts), *files]
    return rfc8785.dumps({"@context": f"{_SPECIFICATION}/context", "@graph": graph})


def _descriptor() -> dict[str, Any]:
    return {
        "@id": CRATE, "@type": "CreativeWork", "about": {"@id": "./"}, "conformsTo": {"@id": _SPECIFICATION},
    }  # fmt: skip


def _root(facts: Facts, files: list[dict[str, Any]]) -> dict[str, Any]:
    at = to_the_millisecond(facts.ended_ns)
    return {
        "@id": "./", "@type": "Dataset", "datePublished": at, "description": facts.line(),
        "hasPart": [{"@id": file["@id"]} for file in files],
        "license": "Evidence of a test. What may be done with it is agreed between the ground and the team.",
        "mentions": {"@id": "#session"}, "name": f"Evidence of session {facts.name}, {at}",
        **({"publisher": {"@id": "#site"}} if facts.site else {}),
    }  # fmt: skip


def _session(facts: Facts) -> dict[str, Any]:
    linked = (
        ("agent", "#team", facts.team), ("instrument", "#robot", facts.robot), ("location", "#ground", facts.ground),
    )  # fmt: skip
    done = "CompletedActionStatus" if facts.ended_as == "COMPLETED" else "FailedActionStatus"
    return {
        "@id": "#session", "@type": "CreateAction", "name": facts.name,
        "description": facts.line(), "actionStatus": {"@id": f"http://schema.org/{done}"},
        "startTime": to_the_millisecond(facts.began_ns), "endTime": to_the_millisecond(facts.ended_ns),
        "result": {"@id": "./"}, "additionalProperty": [{"@id": "#began_ns"}, {"@id": "#ended_ns"}],
        **{key: {"@id": name} for key, name, value in linked if value},
    }  # fmt: skip


def _stamps(facts: Facts) -> list[dict[str, Any]]:
    stamps = (("began_ns", facts.began_ns), ("ended_ns", facts.ended_ns))
    return [
        {"@id": f"#{name}", "@type": "PropertyValue", "name": name, "unitText": "ns since 1970", "value": str(stamp_ns)}
        for name, stamp_ns in stamps
    ]


def _named(facts: Facts) -> list[dict[str, Any]]:
    values = {"#robot": facts.robot, "#team": facts.team, "#site": facts.site, "#ground": facts.ground}
    return [{"@id": name, "@type": _KINDS[name], "name": value} for name, value in values.items() if value]


def _file(path: str, size: int) -> dict[str, Any]:
    end = path[path.rfind(".") :] if "." in path else ""
    meaning = _MEANINGS.get(path) or _RECORDINGS.get(end, "")
    return {
        "@id": _identifier(path), "@type": "File", "name": path, "contentSize": str(size),
        "encodingFormat": _FORMATS.get(end, _OTHER_FORMAT), **({"description": meaning} if meaning else {}),
    }  # fmt: skip


def _identifier(path: str) -> str:
    """The path as the reference that it is: letters of any language stay, what has a meaning in one is encoded."""
    return "".join(sign if ord(sign) > 0x7F else quote(sign, safe="/-_.~!$&'()*+,;=@") for sign in path)
