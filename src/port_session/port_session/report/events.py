"""The gate's events, as they stand in events.jsonl, into states, stops and resets. Pure; the order is by stamp."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

from port_session.report.evidence import Cause, Change, Reset, Step, Stop

Line = dict[str, Any]
#: A stamp's place on an axis that runs on where the clock was set.
TimeOf = Callable[[int], int]


def ordered(lines: Iterable[Line], time_ns: TimeOf = int) -> list[Line]:
    """Events in the order they happened, those that were written down twice once. time_ns: of a stamp."""
    unique = {(time_ns(line["stamp_ns"]), line.get("sequence", 0), line.get("kind", "")): line for line in lines}
    return [unique[key] for key in sorted(unique)]


def missing(events: Sequence[Line]) -> int:
    """How many events are missing by their sequence; a gate that started again counts from 1."""
    gaps = 0
    for before, after in pairwise(events):
        step = after["sequence"] - before["sequence"]
        gaps += step - 1 if step > 1 else 0
    return gaps


def states(events: Sequence[Line], seen: Sequence[Change], time_ns: TimeOf = int) -> tuple[Change, ...]:
    """The gate's states in order of change: by its events, and by its state messages before and after them."""
    first_ns = time_ns(events[0]["stamp_ns"]) if events else None
    changes = [change for change in seen if first_ns is None or time_ns(change.stamp_ns) < first_ns]
    for event in (event for event in events if event["kind"] == "STATE_CHANGED"):
        changes.append(Change(event["stamp_ns"], event["after"]))
    if events:
        last_ns = time_ns(events[-1]["stamp_ns"])
        changes += [change for change in seen if time_ns(change.stamp_ns) > last_ns]
    kept: list[Change] = []
    for change in changes:
        if not kept or kept[-1].name != change.name:
            kept.append(change)
    return tuple(kept)


def stops(events: Sequence[Line]) -> tuple[Stop, ...]:
    """Every stop with its first and later causes and what was measured until standstill."""
    by_id: dict[str, list[Line]] = {}
    for event in events:
        if event["kind"] == "STOP":
            by_id[event["event_id"]] = [event]
        elif event["kind"] in ("CAUSE_ADDED", "STANDSTILL") and event["event_id"] in by_id:
            by_id[event["event_id"]].append(event)
    return tuple(_stop(event_id, parts) for event_id, parts in by_id.items())


def _stop(event_id: str, parts: Sequence[Line]) -> Stop:
    still = next((part for part in parts if part["kind"] == "STANDSTILL"), None)

    def figure(name: str) -> float | None:
        found = (value for part in reversed(parts) if (value := part.get(name)) is not None)
        return next((float(value) for value in found), None)

    return Stop(
        event_id=event_id,
        stamp_ns=parts[0]["stamp_ns"],
        causes=_causes(parts),
        latency_ms=figure("latency_ms"),
        distance_m=figure("distance_m"),
        travel_after_zero_m=figure("travel_after_zero_m"),
        duration_s=figure("duration_s"),
        stands=still is not None,
    )


def _causes(parts: Sequence[Line]) -> tuple[Cause, ...]:
    """Causes of the stop, first one first; a limit that happened to be in force at the time is no cause of it."""
    found: dict[tuple[str, str], Cause] = {}
    for item in (item for part in parts for item in part.get("causes", [])):
        if item["severity"] in ("OK", "LIMIT"):
            continue
        cause = Cause(
            item["rule"], item["source"], item["severity"], item["reason"], item["value"], item["limit"], item["unit"]
        )
        found.setdefault((cause.rule, cause.source), cause)
    return tuple(found.values())


def resets(events: Sequence[Line]) -> tuple[Reset, ...]:
    """Accepted and refused resets."""
    return tuple(
        Reset(event["stamp_ns"], event["kind"] == "RESET_ACCEPTED", event["reason"], event["by"], event["event_id"])
        for event in events
        if event["kind"] in ("RESET_ACCEPTED", "RESET_REFUSED")
    )


def steps(lines: Iterable[Line]) -> tuple[Step, ...]:
    """What the session was told and did."""
    return tuple(
        Step(one["stamp_ns"], one["command"], one["before"], one["after"], one["accepted"], one["reason"], one["by"])
        for one in lines
    )
