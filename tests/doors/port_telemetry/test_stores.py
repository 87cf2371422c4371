"""The facility's databases: the same promises from SQLite and from a real PostgreSQL."""

import importlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from port_telemetry.core.encode import to_cbor
from port_telemetry.core.parcel import Item
from port_telemetry.core.record import GAP_SCHEMA, Key
from port_telemetry.ingest import query, source
from port_telemetry.ingest.main import open_database
from port_telemetry.ingest.store import Arrived, Database, LiveState, StoreError
from tests.broker import free_port
from tests.postgres import Postgres
from tests.waiting import wait_until

_KEY = Key("port/v1/hall/edge-1/demo/samples", 3)


@pytest.fixture(params=["sqlite", "postgres"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Database]:
    """Opens the same database again and again; empty at first."""
    if request.param == "sqlite":
        return lambda: open_database(str(tmp_path / "facility.sqlite"))
    postgres = request.getfixturevalue("postgres")
    postgres.clear()
    return lambda: open_database(postgres.url)


def arrived(first: int, last: int, duplicates: int = 0) -> Arrived:
    items = [Item(seq, 1, seq, "json/x/1", b"\x00{}") for seq in range(first, last + 1)]
    return Arrived(_KEY, items, duplicates, 7)


def test_a_signature_is_kept_with_its_record(
    reopen: Callable[[], Database], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    database = reopen()
    items = [Item(1, 1, 1, "json/x/1", b"{}", "ab"), Item(2, 1, 1, "json/x/1", b"{}")]
    database.commit([Arrived(_KEY, items, 0, 7)], [])
    database.close()
    sqlite = "sqlite" in request.node.name
    where = str(tmp_path / "facility.sqlite") if sqlite else request.getfixturevalue("postgres").url
    assert source.signatures(where, source.Query("samples")) == {(3, 1): "ab"}


def test_watermark_and_records_are_there_after_a_restart(reopen: Callable[[], Database]) -> None:
    database = reopen()
    database.commit([arrived(1, 5), arrived(6, 9, duplicates=2)], [])
    gap = Item(20, 11, 0, GAP_SCHEMA, b'{"reason":"the spool was full"}')
    state = LiveState("port/v1/hall/edge-1/demo/safety/state", 3, 8, "json/x/1", 1, 2, b"{}", 4)
    database.commit([Arrived(_KEY, [gap], 0, 7)], [state])
    database.close()
    database = reopen()
    assert database.watermarks() == [(_KEY, 20)]
    assert database.live() == {state.topic: (3, 8)}
    stored = database.stored()
    assert (stored.by_topic, stored.lost, stored.duplicates) == ({_KEY.topic: 9, state.topic: 4}, 11, 2)
    database.close()


def test_a_number_is_never_there_twice_and_a_failed_commit_leaves_nothing(reopen: Callable[[], Database]) -> None:
    database = reopen()
    database.commit([arrived(1, 5)], [])
    other = Arrived(Key("port/v1/hall/edge-1/demo/new", 3), [Item(1, 1, 0, "json/x/1", b"")], 0, 7)
    with pytest.raises(StoreError):
        database.commit([other, arrived(5, 6)], [])
    assert database.watermarks() == [(_KEY, 5)]
    database.commit([other, arrived(6, 6)], [])
    assert dict(database.watermarks()) == {_KEY: 6, other.key: 1}
    database.close()


def test_postgres_killed_in_between_is_found_again_with_what_was_committed(postgres: Postgres) -> None:
    postgres.clear()
    database = open_database(postgres.url)
    database.commit([arrived(1, 5)], [])
    postgres.kill()
    with pytest.raises(StoreError, match="PostgreSQL"):
        database.commit([arrived(6, 9)], [])
    postgres.start()
    assert wait_until(lambda: database.watermarks()) == [(_KEY, 5)]
    database.commit([arrived(6, 9)], [])
    assert database.watermarks() == [(_KEY, 9)]
    database.close()


def test_a_second_ingest_at_one_postgres_is_told_of_the_first(postgres: Postgres) -> None:
    first = open_database(postgres.url)
    with pytest.raises(StoreError, match="another ingest"):
        open_database(postgres.url)
    first.close()
    wait_until(lambda: open_database(postgres.url)).close()


def test_a_database_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x" * 5000)
    with pytest.raises(StoreError):
        open_database(str(tmp_path / "f"))
    with pytest.raises(StoreError):
        open_database(f"postgresql://port@127.0.0.1:{free_port()}/x")


@pytest.mark.parametrize("url", ["postgresql://port:s3cret@db/hall", "postgres://port@db/hall?password=s3cret"])
def test_a_password_on_the_command_line_is_refused_and_not_repeated(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(StoreError, match="pgpass") as refused:
        open_database(url)
    assert "s3cret" not in str(refused.value)
    assert query.main(["samples", "--store", url]) == 2
    said = capsys.readouterr().err
    assert "pgpass" in said and "s3cret" not in said


def test_a_stream_is_printed_from_either_database(
    reopen: Callable[[], Database], tmp_path: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    database = reopen()
    items = [Item(seq, 1, seq * 10**9, "json/x/1", f'{{"a":{seq}}}'.encode()) for seq in (1, 2, 3)]
    database.commit([Arrived(_KEY, items, 0, 7)], [])
    database.close()
    sqlite = "sqlite" in request.node.name
    where = str(tmp_path / "facility.sqlite") if sqlite else request.getfixturevalue("postgres").url
    assert query.main(["samples", "--store", where, "--since", "1970-01-01T00:00:02"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "epoch,seq,time,stamp_ns,a",
        "3,2,1970-01-01T00:00:02.000000000Z,2000000000,2",
        "3,3,1970-01-01T00:00:03.000000000Z,3000000000,3",
    ]
    assert query.main(["samples", "--store", where, "--format", "jsonl", "--out", str(tmp_path / "o")]) == 0
    assert len((tmp_path / "o").read_text().splitlines()) == 3
    assert query.main(["nothing", "--store", where]) == 2
    assert "there are: port/v1/hall" in capsys.readouterr().err


def test_a_stream_is_written_as_parquet(tmp_path: Path) -> None:
    parquet = importlib.import_module("pyarrow.parquet")  # it has no types
    database = open_database(str(tmp_path / "f"))
    block = to_cbor({"wrench": np.ones((4, 6), "<f4"), "status": np.zeros(4, np.uint8)})
    database.commit([Arrived(_KEY, [Item(1, 1, 0, "cbor/wrench_block/1", block)], 0, 7)], [])
    database.close()
    words = ["samples", "--store", str(tmp_path / "f"), "--format", "parquet"]
    assert query.main(words) == 2
    assert query.main([*words, "--out", str(tmp_path / "o.parquet")]) == 0
    table = parquet.read_table(tmp_path / "o.parquet")
    assert table.num_rows == 4 and table["wrench.5"].to_pylist() == [1.0] * 4
