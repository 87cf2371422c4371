"""What a folder of evidence says of its session: who, where, what, when. Reads; what is damaged counts as not said.

All times come from the evidence: nothing here may depend on when or where a bag is made.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from port_session.bag import files
from port_session.bag.layout import BagError, one_line

SESSION, EVENTS, DESCRIPTION = "session.json", "events.jsonl", "description.json"
_ENDED = ("ABORTED", "COMPLETED")
_WORDS = ("session", "ground", "site", "edge", "robot", "team", "trial", "kind")
_BYTES_MAX = 256 << 20
#: What a stamp may be: a date that Python can show.
_STAMPS_NS = range(1, 1 << 63)


@dataclass(frozen=True)
class Facts:
    """Texts are one line each, empty where nothing says them. Stamps: the edge's system clock.

    ended_as: COMPLETED or ABORTED; empty where the log of a killed session has no end: ended_ns is its last stamp then.
    runs: how many there were; void_runs: those of them that do not count.
    """

    began_ns: int
    ended_ns: int
    ended_as: str = ""
    session: str = ""
    ground: str = ""
    site: str = ""
    edge: str = ""
    robot: str = ""
    team: str = ""
    trial: str = ""
    kind: str = ""
    runs: int = 0
    void_runs: int = 0

    def line(self) -> str:
        """All of it on a line, for people."""
        kind = f" ({self.kind})" if self.kind else ""
        named = (("robot", self.robot), ("team", self.team), ("ground", self.ground), ("trial", self.trial))
        said = [f"{label} {value}" for label, value in named if value]
        return ", ".join([f"Session {self.name}{kind}", *said, self.runs_line(), self.end_line()])

    def runs_line(self) -> str:
        """How many runs."""
        runs = f"{self.runs} run" if self.runs == 1 else f"{self.runs} runs"
        return f"{runs} ({self.void_runs} void)" if self.void_runs else runs

    def end_line(self) -> str:
        """How it ended."""
        return self.ended_as.lower() or "without an end in its log"

    @property
    def name(self) -> str:
        """The session's, for people."""
        return self.session or "without a name"


def read(folder: Path) -> Facts:
    """Of the evidence in `folder`. Raises BagError where nothing says when the session ended."""
    session, described = _document(folder, SESSION), _document(folder, DESCRIPTION)
    events = list(_events(folder)) or _list(session, "history")
    stamps = [stamp for event in events if (stamp := _stamp(event))]
    if not stamps:
        problem = f"neither {EVENTS} nor {SESSION} says when a session ended"
        raise BagError(f"{folder}: {problem}; name the folder of a session's evidence")
    end_ns, ended_as = _end(events)
    runs = _list(session, "runs")
    return Facts(
        began_ns=min(stamps), ended_ns=end_ns or max(stamps), ended_as=ended_as,
        runs=len(runs) or _number(session.get("run")), void_runs=sum(bool(run.get("void")) for run in runs),
        **_words(session, described),
    )  # fmt: skip


def date_of(stamp_ns: int) -> str:
    """The day in UTC."""
    return _utc(stamp_ns).strftime("%Y-%m-%d")


def to_the_millisecond(stamp_ns: int) -> str:
    """ISO 8601 in UTC, as RO-Crate takes it."""
    return f"{_utc(stamp_ns):%Y-%m-%dT%H:%M:%S}.{stamp_ns // 10**6 % 1000:03d}Z"


def exact(stamp_ns: int) -> str:
    """ISO 8601 in UTC, to the nanosecond."""
    return f"{_utc(stamp_ns):%Y-%m-%dT%H:%M:%S}.{stamp_ns % 10**9:09d}Z"


def _utc(stamp_ns: int) -> datetime:
    return datetime.fromtimestamp(stamp_ns // 10**9, UTC)


def _end(events: Iterable[Mapping[str, Any]]) -> tuple[int, str]:
    """When the session first was over, and as what; 0 if no event says so. Reviews and void runs come later."""
    for event in events:
        over = event.get("accepted") is True and event.get("after") in _ENDED
        if over and (stamp_ns := _stamp(event)):
            return stamp_ns, str(event["after"])
    return 0, ""


def _stamp(event: Mapping[str, Any]) -> int:
    stamp_ns = event.get("stamp_ns")
    return stamp_ns if type(stamp_ns) is int and stamp_ns in _STAMPS_NS else 0


def _number(value: Any) -> int:
    return value if type(value) is int and 0 <= value < 1 << 31 else 0


def _words(session: Mapping[str, Any], described: Mapping[str, Any]) -> dict[str, str]:
    """Of session.json; a killed session left none, and its description has most of them."""
    tree = described.get("description")
    booked = tree.get("session") if isinstance(tree, dict) else None
    both = {**(booked if isinstance(booked, dict) else {}), **session}
    return {key: _text(both.get(key)) for key in _WORDS}


def _text(value: Any) -> str:
    return one_line(value) if isinstance(value, str) else ""


def _list(document: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    value = document.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _document(folder: Path, name: str) -> dict[str, Any]:
    value = _parsed(_content(folder, name))
    return value if isinstance(value, dict) else {}


def _events(folder: Path) -> Iterator[dict[str, Any]]:
    for line in _content(folder, EVENTS).splitlines():
        if isinstance(event := _parsed(line), dict):
            yield event


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _content(folder: Path, name: str) -> bytes:
    """Links are not followed, and pipes not waited for: a bag may come from anybody."""
    try:
        return files.read(folder, name, _BYTES_MAX)
    except OSError:
        return b""
