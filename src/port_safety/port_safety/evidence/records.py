"""What the gate's events leave as evidence: one record a stop when it is complete, one for what people did.

It words and gathers; the chain (hash_chain.py) makes lines of it, the writer (log_writer.py) brings them to the disk.
Stamps in records are system clock, nanoseconds; durations come from the monotonic clock.
"""

import math
from collections.abc import Sequence
from typing import Any

from port_safety.evidence.hash_chain import Record
from port_safety.gate.events import EventKind, GateEvent, StopCost
from port_safety.gate.state_machine import ARMED, STOPPED_OR_STOPPING, State
from port_safety.gate.stop import Stop
from port_safety.model.verdict import Verdict


class EventRecords:
    """Turns events into records, in order. A stop is told twice: that it began at once, all of it when complete."""

    def __init__(self) -> None:
        self._open: tuple[GateEvent, Stop] | None = None
        self._began_ns = 0

    def take(self, events: Sequence[GateEvent], stop: Stop | None, path_m: float, to_system_ns: int) -> list[Record]:
        """Records of what happened. stop: the one in force; path_m: what the odometry has counted so far.

        `to_system_ns` is added to monotonic times to make them system time.
        """
        records: list[Record] = []
        for event in events:
            stamp = {"stamp_ns": event.at_ns + to_system_ns}
            records += [{**stamp, **record} for record in self._one(event, stop, path_m, to_system_ns)]
        return records

    def end(self, reason: str, now_ns: int, path_m: float, to_system_ns: int) -> list[Record]:
        """The gate ends: a stop that nobody saw come to standstill is told as far as it came."""
        record = self._unfinished(reason, now_ns, path_m, to_system_ns)
        return [{"stamp_ns": now_ns + to_system_ns, **each} for each in record]

    def _one(self, event: GateEvent, stop: Stop | None, path_m: float, to_system_ns: int) -> list[Record]:
        match event.kind:
            case EventKind.STOP if stop is not None:
                self._open, self._began_ns = (event, stop), event.at_ns
                return [{"kind": "stop_began", **_named(event), **_cause(event.causes[0], to_system_ns)}]
            case EventKind.STANDSTILL if self._open is not None:
                began, stop = self._open
                self._open = None
                return [_stop(began, stop, event.cost, to_system_ns)]
            case EventKind.CAUSE_ADDED if self._open is None:
                causes = [_cause(verdict, to_system_ns) for verdict in event.causes]
                return [{"kind": "cause_added", **_named(event), "causes": causes}]
            case EventKind.RESET_ACCEPTED:
                return [{"kind": "reset", **_named(event), "by": event.by, **self._after(event)}]
            case EventKind.RESET_REFUSED:
                return [{"kind": "reset_refused", **_named(event), "by": event.by, "reason": event.reason}]
            case EventKind.ARMED | EventKind.DISARMED:
                return [{"kind": event.kind.name.lower(), "epoch": event.epoch, "by": event.by}]
            case (
                EventKind.RECOVER_BEGAN | EventKind.RECOVER_ENDED | EventKind.OVERRIDE_BEGAN | EventKind.OVERRIDE_ENDED
            ):
                return [{"kind": event.kind.name.lower(), **_named(event), **_said(event)}]
            case EventKind.ENVELOPE_CHANGED:
                return [{"kind": "envelope_changed", "epoch": event.epoch, "reason": event.reason}]
            case EventKind.STATE_CHANGED:
                return self._changed(event, path_m, to_system_ns)
        return []

    def _changed(self, event: GateEvent, path_m: float, to_system_ns: int) -> list[Record]:
        """Of all changes of state only two are no other record's: the gate failed, or a stop ended by itself."""
        if event.after is State.FAULT:
            fault = {"kind": "fault", "epoch": event.epoch, "reason": event.reason}
            return [*self._unfinished("fault", event.at_ns, path_m, to_system_ns), fault]
        if event.before in STOPPED_OR_STOPPING and event.after in ARMED:
            return [{"kind": "cleared", **_named(event), "reason": event.reason, **self._after(event)}]
        return []

    def _after(self, event: GateEvent) -> Record:
        return {"after_s": (event.at_ns - self._began_ns) / 1e9}

    def _unfinished(self, reason: str, now_ns: int, path_m: float, to_system_ns: int) -> list[Record]:
        if self._open is None:
            return []
        began, stop = self._open
        self._open = None
        cost = stop.cost(path_m, now_ns)
        return [{**_stop(began, stop, cost, to_system_ns), "stands": False, "ended": reason}]


def _named(event: GateEvent) -> dict[str, Any]:
    return {"event_id": event.event_id, "epoch": event.epoch}


def _said(event: GateEvent) -> dict[str, Any]:
    return {"by": event.by, "reason": event.reason}


def _stop(began: GateEvent, stop: Stop, cost: StopCost, to_system_ns: int) -> Record:
    """The whole of a stop; `began` is its first event."""
    return {
        "kind": "stop", **_named(began), "began_ns": began.at_ns + to_system_ns, "severity": stop.severity.name,
        "causes": [_cause(verdict, to_system_ns) for verdict in stop.causes.values()], "hops_ms": hops_ms(stop),
        "speed_at_start_mps": stop.start.speed_mps, "passed_at_start_mps": stop.start.command.speed_mps,
        "distance_m": cost.distance_m, "travel_after_zero_m": cost.travel_after_zero_m, "duration_s": cost.duration_s,
        "stages": [{"name": name, "after_s": (at_ns - stop.start.at_ns) / 1e9} for name, at_ns in stop.stages],
        "stands": True, "ended": "standstill",
    }  # fmt: skip


def _cause(verdict: Verdict, to_system_ns: int) -> Record:
    return {
        "severity": verdict.severity.name, "rule": verdict.rule, "source": verdict.source, "reason": verdict.reason,
        "value": verdict.value, "limit": verdict.limit, "unit": verdict.unit,
        "reading_ns": verdict.stamp_ns + to_system_ns if verdict.stamp_ns else None,
    }  # fmt: skip


def hops_ms(stop: Stop) -> dict[str, float]:
    """Device's answer → received by the gate → tick that decided → published. NaN where a moment is not known.

    Where a source fell silent there is no answer that was on its way: the total then counts from its last one.
    """
    first = next(iter(stop.causes.values()))

    def between(from_ns: int | None, to_ns: int | None) -> float:
        return math.nan if not from_ns or not to_ns else round((to_ns - from_ns) / 1e6, 4)

    return {
        "device_to_gate": between(first.stamp_ns if stop.received_ns else None, stop.received_ns),
        "gate_to_decision": between(stop.received_ns, stop.start.at_ns),
        "decision_to_published": between(stop.start.at_ns, stop.published_ns),
        "total": round(stop.latency_ms, 4),
    }
