"""Safety events out of the gate's stop log, for those that the way through the middleware has lost.

The log says less than an event did: its `sequence` is 0, and states that the log does not tell are unknown (255).
"""

import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from port_interfaces.msg import Cause, SafetyEvent

from port_ros import stamps
from port_ros.constants import SAFETY_EVENTS
from port_telemetry.core.continuity import Position
from port_telemetry.core.stop_log import Comparison, Head, Line
from port_telemetry.ros.streams import EVENTS
from port_telemetry.spool.spool import Spool
from port_telemetry.stop_log_file import StopLogFile

UNKNOWN_STATE = 255
_KINDS = {name: number for number, name in SAFETY_EVENTS.items()}
_SEVERITIES = {"OK": Cause.OK, "LIMIT": Cause.LIMIT, "PROTECTIVE_STOP": Cause.PROTECTIVE_STOP,
               "EMERGENCY_STOP": Cause.EMERGENCY_STOP}  # fmt: skip
_MAX_CAUSES = 16
#: A line that begins a stop is its one cause.
_OWN_CAUSE = "stop_began"


#: What the spool remembers of the log: which file, and up to which line telemetry is done with it.
_REMEMBERED = "stop log"
#: How long an event may be on its way after its line.
_GRACE_S = 5.0


class Completion:
    """Compares what was heard with the log at `path`. Belongs to one thread, but for `health`."""

    def __init__(self, path: Path, spool: Spool) -> None:
        self._file, self._spool = StopLogFile(path), spool
        self._done = spool.positions.get(_REMEMBERED, Position(0, 0))
        self._comparison = Comparison(self._done.end, _GRACE_S)
        self._fault = ""
        self._told: Head | None = None

    def see(self, topic: str, message: Any) -> None:
        """A message came; those of the gate's events are noted."""
        if topic == EVENTS:
            self._comparison.heard(SAFETY_EVENTS.get(message.kind, ""), stamps.to_ns(message.stamp))

    def missing(self, last: bool) -> Iterator[SafetyEvent]:
        """Events that are in the log and did not come; what it gives out must have been handed over when it goes on."""
        now_s = time.monotonic()
        self._read(now_s)
        for line in self._comparison.missing(now_s, last):
            try:
                yield event_of(line)
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                self._fault = f"line {line.number} of the stop log says nonsense: {error}"
        done = Position(self._file.inode, self._comparison.settled)
        if self._comparison.settled and done != self._done:
            self._done = done
            self._spool.remember(_REMEMBERED, done)

    def new_head(self) -> Head | None:
        """How far the log has come, where it has grown since this was asked last."""
        head = self._file.head
        if head == self._told:
            return None
        self._told = head
        return head

    @property
    def completed(self) -> int:
        """Events that came from the log alone."""
        return self._comparison.completed

    @property
    def fault(self) -> str:
        """What is wrong with the log, in words."""
        unsound = self._file.unsound
        return f"line {unsound} of the stop log does not hold" if unsound else self._fault

    def _read(self, now_s: float) -> None:
        try:
            before, lines = self._file.inode, self._file.lines()
            self._fault = ""
        except OSError as error:
            self._fault = f"the stop log cannot be read: {error}"
            return
        if self._file.inode != (before or self._done.begin):
            self._comparison.begin_anew()
        self._comparison.read(lines, now_s)


def event_of(line: Line) -> SafetyEvent:
    """The event that `line` tells of. Raises ValueError, TypeError or KeyError for a line that says nonsense."""
    said = line.values
    causes = [said] if said["kind"] == _OWN_CAUSE else list(said.get("causes") or ())
    return SafetyEvent(
        stamp=stamps.to_msg(line.stamp_ns), sequence=0, kind=_KINDS[line.event], event_id=str(said.get("event_id", "")),
        state_before=UNKNOWN_STATE, state_after=UNKNOWN_STATE, epoch=int(said.get("epoch", 0)),
        causes=[_cause(cause) for cause in causes[:_MAX_CAUSES]], reason=_reason(said, causes),
        by=str(said.get("by", "")), latency_ms=_number((said.get("hops_ms") or {}).get("total")),
        distance_m=_number(said.get("distance_m")), travel_after_zero_m=_number(said.get("travel_after_zero_m")),
        duration_s=_number(said.get("duration_s")),
    )  # fmt: skip


def _reason(said: dict[str, Any], causes: list[dict[str, Any]]) -> str:
    return str(said.get("reason") or (causes[0].get("reason", "") if causes else ""))


def _cause(said: dict[str, Any]) -> Cause:
    return Cause(
        severity=_SEVERITIES.get(said.get("severity", ""), Cause.OK), rule=str(said.get("rule", "")),
        source=str(said.get("source", "")), reason=str(said.get("reason", "")), value=_number(said.get("value")),
        limit=_number(said.get("limit")), unit=str(said.get("unit", "")),
    )  # fmt: skip


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else math.nan
