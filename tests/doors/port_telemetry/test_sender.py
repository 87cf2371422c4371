"""The sender against a real broker: nothing is lost silently, nothing makes the giver wait."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import MQTTMessage

from port_telemetry.core.record import Numbering, Stream
from port_telemetry.mqtt.client import Sender, retry_delay_s
from port_telemetry.mqtt.target import Target
from port_telemetry.spool.spool import Limits, Spool
from tests.broker import Broker, Reader, free_port, properties, values
from tests.edge import QUICK, Edge, account
from tests.waiting import PATIENCE_S, wait_until


@pytest.fixture
def edge(broker: Broker, tmp_path: Path) -> Iterator[Edge]:
    edge = Edge(tmp_path / "spool", broker)
    yield edge
    edge.close()


def test_a_record_arrives_with_its_properties(edge: Edge, reader: Reader) -> None:
    edge.give("samples", payload=b'{"a":1}')
    [message] = wait_until(lambda: reader.on("/samples"))
    assert message.topic == "port/v1/hall/edge-1/demo/samples"
    named = {"schema": "json/test/1", "epoch": str(edge.spool.epoch), "seq": "1", "stamp_ns": "42"}
    assert properties(message) == {**named, "stream": "recorded"}
    assert (values(message), message.retain) == ({"a": 1}, False)
    edge.close()
    assert account(edge.sender) == (1, 1, 0, 0)


def test_the_broker_says_who_is_connected(edge: Edge, reader: Reader) -> None:
    wait_until(lambda: any(b'"connected":true' in message.payload for message in reader.on("/conn")))
    edge.sender.close()
    wait_until(lambda: b'"connected":false' in reader.on("/conn")[-1].payload)


def test_close_sends_what_waits_and_ends_the_thread(broker: Broker, reader: Reader, tmp_path: Path) -> None:
    edge = Edge(tmp_path / "spool", broker)
    for _ in range(1000):
        edge.give()
    edge.sender.close(PATIENCE_S)
    edge.sender.close(PATIENCE_S)
    wait_until(lambda: account(edge.sender) == (1000, 1000, 0, 0))
    edge.spool.close()
    edge.spool.close()
    wait_until(lambda: len(reader.numbers("/samples")) == 1000)
    names = {thread.name for thread in threading.enumerate()}
    assert not names & {"mqtt-sender", "spool-writer"}
    edge.give()
    assert account(edge.sender)[2] == 1


def test_without_a_broker_everything_is_kept_for_the_next_start(tmp_path: Path, broker: Broker, reader: Reader) -> None:
    spool, numbering = Spool(tmp_path / "spool"), Numbering(epoch=1)
    sender = Sender(Target("127.0.0.1", free_port(), "hall", "edge-1", "demo"), spool)
    for _ in range(25):
        sender.offer(numbering.record("port/v1/hall/edge-1/demo/a", Stream.RECORDED, b"{}", "json/test/1", 0))
    wait_until(lambda: "no broker answers" in sender.status().failure)
    sender.close(0.1)
    spool.close()
    assert (account(sender), sender.summary()["waiting"]) == ((25, 0, 0, 0), 25)
    edge = Edge(tmp_path / "spool", broker)
    wait_until(lambda: reader.numbers("/demo/a") == set(range(1, 26)))
    wait_until(edge.idle)
    edge.close()


def test_a_frozen_broker_does_not_slow_the_giver(broker: Broker, reader: Reader, tmp_path: Path) -> None:
    edge = Edge(tmp_path / "spool", broker, timing=QUICK)
    wait_until(edge.connected)
    broker.signal(signal.SIGSTOP)
    took_s = []
    for _ in range(3000):
        begin_s = time.perf_counter()
        edge.give(payload=bytes(1000))
        took_s.append(time.perf_counter() - begin_s)
    wait_until(lambda: not edge.connected(), what="the silence is noticed")
    # Who waits for the broker waits for seconds; who loses the processor for a moment does so now and then.
    assert sorted(took_s)[int(0.9 * len(took_s))] < 0.1
    broker.signal(signal.SIGCONT)
    wait_until(lambda: len(reader.numbers("/samples")) == 3000, what="all arrive in the end")
    wait_until(lambda: account(edge.sender) == (3000, 3000, 0, 0))
    edge.close()


def test_a_killed_broker_comes_back_and_gets_the_rest(broker: Broker, edge: Edge) -> None:
    for _ in range(50):
        edge.give()
    wait_until(lambda: edge.sender.status().published == 50)
    broker.stop()
    wait_until(lambda: not edge.connected())
    for _ in range(50):
        edge.give()
        edge.give("events", Stream.EVENT)
    broker.start()
    wait_until(lambda: account(edge.sender) == (150, 150, 0, 0))


def test_live_state_is_retained_and_expires(broker: Broker, edge: Edge) -> None:
    def retained() -> list[MQTTMessage]:
        """What a latecomer gets; the broker keeps a state for 2 s, so it is said again each time."""
        published = edge.sender.status().published
        edge.give("safety/state", Stream.LIVE, b'{"state":"STOPPED"}')
        wait_until(lambda: edge.sender.status().published > published)
        late = Reader(broker.port).settle()
        late.close()
        return late.on("/safety/state")

    [message] = wait_until(retained)
    assert message.retain and values(message) == {"state": "STOPPED"}
    assert message.properties.MessageExpiryInterval <= 2


def test_what_the_broker_refuses_is_said_and_kept(broker: Broker, reader: Reader, tmp_path: Path) -> None:
    stranger = Edge(tmp_path / "spool", broker, user="")
    stranger.give("safety/state", Stream.LIVE)
    stranger.give("safety/event", Stream.EVENT)
    wait_until(lambda: "refused port/v1/hall/edge-1/demo/safety/event" in stranger.sender.status().failure)
    assert stranger.spool.stored_records == 1
    wait_until(lambda: stranger.sender.status().rejected + stranger.sender.status().dropped == 1)
    stranger.close()
    assert not reader.on("/safety/state")
    edge = Edge(tmp_path / "spool", broker)
    wait_until(lambda: reader.numbers("/safety/event") == {1})
    edge.close()


def test_a_wrong_password_is_named(broker: Broker, tmp_path: Path) -> None:
    broker.password_file.write_text("wrong")
    edge = Edge(tmp_path / "spool", broker)
    wait_until(lambda: "refused user edge" in edge.sender.status().failure)
    edge.close()


def test_the_next_endpoint_is_tried_when_one_does_not_answer(broker: Broker, reader: Reader, tmp_path: Path) -> None:
    other = ("127.0.0.1", broker.port)
    target = Target(
        "127.0.0.1", free_port(), "hall", "edge-1", "demo", "edge", str(broker.password_file), others=(other,)
    )
    spool = Spool(tmp_path / "spool")
    sender = Sender(target, spool)
    wait_until(lambda: sender.status().connected)
    sender.close()
    spool.close()


def test_too_large_is_put_aside_not_sent_for_ever(broker: Broker, reader: Reader, tmp_path: Path) -> None:
    edge = Edge(tmp_path / "spool", broker, limits=Limits(max_payload_bytes=10_000_000))
    # The broker announces 1 MiB and would cut the connection.
    for size in (10, 2_000_000, 1_048_576 - 100, 1_048_576, 1_000_000):
        edge.give(payload=bytes(size))
    wait_until(lambda: account(edge.sender)[1:] == (2, 0, 3))
    gaps = [values(message)["reason"] for message in reader.on("/samples") if properties(message)["seq"] in "234"]
    assert len(gaps) == 3 and all("larger than the broker takes" in reason for reason in gaps)
    assert edge.connected()
    edge.close()
    small = Edge(tmp_path / "small", broker, limits=Limits(max_payload_bytes=10))
    small.give(payload=bytes(11))
    small.give()
    wait_until(lambda: account(small.sender) == (2, 1, 0, 1))
    small.close()


def test_delays_grow_with_chance_and_have_an_end() -> None:
    assert retry_delay_s(1, 0.0) == 0.125
    assert retry_delay_s(3, 0.999) <= 1.0
    assert 2.5 <= retry_delay_s(1000, 0.0) <= retry_delay_s(1000, 1.0) <= 5.0


def test_the_broker_tells_of_an_edge_that_was_killed(broker: Broker, reader: Reader, tmp_path: Path) -> None:
    code = f"""
import time
from pathlib import Path
from port_telemetry.mqtt.client import Sender
from port_telemetry.spool.spool import Spool
from port_telemetry.mqtt.target import Target
target = Target("127.0.0.1", {broker.port}, "hall", "edge-1", "demo", "edge", {str(broker.password_file)!r})
sender = Sender(target, Spool(Path({str(tmp_path)!r})))
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", code], env=os.environ.copy())
    try:
        wait_until(lambda: any(b'"connected":true' in message.payload for message in reader.on("/conn")))
    finally:
        process.kill()
        process.wait()
    wait_until(lambda: b'"connected":false' in reader.on("/conn")[-1].payload)
