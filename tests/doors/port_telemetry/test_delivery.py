"""From the edge's disk to the facility's: once, in order, whatever ends on the way; what is lost is on record."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from port_telemetry.core.ack import Ack, seal
from port_telemetry.core.record import Key, Stream
from port_telemetry.spool.spool import Limits, Spool
from tests.broker import Broker, Writer
from tests.edge import Edge, account
from tests.facility import Facility
from tests.waiting import PATIENCE_S, wait_until


@pytest.fixture
def edge(broker: Broker, tmp_path: Path) -> Iterator[Edge]:
    edge = Edge(tmp_path / "spool", broker, facility=True)
    yield edge
    edge.close()


def fill(folder: Path, broker: Broker, count: int, **how: object) -> Edge:
    """An edge whose records are on its disk and nowhere else."""
    edge = Edge(folder, broker, facility=True, port=1, **how)  # type: ignore[arg-type]
    for _ in range(count):
        edge.give(payload=b'{"a":1}')
    assert edge.spool.flush(PATIENCE_S)
    return edge


def test_what_is_stored_is_acknowledged_and_deleted(edge: Edge, facility: Facility) -> None:
    wait_until(lambda: facility.rows("SELECT 1 FROM live"), what="the facility has seen the edge connect")
    for number in range(300):
        edge.give()
        if number % 3 == 0:
            edge.give("safety/event", Stream.EVENT)
        edge.give("safety/state", Stream.LIVE)
    facility.has("/samples", 300)
    wait_until(edge.idle)
    # On a machine that stands still for a second live state is given up, and nothing else.
    wait_until(lambda: sum(account(edge.sender)[1:]) == 700)
    offered, published, dropped, rejected = account(edge.sender)
    assert (offered, rejected) == (700, 0) and dropped <= 300
    assert facility.numbers("/samples") == list(range(1, 301))
    assert facility.numbers("/safety/event") == list(range(1, 101))
    wait_until(lambda: facility.taken() == published, what="what the broker has taken is at the facility, too")
    received = facility.end()
    assert (received["gaps"], received["undecodable"], received["refused"]) == (0, 0, 0)
    counted = {topic: count for topic, count in received["by_topic"].items() if not topic.endswith("/conn")}
    assert sum(counted.values()) == published


def test_without_the_facility_everything_is_kept_and_comes_later(edge: Edge, facility: Facility) -> None:
    facility.kill()
    wait_until(edge.connected)
    for _ in range(50):
        edge.give()
    wait_until(lambda: edge.sender.status().silence_s > 0.3)
    assert edge.spool.flush(PATIENCE_S) and edge.spool.stored_records == 50
    facility.start()
    facility.has("/samples", 50)
    wait_until(edge.idle)


def test_a_backlog_goes_bundled_and_arrives_one_by_one(broker: Broker, tmp_path: Path, facility: Facility) -> None:
    fill(tmp_path / "spool", broker, 3000).close(0.0)
    edge = Edge(tmp_path / "spool", broker, facility=True)
    facility.has("/samples", 3000)
    wait_until(edge.idle)
    edge.close()
    assert facility.numbers("/samples") == list(range(1, 3001))


def test_the_brokers_memory_is_wiped_and_nothing_is_missed(edge: Edge, facility: Facility, broker: Broker) -> None:
    for _ in range(200):
        edge.give()
    broker.stop()
    for _ in range(200):
        edge.give()
    broker.start()
    facility.has("/samples", 400)
    wait_until(edge.idle)
    assert facility.numbers("/samples") == list(range(1, 401))


def test_an_old_copy_of_the_spool_doubles_nothing(broker: Broker, tmp_path: Path, facility: Facility) -> None:
    fill(tmp_path / "spool", broker, 100).close(0.0)
    shutil.copytree(tmp_path / "spool", tmp_path / "copy")
    edge = Edge(tmp_path / "spool", broker, facility=True)
    for _ in range(50):
        edge.give()
    facility.has("/samples", 150)
    wait_until(edge.idle)
    edge.close()
    old = Edge(tmp_path / "copy", broker, facility=True)
    assert old.spool.epoch > edge.spool.epoch
    old.give()
    facility.has("/samples", 151)
    wait_until(old.idle)
    old.close()
    assert len(facility.numbers("/samples")) == 151 and facility.gaps() == []


def test_the_clock_set_back_by_an_hour_changes_nothing(broker: Broker, tmp_path: Path, facility: Facility) -> None:
    now_ms, hour_ms = 1_800_000_000_000, 3_600_000
    epochs = []
    for start_ms in (now_ms, now_ms - hour_ms):
        edge = Edge(tmp_path / "spool", broker, facility=True, now_ms=start_ms)
        epochs.append(edge.spool.epoch)
        edge.give()
        facility.has("/samples", len(epochs))
        wait_until(edge.idle)
        edge.close()
    assert epochs[0] < epochs[1] and facility.numbers("/samples") == [1, 1]


def test_a_facility_that_lost_its_database_is_told_what_it_cannot_get(edge: Edge, facility: Facility) -> None:
    for _ in range(20):
        edge.give()
    facility.has("/samples", 20)
    wait_until(edge.idle)
    facility.kill()
    for file in facility.database.parent.glob("facility.sqlite*"):
        file.unlink()
    facility.start()
    for _ in range(5):
        edge.give()
    wait_until(lambda: facility.numbers("/samples") == [21, 22, 23, 24, 25])
    wait_until(edge.idle)
    assert facility.gaps() == [(1, 20)]


def test_a_forged_ack_deletes_nothing(edge: Edge, facility: Facility, broker: Broker) -> None:
    facility.kill()
    wait_until(edge.connected)
    edge.give()
    assert edge.spool.flush(PATIENCE_S)
    key = Key(edge.target.topic("samples"), edge.spool.epoch)
    payload, signature = seal(Ack({key: 1}), edge.target.ack_topic, Ed25519PrivateKey.generate())
    forger = Writer(broker, "edge")
    forger.publish(edge.target.ack_topic, payload, {"signature": signature})
    forger.close()
    wait_until(lambda: edge.sender.status().forged == 1)
    assert edge.spool.flush(PATIENCE_S) and edge.spool.stored_records == 1


#: Arrays that claim more than there is, in length and in depth; a tag within a tag; a shape without data.
_BOMBS = [b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff", b"\x81" * 100_000, b"\xd8\x28" * 50_000 + b"\x00",
          b"\xa1\x61a\xd8\x28\x82\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x02\xd8\x55\x40"]  # fmt: skip


def test_what_cannot_be_read_is_stored_as_it_is_and_stops_nobody(edge: Edge, facility: Facility) -> None:
    texts = [b'{"a": "\xff\xfe"}', b'{"a": NaN}', b"", b"[" * 100_000]
    for payload in texts:
        edge.give(payload=payload)
    for payload in _BOMBS:
        topic = edge.target.topic("samples")
        edge.sender.offer(edge.numbering.record(topic, Stream.RECORDED, payload, "cbor/test/1", 42))
    edge.give(payload=b'{"a":1}')
    facility.has("/samples", 9)
    stored = [payload for (payload,) in facility.rows("SELECT payload FROM record ORDER BY seq")]
    assert stored == [*texts, *_BOMBS, b'{"a":1}']
    assert facility.end()["undecodable"] == 8


def test_an_evicted_backlog_is_on_record_and_safety_events_are_there(
    broker: Broker, tmp_path: Path, facility: Facility
) -> None:
    edge = fill(tmp_path / "spool", broker, 0, limits=Limits(quota_bytes=200_000, linger_s=0.0))
    for _ in range(20):
        edge.give("safety/event", Stream.EVENT, bytes(1000))
    for _ in range(1000):
        edge.give(payload=bytes(1000))
    assert edge.spool.flush(PATIENCE_S)
    dropped = edge.spool.account().dropped.total()
    assert dropped > 700
    edge.close(0.0)
    edge = Edge(tmp_path / "spool", broker, facility=True)
    wait_until(edge.idle)
    edge.close()
    assert facility.numbers("/safety/event") == list(range(1, 21))
    [(first, last)] = facility.gaps()
    assert (first, last) == (1, dropped)
    assert facility.numbers("/samples") == list(range(last + 1, 1001))


def test_a_spool_has_one_owner(tmp_path: Path, edge: Edge) -> None:
    with pytest.raises(Exception, match="in use by another process"):
        Spool(tmp_path / "spool")
