"""Telemetry beside a plain bridge: one JSON publish a message, QoS 1, paho with its own thread; same broker, same data.

The data are blocks of 20 samples of a force plate at 1 kHz, 50 a second. The bridge's "done" is the broker's PUBACK and
survives nothing; ours is on the edge's disk (durable) or in the facility's database (acknowledged). Latency is from the
hand-over to a reader at the broker, in ours over the disk.
"""

import dataclasses
import json
import signal
import statistics
import tempfile
import threading
import time
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from paho.mqtt.client import Client, MQTTProtocolVersion
from paho.mqtt.enums import CallbackAPIVersion
from port_interfaces.msg import WrenchBlock
from rclpy.serialization import deserialize_message, serialize_message
from std_msgs.msg import Header

from port_ros import stamps
from port_telemetry.core.encode import to_cbor
from port_telemetry.core.raw_queue import RawQueue
from port_telemetry.core.record import Stream
from port_telemetry.mqtt.connection import Timing
from port_telemetry.ros.convert import block_values
from port_telemetry.spool.spool import Limits
from tests.bench.arrival import latencies_ms
from tests.broker import Broker
from tests.edge import Edge
from tests.facility import Facility
from tests.waiting import wait_until

_SAMPLES = 20
_DURABLE_RECORDS, _BRIDGE_RECORDS, _PACED_RECORDS, _TIMED_RECORDS = 30_000, 3_000, 3_000, 1_000
_HOUR_RECORDS = 3600 * 1000 // _SAMPLES
_TIMING = dataclasses.replace(Timing(), ack_s=5.0)


def block(number: int) -> WrenchBlock:
    """A message of a plate."""
    wrench = np.full((_SAMPLES, 6), 100.0 + number * 0.001, "<f4") + np.arange(6, dtype="<f4")
    header = Header(stamp=stamps.to_msg(1_795_371_639_000_000_000 + number), frame_id="force_plates/left")
    return WrenchBlock(
        header=header, device_id="left", first_index=number * _SAMPLES, period_s=0.001, received_total=number,
        status=array("B", bytes(_SAMPLES)), wrench=array("f", wrench.tobytes()),
    )  # fmt: skip


def as_cbor(message: WrenchBlock) -> bytes:
    """As telemetry encodes it."""
    return to_cbor(block_values(message))


def as_json(message: WrenchBlock) -> bytes:
    """As a plain bridge encodes it."""
    values = {name: getattr(message, name) for name in message.get_fields_and_field_types()}
    stamp, frame = message.header.stamp, message.header.frame_id
    values["header"] = {"stamp": {"sec": stamp.sec, "nanosec": stamp.nanosec}, "frame_id": frame}
    return json.dumps({name: v.tolist() if isinstance(v, array) else v for name, v in values.items()}).encode()


class Bridge:
    """What one writes in an afternoon."""

    def __init__(self, broker: Broker) -> None:
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.username_pw_set("edge", broker.password_file.read_text().strip())
        self._client.max_queued_messages_set(0)
        self.done_s: dict[int, float] = {}
        self._client.on_publish = lambda _, __, mid, *___: self.done_s.setdefault(mid, time.perf_counter())
        connected = threading.Event()
        self._client.on_connect = lambda *_: connected.set()
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()
        connected.wait(10.0)

    def give(self, message: WrenchBlock) -> int:
        return int(self._client.publish("port/v1/hall/edge-1/bridge/left", as_json(message), qos=1).mid)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def stage(limits: Limits | None = None) -> Iterator[tuple[Broker, Facility, Edge, Path]]:
    """Broker, facility and edge in a folder of their own."""
    with tempfile.TemporaryDirectory(prefix="port-bench-") as name:
        folder = Path(name)
        broker = Broker(folder / "broker")
        facility = Facility(folder / "facility", broker.folder, broker.port)
        wait_until(facility.connected)
        edge = Edge(folder / "spool", broker, facility=True, timing=_TIMING, limits=limits or Limits())
        wait_until(edge.connected)
        try:
            yield broker, facility, edge, folder
        finally:
            edge.close(0.1)
            facility.kill()
            broker.stop()


def offer(edge: Edge, message: WrenchBlock, encode: Callable[[WrenchBlock], bytes] = as_cbor) -> None:
    """As the node's carrier does it."""
    topic, stamp_ns = edge.target.topic("force_plates/left/samples"), stamps.to_ns(message.header.stamp)
    edge.sender.offer(edge.numbering.record(topic, Stream.RECORDED, encode(message), "cbor/wrench_block/1", stamp_ns))


class Node:
    """The node's threads without ROS: `take` is what the thread does that takes messages; another one carries them."""

    def __init__(self, edge: Edge) -> None:
        self._edge, self._queue = edge, RawQueue[str](64 * 1024**2)
        self._thread = threading.Thread(target=self._carry, name="carrier")
        self._thread.start()
        self._number = 0

    def take(self, data: bytes) -> None:
        self._number += 1
        self._queue.put("samples", data, self._number, time.monotonic(), False)

    def close(self) -> None:
        self._queue.close()
        self._thread.join()

    def _carry(self) -> None:
        while not self._queue.done:
            for raw in self._queue.take(0.1):
                offer(self._edge, deserialize_message(raw.data, WrenchBlock))


def durable_rps(folder: Path, broker: Broker) -> float:
    """Records a second on the edge's disk, encoded beforehand; the giver waits only for room."""
    edge = Edge(folder / f"durable-{time.monotonic_ns()}", broker, port=1, limits=Limits())
    message = block(1)
    payload = as_cbor(message)
    begin_s = time.perf_counter()
    for number in range(_DURABLE_RECORDS):
        if number % 5000 == 4999:
            edge.spool.flush(60.0)
        offer(edge, message, lambda _: payload)
    assert edge.spool.flush(60.0) and not edge.spool.account().dropped.total()
    took_s = time.perf_counter() - begin_s
    edge.close(0.0)
    return _DURABLE_RECORDS / took_s


def bridge_rps(broker: Broker) -> float:
    """Records a second that the broker confirmed to the bridge."""
    bridge = Bridge(broker)
    begin_s = time.perf_counter()
    for number in range(_BRIDGE_RECORDS):
        bridge.give(block(number))
    wait_until(lambda: len(bridge.done_s) == _BRIDGE_RECORDS, 120.0)
    took_s = time.perf_counter() - begin_s
    bridge.close()
    return _BRIDGE_RECORDS / took_s


def paced(give: Callable[[Any], Any], hz: float, what: Iterable[Any]) -> list[float]:
    """Hand over one after the other at `hz`; how long each took, in ms, and nothing but the hand-over."""
    took_ms, due_s = [], time.perf_counter()
    for message in what:
        due_s += 1.0 / hz
        time.sleep(max(0.0, due_s - time.perf_counter()))
        begin_s = time.perf_counter()
        give(message)
        took_ms.append(1000.0 * (time.perf_counter() - begin_s))
    return took_ms


def backlog_s(folder: Path, broker: Broker) -> float:
    """How long an hour of one plate takes from the edge's disk to the facility's."""
    edge = Edge(folder / "backlog", broker, port=1, limits=Limits())
    message = block(1)
    payload = as_cbor(message)
    for number in range(_HOUR_RECORDS):
        if number % 5000 == 4999:
            edge.spool.flush(60.0)
        offer(edge, message, lambda _: payload)
    edge.spool.flush(60.0)
    edge.close(0.0)
    begin_s = time.perf_counter()
    edge = Edge(folder / "backlog", broker, facility=True, timing=_TIMING, limits=Limits())
    wait_until(edge.idle, 900.0)
    took_s = time.perf_counter() - begin_s
    edge.close()
    return took_s


def p99(values: list[float]) -> float:
    return float(np.percentile(values, 99))


def measure(rounds: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Figures by key (docs: DESIGN's table), and every round's values."""
    detail: dict[str, list[float]] = {name: [] for name in (
        "durable_rps", "bridge_rps", "callback_p99_ms", "bridge_callback_p99_ms", "hung_broker_callback_p99_ms",
        "cpu_us_per_record", "bridge_cpu_us_per_record",
        "latency_p50_ms", "latency_p99_ms", "bridge_latency_p50_ms", "bridge_latency_p99_ms")}  # fmt: skip
    messages = [block(number) for number in range(_PACED_RECORDS)]
    raw = [serialize_message(message) for message in messages]
    with stage() as (broker, _, edge, folder):
        for _ in range(rounds):
            detail["durable_rps"].append(durable_rps(folder, broker))
            detail["bridge_rps"].append(bridge_rps(broker))
            cpu_s = time.process_time()
            node = Node(edge)
            detail["callback_p99_ms"].append(p99(paced(node.take, 500.0, raw)))
            node.close()
            wait_until(edge.idle, 60.0)
            detail["cpu_us_per_record"].append(1e6 * (time.process_time() - cpu_s) / _PACED_RECORDS)
            bridge, cpu_s = Bridge(broker), time.process_time()
            detail["bridge_callback_p99_ms"].append(p99(paced(bridge.give, 500.0, messages)))
            detail["bridge_cpu_us_per_record"].append(1e6 * (time.process_time() - cpu_s) / _PACED_RECORDS)
            for name, ending, give in (("", "/samples", partial(offer, edge)), ("bridge_", "bridge/left", bridge.give)):
                took_ms = latencies_ms(
                    broker.port, ending, partial(paced, hz=500.0, what=messages[:_TIMED_RECORDS]), give
                )
                detail[f"{name}latency_p50_ms"].append(statistics.median(took_ms))
                detail[f"{name}latency_p99_ms"].append(p99(took_ms))
            bridge.close()
            broker.signal(signal.SIGSTOP)
            node = Node(edge)
            detail["hung_broker_callback_p99_ms"].append(p99(paced(node.take, 500.0, raw[:_TIMED_RECORDS])))
            node.close()
            broker.signal(signal.SIGCONT)
            wait_until(edge.idle, 60.0)
        backlog = backlog_s(folder, broker)
    median = {f"telemetry.{name}": statistics.median(values) for name, values in detail.items()}
    figures = {
        **median,
        "telemetry.backlog_1h_s": backlog,
        "telemetry.backlog_rps": _HOUR_RECORDS / backlog,
        "telemetry.bytes_per_sample": len(as_cbor(block(1))) / _SAMPLES,
        "telemetry.bridge_bytes_per_sample": len(as_json(block(1))) / _SAMPLES,
    }
    return figures, detail
