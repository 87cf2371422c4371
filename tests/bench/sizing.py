"""What a facility of thousands of edges needs: measured here for one edge, broker and ingest, and multiplied.

An edge in a session: two plates at 2 kHz, and live state; blocks of 20 samples, as a ground has them if it says nothing
else, and of 200 (`block_samples`). The multiplication says what it assumes; it is a first guess for a budget, not a
promise: memory, disks and networks have limits of their own.
"""

import math
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from port_telemetry.core.encode import to_cbor
from port_telemetry.core.record import Stream
from port_telemetry.ros.convert import block_values
from tests.bench.telemetry import block as one_block
from tests.bench.telemetry import paced, stage
from tests.broker import Reader
from tests.edge import Edge
from tests.waiting import wait_until

#: As ten edges' plates would: what a broker and an ingest do together for many messages costs less for each.
_RECORDS, _HZ, _PLATES = 12_000, 2_000.0, 10
#: PUBLISH: header, lengths, packet identifier; its PUBACK; TCP and IP without options, each way.
_PACKET_BYTES, _PUBACK_BYTES, _SEGMENT_BYTES = 7, 4, 40


@dataclass(frozen=True)
class Plan:
    """edges: of the facility. active: the share of them in a session at once. load: of a core, at most.

    plates_hz: samples a second of one edge. live_hz: safety, session, e-stop and pose as docs/mqtt.md says.
    """

    edges: int = 5000
    active: float = 1.0
    hours_a_day: float = 8.0
    load: float = 0.6
    plates_hz: float = 2 * 2000.0
    live_hz: float = 10.0 + 2.0 + 5.0 + 10.0


@dataclass(frozen=True)
class Record:
    """What one record of so many samples costs."""

    samples: int
    wire_bytes: float
    broker_cpu_us: float
    ingest_cpu_us: float
    stored_bytes: float


def sizing(block: Record, live: Record, plan: Plan) -> dict[str, float]:
    """What `plan` needs where a plate's block costs `block` and a live state `live`."""
    active = plan.edges * plan.active
    blocks_hz, live_hz = active * plan.plates_hz / block.samples, active * plan.live_hz
    seconds_a_day = 3600 * plan.hours_a_day

    def total(cost: Callable[[Record], float]) -> float:
        return blocks_hz * cost(block) + live_hz * cost(live)

    return {
        "messages a second": blocks_hz + live_hz,
        "Mbit/s in": total(lambda record: record.wire_bytes) * 8 / 1e6,
        "broker cores": math.ceil(total(lambda record: record.broker_cpu_us) / 1e6 / plan.load),
        "ingest processes": math.ceil(total(lambda record: record.ingest_cpu_us) / 1e6 / plan.load),
        "TB stored a day": blocks_hz * block.stored_bytes * seconds_a_day / 1e12,
    }


def cpu_us(pid: int) -> float:
    """What a process has used so far, all its threads."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1000.0


def wire_bytes(reader: Reader) -> int:
    """Of one record from edge to broker, without TLS, its confirmation included."""
    message = reader.on("/samples")[0]
    properties = len(message.properties.pack())
    packet = _PACKET_BYTES + len(message.topic) + properties + len(message.payload)
    return packet + _PUBACK_BYTES + 2 * _SEGMENT_BYTES


def payload(samples: int) -> bytes:
    """A plate's block as telemetry encodes it."""
    given = block_values(one_block(1))
    repeat = samples // len(given["status"])
    arrays = {"status": np.tile(given["status"], repeat), "wrench": np.tile(given["wrench"], (repeat, 1))}
    return to_cbor({**given, **arrays})


def offer(edge: Edge, number: int, said: bytes) -> None:
    """In turn of so many plates that none has a backlog, which would go bundled and cost less."""
    topic = edge.target.topic(f"force_plates/{number % _PLATES}/samples")
    edge.sender.offer(edge.numbering.record(topic, Stream.RECORDED, said, "cbor/wrench_block/1", number))


def cost(samples: int, rounds: int) -> Record:
    """The medians of `rounds`."""
    said = payload(samples)
    broker_us: list[float] = []
    ingest_us: list[float] = []
    with stage() as (broker, facility, edge, _):
        reader = Reader(broker.port)
        offer(edge, 0, said)
        wait_until(lambda: reader.on("/samples"))
        bytes_a_record = wire_bytes(reader)
        reader.close()
        for _ in range(rounds):
            before = cpu_us(broker.process.pid), cpu_us(facility.process.pid)
            paced(lambda number: offer(edge, number, said), _HZ, range(_RECORDS))
            wait_until(edge.idle, 60.0)
            broker_us.append((cpu_us(broker.process.pid) - before[0]) / _RECORDS)
            ingest_us.append((cpu_us(facility.process.pid) - before[1]) / _RECORDS)
        facility.end()
        stored = facility.database.stat().st_size / (1 + rounds * _RECORDS)
    return Record(samples, bytes_a_record, statistics.median(broker_us), statistics.median(ingest_us), stored)


def measure(rounds: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Figures by key; prints what 5,000 edges would need."""
    figures: dict[str, float] = {}
    small, large = (cost(samples, rounds) for samples in (20, 200))
    for record in (small, large):
        figures |= {f"sizing.{name}_{record.samples}": value for name, value in asdict(record).items()
                    if name != "samples"}  # fmt: skip
        for plan in (Plan(), Plan(active=0.2)):
            print(f"{plan.edges} edges, {plan.active:.0%} of them in a session at once, {plan.hours_a_day:g} h a day, "
                  f"blocks of {record.samples} samples, cores loaded to {plan.load:.0%}:")  # fmt: skip
            for name, value in sizing(record, small, plan).items():
                print(f"  {name:20} {value:14,.1f}")
    return figures, {}
