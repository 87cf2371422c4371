"""What the records of a verified chain say: how many stops, which were not finished, which gates ended in order.

The reading side of records.py. It judges nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from port_safety.evidence.hash_chain import Record


@dataclass(frozen=True, slots=True)
class Measured:
    """One finished stop. Speeds in m/s, distances in m; None where nothing was measured."""

    robot: str
    event_id: str
    severity: str
    speed_mps: float | None
    distance_m: float | None
    travel_after_zero_m: float | None
    latency_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """starts: how often a gate opened the log; unclosed: starts without an orderly end, the running one among them;
    closed: the last one has ended in order.

    stops: event ids of the stops that were written whole; unfinished: of those that only began. not_kept: records that
    were lost before the disk, as the log itself admits; set_aside: torn ends that were kept in files beside it.
    """

    starts: int
    unclosed: int
    closed: bool
    stops: tuple[str, ...]
    unfinished: tuple[str, ...]
    not_kept: int
    set_aside: int


def account(records: Iterable[Record]) -> Account:
    """Count what is in the log. Event ids repeat when a gate is started again, so stops are paired start by start."""
    starts = unclosed = not_kept = set_aside = 0
    closed = False
    stops: list[str] = []
    unfinished: list[str] = []
    began: list[str] = []
    for record in records:
        kind = record.get("kind")
        if kind == "opened":
            starts, unclosed, closed = starts + 1, unclosed + 1, False
            unfinished, began = unfinished + began, []
        elif kind == "stop_began":
            began.append(record.get("event_id", ""))
        elif kind == "stop":
            stops.append(record.get("event_id", ""))
            began = [event_id for event_id in began if event_id != stops[-1]]
        elif kind == "closed":
            unclosed, closed = unclosed - 1, True
        elif kind == "not_kept":
            not_kept += record.get("records", 0)
        elif kind == "set_aside":
            set_aside += 1
    return Account(starts, unclosed, closed, tuple(stops), tuple(unfinished + began), not_kept, set_aside)


def measured(records: Sequence[Record]) -> list[Measured]:
    """Every stop in which the robot was seen to stand, with the robot of the gate that stopped it."""
    robot, found = "", []
    for record in records:
        if record.get("kind") == "opened":
            robot = record.get("robot", "")
        elif record.get("kind") == "stop" and record.get("stands"):
            latency_ms = (record.get("hops_ms") or {}).get("total")
            found.append(
                Measured(
                    robot, record.get("event_id", ""), record.get("severity", ""), record.get("speed_at_start_mps"),
                    record.get("distance_m"), record.get("travel_after_zero_m"), latency_ms,
                )
            )  # fmt: skip
    return found
