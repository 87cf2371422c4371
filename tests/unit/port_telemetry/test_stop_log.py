"""Safety events against the gate's stop log: what was heard is not told again, what was not is completed once."""

import json
from pathlib import Path

from port_safety.evidence import hash_chain as chain
from port_telemetry.core.stop_log import Comparison, Head, Line, decode
from port_telemetry.stop_log_file import StopLogFile

STOP = {"kind": "stop_began", "stamp_ns": 1000, "event_id": "e1"}
STANDS = {"kind": "stop", "stamp_ns": 2000, "event_id": "e1", "stands": True}
RESET = {"kind": "reset", "stamp_ns": 3000, "event_id": "e1", "by": "station_1"}


def written(path: Path, *records: dict[str, object]) -> None:
    """Append to the log as the gate does."""
    lines = path.read_bytes().splitlines() if path.exists() else []
    for record in records:
        lines.append(chain.encode(record, len(lines) + 1, chain.digest(lines[-1]) if lines else ""))
    path.write_bytes(b"".join(line + b"\n" for line in lines))


def line(number: int, record: dict[str, object]) -> Line:
    found = decode(chain.encode(record, number, ""), number)
    assert found is not None
    return found


def test_the_gates_lines_are_read_each_once_also_those_that_come_later(tmp_path: Path) -> None:
    log = StopLogFile(tmp_path / "stops.jsonl")
    assert log.lines() == []
    written(tmp_path / "stops.jsonl", {"kind": "opened", "stamp_ns": 1}, STOP)
    assert [(each.number, each.event) for each in log.lines()] == [(1, ""), (2, "STOP")]
    written(tmp_path / "stops.jsonl", STANDS)
    assert [(each.number, each.event, each.stamp_ns) for each in log.lines()] == [(3, "STANDSTILL", 2000)]
    assert log.lines() == [] and not log.unsound


def test_the_head_is_the_hash_of_the_last_line_that_holds(tmp_path: Path) -> None:
    """The same that the gate tells in its diagnostics, and the next line carries as `prev`."""
    path = tmp_path / "stops.jsonl"
    log = StopLogFile(path)
    assert log.head is None
    written(path, {"kind": "opened", "stamp_ns": 1}, STOP, STANDS)
    log.lines()
    heads = chain.verify(path.read_bytes()).heads
    assert log.head == Head(3, heads[-1], 2000)
    assert json.loads(Head(3, heads[-1], 2000).payload) == {"lines": 3, "head": heads[-1]}
    with path.open("ab") as file:
        file.write(b'{"kind":"reset","stamp_ns":3,"check":"00"}\n')
    log.lines()
    assert log.head == Head(3, heads[-1], 2000), "what does not hold is no head"


def test_half_a_line_waits_for_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "stops.jsonl"
    log, whole = StopLogFile(path), chain.encode(STOP, 1, "") + b"\n"
    path.write_bytes(whole[:40])
    assert log.lines() == []
    path.write_bytes(whole)
    assert [each.event for each in log.lines()] == ["STOP"]


def test_a_line_that_somebody_changed_is_no_line_and_is_named(tmp_path: Path) -> None:
    path = tmp_path / "stops.jsonl"
    written(path, STOP, RESET)
    path.write_bytes(path.read_bytes().replace(b"station_1", b"station_2"))
    log = StopLogFile(path)
    assert [each.event for each in log.lines()] == ["STOP"] and log.unsound == 2


def test_another_file_under_the_same_name_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "stops.jsonl"
    written(path, STOP, STANDS)
    log = StopLogFile(path)
    before = (log.lines(), log.inode)[1]
    path.rename(tmp_path / "moved.jsonl")
    written(path, RESET)
    assert [each.event for each in log.lines()] == ["RESET_ACCEPTED"] and log.inode != before


def test_an_event_that_was_heard_is_not_completed_and_one_that_was_not_is_once() -> None:
    compared = Comparison(0, grace_s=5.0)
    compared.heard("STOP", 1000)
    compared.read([line(1, STOP), line(2, STANDS), line(3, RESET)], now_s=10.0)
    compared.heard("RESET_ACCEPTED", 3000)
    assert compared.missing(14.0) == [] and compared.settled == 1
    assert [each.number for each in compared.missing(15.0)] == [2]
    assert compared.missing(99.0) == [] and (compared.settled, compared.completed) == (3, 1)


def test_an_event_may_be_on_its_way_for_a_while_but_at_the_end_nothing_can_come_any_more() -> None:
    compared = Comparison(0, grace_s=5.0)
    compared.read([line(1, STOP)], now_s=10.0)
    assert compared.missing(10.0) == []
    assert [each.number for each in compared.missing(10.0, last=True)] == [1]


def test_an_earlier_starts_lines_are_not_told_again_unless_the_log_is_another_file() -> None:
    compared = Comparison(2, grace_s=0.0)
    compared.read([line(1, STOP), line(2, STANDS), line(3, RESET)], now_s=0.0)
    assert [each.number for each in compared.missing(1.0)] == [3]
    compared.begin_anew()
    compared.read([line(1, STOP)], now_s=2.0)
    assert [each.number for each in compared.missing(3.0)] == [1]


def test_a_stop_that_nobody_saw_stand_was_no_event() -> None:
    assert line(1, {**STANDS, "stands": False}).event == ""


def test_what_is_no_line_of_the_gates_is_none() -> None:
    for text in (b"", b"{}", json.dumps(STOP).encode(), chain.encode({"kind": "stop"}, 1, "")):
        assert decode(text, 1) is None
