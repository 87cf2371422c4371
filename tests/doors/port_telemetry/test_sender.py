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

from port_telemetry.core.record import Numbering, Stream
from port_telemetry.mqtt.client import Limits, Sender, retry_delay_s
from port_telemetry.mqtt.connection import Timing
from port_telemetry.mqtt.target import Target
from tests.broker import Broker, Reader, free_port, properties, values
from tests.waiting import wait_until

_QUICK = Timing(tcp_s=1.0, connack_s=1.0, keepalive_s=1)
_LIMITS = Limits()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path / "broker")
    yield broker
    broker.stop()


@pytest.fixture
def reader(broker: Broker) -> Iterator[Reader]:
    reader = Reader(broker.port)
    yield reader
    reader.close()


class Edge:
    """A sender and the numbering of its records."""

    def __init__(self, broker: Broker, user: str = "edge", limits: Limits = _LIMITS, timing: Timing = _QUICK) -> None:
        password_file = str(broker.password_file) if user else ""
        self.target = Target("127.0.0.1", broker.port, "hall", "edge-1", "demo", user, password_file)
        self.numbering = Numbering(epoch=3)
        self.sender = Sender(self.target, 3, limits, timing)

    def give(self, topic: str = "samples", stream: Stream = Stream.RECORDED, payload: bytes = b"{}") -> None:
        self.sender.offer(self.numbering.record(topic, stream, payload, "json/test/1", 42))

    def connected(self) -> bool:
        return self.sender.status().connected


@pytest.fixture
def edge(broker: Broker) -> Iterator[Edge]:
    edge = Edge(broker)
    yield edge
    edge.sender.close()


def account(sender: Sender) -> tuple[int, int, int, int]:
    summary = sender.summary()
    return summary["offered"], summary["published"], summary["dropped"], summary["rejected"]


def test_a_record_arrives_with_its_properties(edge: Edge, reader: Reader) -> None:
    edge.give("samples", payload=b'{"a":1}')
    [message] = wait_until(lambda: reader.on("/samples"))
    assert message.topic == "port/v1/hall/edge-1/demo/samples"
    assert properties(message) == {"schema": "json/test/1", "epoch": "3", "seq": "1", "stamp_ns": "42"}
    assert (values(message), message.retain) == ({"a": 1}, False)
    edge.sender.close()
    assert account(edge.sender) == (1, 1, 0, 0)


def test_the_broker_says_who_is_connected(edge: Edge, reader: Reader) -> None:
    wait_until(lambda: any(b'"connected":true' in message.payload for message in reader.on("/conn")))
    edge.sender.close()
    wait_until(lambda: b'"connected":false' in reader.on("/conn")[-1].payload)


def test_close_sends_what_waits_and_ends_the_thread(broker: Broker, reader: Reader) -> None:
    edge = Edge(broker)
    for _ in range(1000):
        edge.give()
    begin_s = time.monotonic()
    edge.sender.close()
    edge.sender.close()
    assert time.monotonic() - begin_s < 1.6
    offered, published, dropped, rejected = account(edge.sender)
    assert (offered, rejected) == (1000, 0) and published + dropped == 1000
    wait_until(lambda: len(reader.numbers("/samples")) >= published)
    assert not [thread for thread in threading.enumerate() if thread.name == "mqtt-sender"]
    edge.give()
    assert account(edge.sender)[2] == dropped + 1


def test_without_a_broker_nothing_waits_and_all_is_counted() -> None:
    numbering = Numbering(epoch=1)
    sender = Sender(Target("127.0.0.1", free_port(), "s", "e", "x"), 1, Limits(max_records=10))
    for _ in range(25):
        sender.offer(numbering.record("a", Stream.RECORDED, b"{}", "json/test/1", 0))
    wait_until(lambda: "no broker answers" in sender.status().failure)
    assert (sender.status().waiting, sender.status().dropped) == (10, 15)
    sender.close()
    assert account(sender) == (25, 0, 25, 0)


def test_a_frozen_broker_does_not_slow_the_giver(broker: Broker, edge: Edge, reader: Reader) -> None:
    wait_until(edge.connected)
    broker.signal(signal.SIGSTOP)
    took_s = []
    for _ in range(3000):
        begin_s = time.perf_counter()
        edge.give(payload=bytes(1000))
        took_s.append(time.perf_counter() - begin_s)
    wait_until(lambda: not edge.connected(), what="the silence is noticed")
    assert sorted(took_s)[int(0.99 * len(took_s))] < 0.005
    broker.signal(signal.SIGCONT)
    wait_until(lambda: len(reader.numbers("/samples")) == 3000, what="all arrive in the end")
    wait_until(lambda: account(edge.sender) == (3000, 3000, 0, 0))


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
    edge.give("safety/state", Stream.LIVE, b'{"state":"STOPPED"}')
    wait_until(lambda: edge.sender.status().published == 1)
    late = Reader(broker.port)
    [message] = wait_until(lambda: late.on("/safety/state"))
    late.close()
    assert message.retain and values(message) == {"state": "STOPPED"}
    assert message.properties.MessageExpiryInterval <= 5


def test_without_a_login_a_publish_is_refused_and_counted(broker: Broker, reader: Reader) -> None:
    stranger = Edge(broker, user="")
    stranger.give("safety/state")
    wait_until(lambda: stranger.sender.status().rejected == 1)
    stranger.sender.close()
    assert not reader.on("/safety/state")


def test_a_wrong_password_is_named(broker: Broker) -> None:
    broker.password_file.write_text("wrong")
    edge = Edge(broker)
    wait_until(lambda: "refused user edge" in edge.sender.status().failure)
    edge.sender.close()


def test_too_large_is_refused_by_us_not_by_a_broken_connection(broker: Broker, reader: Reader) -> None:
    edge = Edge(broker, limits=Limits(max_payload_bytes=10_000_000))
    # The broker announces 1 MiB and would cut the connection.
    for size in (10, 2_000_000, 1_048_576 - 100, 1_048_576, 1_000_000):
        edge.give(payload=bytes(size))
    wait_until(lambda: account(edge.sender)[1:] == (2, 0, 3))
    assert reader.numbers("/samples") <= {1, 5}
    assert edge.connected()
    edge.sender.close()
    small = Edge(broker, limits=Limits(max_payload_bytes=10))
    small.give(payload=bytes(11))
    assert small.sender.status().rejected == 1
    small.sender.close()


def test_delays_grow_with_chance_and_have_an_end() -> None:
    assert retry_delay_s(1, 0.0) == 0.125
    assert retry_delay_s(3, 0.999) <= 1.0
    assert 2.5 <= retry_delay_s(1000, 0.0) <= retry_delay_s(1000, 1.0) <= 5.0


def test_the_broker_tells_of_an_edge_that_was_killed(broker: Broker, reader: Reader) -> None:
    code = f"""
import time
from port_telemetry.mqtt.client import Sender
from port_telemetry.mqtt.target import Target
Sender(Target("127.0.0.1", {broker.port}, "hall", "edge-1", "demo", "edge", {str(broker.password_file)!r}), 9)
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", code], env=os.environ.copy())
    try:
        wait_until(lambda: any(b'"connected":true' in message.payload for message in reader.on("/conn")))
    finally:
        process.kill()
        process.wait()
    wait_until(lambda: b'"connected":false' in reader.on("/conn")[-1].payload)
