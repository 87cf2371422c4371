"""The gate's stop log as a second source of safety events: what it says and which of it telemetry has not heard. Pure.

Its format is a contract (docs/safety.md, "What the stop log says"): a JSON object a line; `check`, always last, is the
SHA-256 of what stands before it. A line that does not fit it is no line: it is being written, or somebody changed it.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_CHECK = re.compile(rb'(\{.*),"check":"([0-9a-f]{64})"\}', re.DOTALL)

#: What a kind of line is called as an event; the others are the log's own words.
EVENT_OF = {
    "stop_began": "STOP", "stop": "STANDSTILL", "cause_added": "CAUSE_ADDED", "reset": "RESET_ACCEPTED",
    "reset_refused": "RESET_REFUSED", "armed": "ARMED", "disarmed": "DISARMED",
    "recover_began": "RECOVER_BEGAN",
    "recover_ended": "RECOVER_ENDED", "override_began": "OVERRIDE_BEGAN", "override_ended": "OVERRIDE_ENDED",
    "envelope_changed": "ENVELOPE_CHANGED", "cleared": "STATE_CHANGED", "fault": "STATE_CHANGED",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line. number: 1, 2, 3 … in the file; event: what it is called as an event, empty if it is none."""

    number: int
    event: str
    stamp_ns: int
    values: dict[str, Any]


#: The schema of a record that says how far the log has come.
HEAD_SCHEMA = "json/stop_log_head/1"


@dataclass(frozen=True, slots=True)
class Head:
    """How far the log has come: its last line's number, the SHA-256 of its bytes without the line end, its stamp."""

    lines: int
    sha256: str
    stamp_ns: int

    @property
    def payload(self) -> bytes:
        """For the facility, which can tell by it that lines were cut off later, or all of them written anew."""
        return json.dumps({"lines": self.lines, "head": self.sha256}).encode()


def decode(text: bytes, number: int) -> Line | None:
    """Line `number`; None if it is not whole."""
    match = _CHECK.fullmatch(text)
    if match is None or hashlib.sha256(match[1]).hexdigest().encode() != match[2]:
        return None
    try:
        values = json.loads(match[1] + b"}")
        return Line(number, _event(values), int(values["stamp_ns"]), values)
    except (ValueError, KeyError, TypeError):
        return None


def _event(values: dict[str, Any]) -> str:
    kind = str(values.get("kind"))
    # A stop that nobody saw come to standstill was told by no event: the gate ended in it.
    return "" if kind == "stop" and not values.get("stands") else EVENT_OF.get(kind, "")


@dataclass(slots=True)
class Comparison:
    """Lines of the log against events that were heard; an event and its line carry the same stamp.

    done: up to this line of the first file an earlier start of telemetry has been. grace_s: how long a line waits for
    its event, which may be on its way. settled: up to this line each event was heard or is completed.
    """

    done: int
    grace_s: float
    completed: int = 0
    settled: int = 0
    _heard: set[tuple[str, int]] = field(default_factory=set)
    _open: list[tuple[float, Line]] = field(default_factory=list)

    def heard(self, event: str, stamp_ns: int) -> None:
        """An event came."""
        self._heard.add((event, stamp_ns))

    def read(self, lines: Iterable[Line], now_s: float) -> None:
        """These lines follow in the log."""
        self._open += [(now_s, line) for line in lines if line.number > self.done]

    def begin_anew(self) -> None:
        """The log is another file from now on."""
        self.done = 0

    def missing(self, now_s: float, last: bool = False) -> list[Line]:
        """Lines whose event has not come within the grace, in order; each once. last: nothing can come any more."""
        found = []
        while self._open and (last or now_s - self._open[0][0] >= self.grace_s or self._known(self._open[0][1])):
            _, line = self._open.pop(0)
            if not self._known(line):
                found.append(line)
            self._heard.discard((line.event, line.stamp_ns))
            self.settled = line.number
        self.completed += len(found)
        return found

    def _known(self, line: Line) -> bool:
        return not line.event or (line.event, line.stamp_ns) in self._heard
