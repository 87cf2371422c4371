"""What a log adds up to: which stops are whole, which were measured, what is missing."""

import json
from typing import Any

from port_safety.evidence.stop_log import Account, Measured, account, measured


def test_a_log_adds_up_to_its_starts_stops_and_losses() -> None:
    opened: dict[str, Any] = {"kind": "opened", "robot": "r"}
    log: list[dict[str, Any]] = [
        opened, {"kind": "stop_began", "event_id": "a"}, {"kind": "stop_began", "event_id": "b"},
        {"kind": "stop", "event_id": "a"}, {"kind": "not_kept", "records": 3}, {"kind": "not_kept"},
        opened, {"kind": "stop_began", "event_id": "a"}, {"kind": "set_aside"}, {"kind": "set_aside"},
        {"kind": "not_kept", "records": 2}, {"kind": "closed"},
    ]  # fmt: skip
    assert account(log) == Account(2, 1, True, ("a",), ("b", "a"), 5, 2)
    assert account([*log, opened]) == Account(3, 2, False, ("a",), ("b", "a"), 5, 2)
    assert account([]) == Account(0, 0, False, (), (), 0, 0)
    assert account([{"kind": "stop_began"}, {"kind": "stop"}]) == Account(0, 0, False, ("",), (), 0, 0)


def test_a_log_is_counted_as_it_is_read_from_the_disk() -> None:
    told = [("opened", ""), *(("stop_began", f"{name}-1") for name in "abc"), ("stop", "b-1")]
    for kind in ("a", "nothing", "p", "sz", "stop_", "stopped", "zzz"):
        told.append((kind, "x"))
    log = [{"kind": kind, "event_id": event_id, "records": 9, "stands": True, "robot": "r"} for kind, event_id in told]
    read = json.loads(json.dumps(log))
    assert account(read) == Account(1, 1, False, ("b-1",), ("a-1", "c-1"), 0, 0)
    assert [(each.robot, each.event_id) for each in measured(read)] == [("r", "b-1")]
    more = json.loads(
        json.dumps([*log, *({"kind": "stop", "event_id": f"{each}-1"} for each in "ca"), {"kind": "closed"}])
    )
    assert account(more) == Account(1, 0, True, ("b-1", "c-1", "a-1"), (), 0, 0)
    rest = json.loads(json.dumps([{"kind": "set_aside"}, {"kind": "not_kept", "records": 2}]))
    assert account(rest) == Account(0, 0, False, (), (), 2, 1)


def test_only_stops_that_ended_at_rest_were_measured() -> None:
    """Only stops of robots that were seen to stand were measured."""
    whole: dict[str, Any] = {
        "kind": "stop", "stands": True, "event_id": "a", "severity": "EMERGENCY_STOP", "speed_at_start_mps": 1.0,
        "distance_m": 0.5, "travel_after_zero_m": 0.25, "hops_ms": {"total": 2.0},
    }  # fmt: skip
    log = [{"kind": "opened", "robot": "r"}, whole, {**whole, "stands": False}, {"kind": "armed", "stands": True}]
    assert measured(log) == [Measured("r", "a", "EMERGENCY_STOP", 1.0, 0.5, 0.25, 2.0)]
    assert measured([{"kind": "stop", "stands": True, "hops_ms": None}]) == [
        Measured("", "", "", None, None, None, None)
    ]
    assert Measured("", "", "", None, None, None).latency_ms is None


def test_the_account_pairs_stops_start_by_start() -> None:
    def start(*more: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"kind": "opened"}, {"kind": "stop_began", "event_id": "a-1"}, *more]

    whole = {"kind": "stop", "event_id": "a-1", "stands": True}
    told = account([*start(), *start(whole, {"kind": "closed"})])
    assert (told.starts, told.unclosed, told.closed) == (2, 1, True)
    assert (told.stops, told.unfinished) == (("a-1",), ("a-1",))
    told = account([*start(whole), {"kind": "not_kept", "records": 3}, {"kind": "set_aside"}])
    assert (told.unclosed, told.closed, told.not_kept, told.set_aside, told.unfinished) == (1, False, 3, 1, ())
