"""`port telemetry account`: a database whose plates and events are all there, and ones where something is not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from port_safety.evidence import hash_chain as chain
from port_telemetry.commands import cli
from port_telemetry.core.encode import to_cbor, to_json
from port_telemetry.core.parcel import Item
from port_telemetry.core.record import Key, Stream, gap
from port_telemetry.core.seal import SEALED_SCHEMA
from port_telemetry.ingest.sqlite_store import SqliteStore
from port_telemetry.ingest.store import Arrived

_BASE = "port/v1/hall/edge-1/demo"


def block(number: int) -> bytes:
    """The `number`-th block of 20 samples, the first being 0."""
    return to_cbor({"first_index": 500 + number * 20, "lost_before": 0, "received_total": (number + 1) * 20,
                    "lost_total": 0, "status": np.zeros(20, np.uint8)})  # fmt: skip


def stored(file: Path, name: str, *items: Item) -> None:
    database = SqliteStore(file)
    database.commit([Arrived(Key(f"{_BASE}/{name}", 1), items, 0, 0)], [])
    database.close()


def samples(seq: int, number: int) -> Item:
    return Item(seq, 1, 0, "cbor/wrench_block/1", block(number))


def lost(first: int, last: int) -> Item:
    record = gap(Key("s", 1), Stream.RECORDED, first, last, 0, "telemetry did not keep up (40 samples)")
    return Item(last, record.span, 0, record.schema, record.payload)


def account(file: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = cli.main(["account", "--store", str(file), *words])
    return code, capsys.readouterr().out


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "facility.sqlite"


def test_what_is_there_and_what_a_gap_record_tells_adds_up(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored(file, "force_plates/left/samples", samples(1, 0), lost(2, 3), samples(4, 3))
    code, said = account(file, capsys)
    assert code == 0
    assert said == (
        f"{_BASE}/force_plates/left/samples: 80 samples sent, 40 at the facility, 40 telemetry did not keep up\n"
    )


def test_a_hole_that_nobody_told_is_named_and_the_exit_code_says_so(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored(file, "force_plates/left/samples", samples(1, 0), samples(2, 3))
    code, said = account(file, capsys)
    assert code == 1 and "40 LOST IN SILENCE" in said


def test_of_a_sealed_stream_only_its_team_can_tell(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored(file, "force_plates/left/samples", Item(1, 1, 0, SEALED_SCHEMA, b"sealed"))
    code, said = account(file, capsys)
    assert code == 0 and "sealed: only its team can tell" in said


def test_an_event_of_the_stop_log_that_is_not_there_is_named(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "stops.jsonl"
    lines: list[bytes] = []
    records: list[dict[str, Any]] = [{"kind": kind, "stamp_ns": at} for kind, at in (("armed", 10), ("reset", 20))]
    for record in records:
        lines.append(chain.encode(record, len(lines) + 1, chain.digest(lines[-1]) if lines else ""))
    log.write_bytes(b"".join(line + b"\n" for line in lines))
    words = ("--stop-log", str(log))
    stored(file, "session/event")
    assert account(file, capsys, *words)[0] == 1
    stored(file, "safety/event", Item(1, 1, 10, "json/safety_event/1", to_json({"kind": "ARMED"})))
    code, said = account(file, capsys, *words)
    assert code == 1 and said == "not at the facility: line 2 of the stop log, RESET_ACCEPTED\n"
    stored(file, "safety/event", Item(2, 1, 20, "json/safety_event/1", to_json({"kind": "RESET_ACCEPTED"})))
    assert account(file, capsys, *words) == (0, "every event of the stop log is at the facility\n")


def test_a_database_that_is_none_is_said_in_one_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("no database, but long enough to be looked at" * 100)
    assert cli.main(["account", "--store", str(file)]) == 2
    assert "file is not a database" in capsys.readouterr().err
