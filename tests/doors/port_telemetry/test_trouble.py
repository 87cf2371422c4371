"""What hangs, floods or comes back all at once at the far end leaves the edge's callbacks and the facility alone."""

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from port_telemetry.core.record import Stream
from port_telemetry.spool.database import open_reader
from tests.broker import Broker, Writer
from tests.edge import Edge
from tests.facility import Facility
from tests.waiting import PATIENCE_S, wait_until


@pytest.fixture
def edge(broker: Broker, tmp_path: Path) -> Iterator[Edge]:
    edge = Edge(tmp_path / "spool", broker, facility=True)
    wait_until(edge.connected)
    yield edge
    edge.close(0.1)


def quickest_half_s(give: Callable[[], None], count: int = 1000) -> float:
    """The median of what `give` takes; the whole distribution belongs to the machine."""
    took_s = []
    for _ in range(count):
        begin_s = time.perf_counter()
        give()
        took_s.append(time.perf_counter() - begin_s)
    return sorted(took_s)[count // 2]


def test_a_hung_broker_and_a_hung_disk_leave_the_callbacks_alone(broker: Broker, edge: Edge) -> None:
    before_s = quickest_half_s(edge.give)
    broker.signal(signal.SIGSTOP)
    hung_broker_s = quickest_half_s(edge.give)
    with open_reader(edge.folder) as blocker:
        blocker.execute("PRAGMA query_only = OFF")
        blocker.execute("BEGIN IMMEDIATE")
        hung_disk_s = quickest_half_s(edge.give)
        blocker.execute("ROLLBACK")
    blocker.close()
    broker.signal(signal.SIGCONT)
    # One that waited for either would take seconds here, or for ever.
    assert max(before_s, hung_broker_s, hung_disk_s) < 0.1
    assert edge.spool.flush(PATIENCE_S)


def test_an_ingest_that_hangs_costs_no_record(edge: Edge, facility: Facility) -> None:
    edge.give()
    facility.has("/samples", 1)
    facility.process.send_signal(signal.SIGSTOP)
    for _ in range(500):
        edge.give()
    wait_until(lambda: edge.sender.status().silence_s > 0.2)
    facility.process.send_signal(signal.SIGCONT)
    facility.has("/samples", 501)
    wait_until(edge.idle)
    assert facility.numbers("/samples") == list(range(1, 502))


def test_five_hundred_clients_that_come_back_at_once_keep_nobody_out(
    broker: Broker, edge: Edge, facility: Facility
) -> None:
    edge.give()
    facility.has("/samples", 1)
    broker.stop()
    edge.give("safety/event", Stream.EVENT)
    broker.start()
    # A CONNECT of MQTT v5 with a clean start and a keepalive of a minute; its answer begins with 0x20.
    crowd = [socket.create_connection(("127.0.0.1", broker.port), PATIENCE_S) for _ in range(500)]
    for number, client in enumerate(crowd):
        name = f"crowd-{number:03}".encode()
        body = b"\x00\x04MQTT\x05\x02\x00\x3c\x00" + len(name).to_bytes(2, "big") + name
        client.sendall(bytes([0x10, len(body)]) + body)
    answers = [client.recv(1) for client in crowd]
    facility.has("/safety/event", 1)
    wait_until(edge.idle)
    for client in crowd:
        client.close()
    assert answers == [b"\x20"] * 500


def test_what_no_edge_would_send_is_refused_and_the_rest_goes_on(
    broker: Broker, edge: Edge, facility: Facility
) -> None:
    wait_until(lambda: facility.rows("SELECT 1 FROM live"))
    intruder = Writer(broker, "edge")
    nonsense: list[dict[str, str]] = [
        {"stream": "recorded"},
        {"stream": "recorded", "epoch": "-1", "seq": "x", "stamp_ns": "0"},
        {"stream": "event", "epoch": "1", "seq": "1", "stamp_ns": "0", "schema": "cbor/bundle/1",
         "topic": "port/v1/other/edge-9/demo/samples"},
    ]  # fmt: skip
    for named in nonsense:
        intruder.publish("port/v1/hall/edge-1/bundle", b"\x81" * 5000, named)
    intruder.close()
    edge.give()
    facility.has("/samples", 1)
    assert facility.end()["refused"] == 3


def test_senders_and_spools_leave_no_thread(broker: Broker, tmp_path: Path) -> None:
    for start in range(3):
        edge = Edge(tmp_path / str(start), broker)
        wait_until(edge.connected)
        edge.close()
    assert not {thread.name for thread in threading.enumerate()} & {"mqtt-sender", "spool-writer"}
