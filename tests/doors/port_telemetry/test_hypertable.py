"""TimescaleDB or not, in a real PostgreSQL: without it the plain tables, with a stand-in for it the right questions."""

import pytest

from port_telemetry.core.parcel import Item
from port_telemetry.core.record import Key
from port_telemetry.ingest.hypertable import CHUNK_NS
from port_telemetry.ingest.main import open_database
from port_telemetry.ingest.store import Arrived, StoreError
from tests.postgres import HYPERTABLE_STAND_IN, Postgres

_KEY = Key("port/v1/hall/edge-1/demo/samples", 3)
_PRIMARY_KEY = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'record_pkey'"


def arrived(*numbers: int, received_ns: int = 7) -> Arrived:
    return Arrived(_KEY, [Item(seq, 1, seq, "json/x/1", b"{}") for seq in numbers], 0, received_ns)


def store(postgres: Postgres, *deliveries: Arrived) -> None:
    database = open_database(postgres.url)
    try:
        database.commit(deliveries, [])
    finally:
        database.close()


def test_without_the_extension_the_tables_are_plain(postgres: Postgres) -> None:
    postgres.clear()
    assert postgres.run("SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'") == []
    store(postgres, arrived(1, 2))
    assert postgres.run(_PRIMARY_KEY) == [("PRIMARY KEY (stream, epoch, seq)",)]


def test_with_it_the_records_are_cut_into_days_of_arrival_once(postgres: Postgres) -> None:
    postgres.clear()
    postgres.run(HYPERTABLE_STAND_IN)
    store(postgres, arrived(1, 2))
    store(postgres, arrived(3))
    assert postgres.run("SELECT what, relation::text, detail FROM asked") == [
        ("create_hypertable", "record", f"received_ns {CHUNK_NS}"),
        ("set_integer_now_func", "record", "record_now_ns"),
    ]
    assert postgres.run(_PRIMARY_KEY) == [("PRIMARY KEY (stream, epoch, seq, received_ns)",)]
    [(now_ns, seconds)] = postgres.run("SELECT record_now_ns(), extract(epoch FROM now())::bigint")
    assert isinstance(now_ns, int) and isinstance(seconds, int) and abs(now_ns // 10**9 - seconds) <= 1


def test_a_number_that_comes_again_later_is_refused_there_too(postgres: Postgres) -> None:
    postgres.clear()
    postgres.run(HYPERTABLE_STAND_IN)
    store(postgres, arrived(1, 2))
    with pytest.raises(StoreError, match="number 2 is there already"):
        store(postgres, arrived(2, 3, received_ns=8))
    assert postgres.run("SELECT seq FROM record ORDER BY seq") == [(1,), (2,)]
    assert postgres.run("SELECT stored, records FROM epoch") == [(2, 2)]


def test_a_table_that_holds_records_already_stays_as_it_is(postgres: Postgres) -> None:
    postgres.clear()
    store(postgres, arrived(1))
    postgres.run(HYPERTABLE_STAND_IN)
    store(postgres, arrived(2))
    assert postgres.run("SELECT count(*) FROM asked") == [(0,)]
    assert postgres.run(_PRIMARY_KEY) == [("PRIMARY KEY (stream, epoch, seq)",)]


def test_where_it_refuses_the_records_go_to_a_plain_table(
    postgres: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    postgres.clear()
    postgres.run(HYPERTABLE_STAND_IN)
    postgres.run("INSERT INTO asked VALUES ('create_hypertable', NULL, 'another')")
    store(postgres, arrived(1))
    assert "already a hypertable; the records go to a plain table" in capsys.readouterr().err
    assert postgres.run("SELECT seq FROM record") == [(1,)]
    assert postgres.run(_PRIMARY_KEY) == [("PRIMARY KEY (stream, epoch, seq)",)]
