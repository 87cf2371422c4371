"""A busy session through the whole of telemetry, for an hour of its own time: does anything grow that should not?

Two plates of 2 kHz in blocks of 20 samples, 50 further topics of 10 Hz, two cameras with a still a second, the safety
state and its events: encoded, spooled, sent through a real broker, stored by a real ingest, acknowledged, deleted. The
session's time runs as fast as that goes; a round is ten minutes of it.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from port_telemetry.core.encode import to_cbor, to_json
from port_telemetry.core.record import Record, Stream
from port_telemetry.core.source_account import SourceAccount
from port_telemetry.files import make_signing_key
from port_telemetry.ingest.account import accounts
from port_telemetry.spool.database import FILE
from port_telemetry.spool.spool import Limits
from tests.bench.stand import cpu_s
from tests.broker import Broker
from tests.edge import Edge
from tests.facility import Facility
from tests.waiting import wait_until

_ROUND_S = 600.0
_STEP_S = 0.1
#: Progress is told once in five minutes of the session.
_TOLD_STEPS = 3000
_SAMPLES, _PLATE_HZ, _TOPICS, _TOPIC_HZ, _STILL_BYTES = 20, 2000, 50, 10, 100_000
#: What may wait on the disk before the session's time stands still for a moment: less than a second's worth.
_MAX_WAITING = 2000
_REST_STEPS = 100
_LOOKS = 60
#: Interpreters, caches and the database's pages find their size in the first part of a run.
_WARM = 0.2
_MB = 1e6

Maker = Callable[[int], bytes]


@dataclass(frozen=True)
class Feed:
    """One topic: how often a second, and what it says at its n-th time."""

    topic: str
    stream: Stream
    schema: str
    hz: float
    make: Maker


def feeds() -> Iterator[Feed]:
    """A busy session's topics."""
    rng = np.random.default_rng(1)
    wrench = rng.normal(100.0, 30.0, (_SAMPLES, 6)).astype("<f4")
    still = rng.bytes(_STILL_BYTES)

    def block(number: int) -> bytes:
        # `number` counts from 1.
        return to_cbor({"first_index": (number - 1) * _SAMPLES, "period_s": 1 / _PLATE_HZ, "lost_before": 0,
                        "received_total": number * _SAMPLES, "lost_total": 0,
                        "status": np.zeros(_SAMPLES, np.uint8), "wrench": wrench})  # fmt: skip

    def reading(number: int) -> bytes:
        return to_cbor({"header": {"stamp": {"sec": number, "nanosec": 0}, "frame_id": "imu"},
                        "angular_velocity": {"x": 0.1, "y": 0.2, "z": number * 1e-3},
                        "covariance": np.zeros(9)})  # fmt: skip

    def state(number: int) -> bytes:
        return to_json({"state": "RUN", "epoch": number, "reason": "", "causes": [], "speed_mps": 0.5})

    for plate in ("left", "right"):
        hz = _PLATE_HZ / _SAMPLES
        yield Feed(f"force_plates/{plate}/samples", Stream.RECORDED, "cbor/wrench_block/1", hz, block)
    for number in range(_TOPICS):
        yield Feed(f"topic_{number:02}/data", Stream.RECORDED, "cbor/sensor_msgs.msg.Imu/1", _TOPIC_HZ, reading)
    for camera in ("front", "side"):
        yield Feed(f"cameras/{camera}/image", Stream.RECORDED, "jpeg/still/1", 1.0, lambda _: still)
    yield Feed("safety/state", Stream.LIVE, "json/safety_state/1", 10.0, state)
    yield Feed("safety/event", Stream.EVENT, "json/safety_event/1", 0.2, state)


@dataclass
class Sizes:
    """What was seen of a process: resident memory in bytes and open handles, after the run's warm-up."""

    pid: int
    rss: list[int] = field(default_factory=list)
    handles: list[int] = field(default_factory=list)

    def look(self) -> None:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        self.rss.append(pages * os.sysconf("SC_PAGE_SIZE"))
        self.handles.append(len(list(Path(f"/proc/{self.pid}/fd").iterdir())))

    @property
    def grown_bytes(self) -> float:
        """How much more the last third of the run holds than the first, in the mean."""
        third = max(1, len(self.rss) // 3)
        return float(np.mean(self.rss[-third:]) - np.mean(self.rss[:third]))


@dataclass
class Run:
    """What came of it. Sizes and times in B and s; cpu_s by process; live state is counted by nobody but the broker."""

    simulated_s: float
    took_s: float = 0.0
    records: int = 0
    stored: int = 0
    lost: int = 0
    twice: int = 0
    samples_sent: int = 0
    samples_silent: int = 0
    cpu_s: dict[str, float] = field(default_factory=dict)
    sizes: dict[str, Sizes] = field(default_factory=dict)
    file_bytes: list[int] = field(default_factory=list)
    end_file_bytes: int = 0

    def figures(self) -> dict[str, float]:
        """By key."""
        figures = {"speed": self.simulated_s / self.took_s, "records": self.records, "lost": self.lost,
                   "twice": self.twice, "samples_sent": self.samples_sent, "samples_silent": self.samples_silent,
                   "spool_file_max_mb": max(self.file_bytes) / _MB,
                   "spool_file_end_mb": self.end_file_bytes / _MB}  # fmt: skip
        for name, sizes in self.sizes.items():
            figures[f"{name}_cpu_pct"] = 100.0 * self.cpu_s[name] / self.simulated_s
            figures[f"{name}_rss_max_mb"] = max(sizes.rss) / _MB
            figures[f"{name}_rss_grown_mb"] = sizes.grown_bytes / _MB
            figures[f"{name}_handles_grown"] = sizes.handles[-1] - sizes.handles[0]
        return {f"fan_in.{key}": float(value) for key, value in figures.items()}


class Session:
    """Edge, broker and facility in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._broker = Broker(folder / "broker")
        self._facility = Facility(folder / "facility", self._broker.folder, self._broker.port)
        self._facility.edges.mkdir()
        signing = self._facility.edges / "edge-1.key"
        make_signing_key(signing)
        self._edge = Edge(folder / "spool", self._broker, facility=True, limits=Limits(), signing=signing)
        self._pids = {"edge": os.getpid(), "broker": self._broker.process.pid, "ingest": self._facility.process.pid}
        wait_until(self._facility.connected)
        wait_until(self._edge.connected)

    def run(self, simulated_s: float) -> Run:
        """Live through so much of the session's time, and count."""
        run = Run(simulated_s, sizes={name: Sizes(pid) for name, pid in self._pids.items()})
        before = self._cpu_s()
        begin_s = time.perf_counter()
        self._live(run)
        wait_until(self._edge.idle, 600.0)
        run.took_s = time.perf_counter() - begin_s
        run.cpu_s = {name: now_s - before[name] for name, now_s in self._cpu_s().items()}
        self._edge.close()
        run.end_file_bytes = self._file_bytes()
        self._count(run)
        return run

    def close(self) -> None:
        self._edge.close(0.1)
        self._facility.kill()
        self._broker.stop()

    def _live(self, run: Run) -> None:
        topics, given = list(feeds()), dict.fromkeys(range(56), 0)
        steps = round(run.simulated_s / _STEP_S)
        looks = {round(steps * (_WARM + (1 - _WARM) * n / _LOOKS)) for n in range(_LOOKS + 1)}
        for step in range(steps + 1):
            for number, feed in enumerate(topics):
                while given[number] < feed.hz * step * _STEP_S:
                    given[number] += 1
                    run.samples_sent += _SAMPLES * feed.topic.endswith("/samples")
                    self._edge.sender.offer(self._record(feed, given[number]))
                    run.records += feed.stream is not Stream.LIVE
            # Now and then everything arrives: stills go last, and would wait for as long as it is faster than life.
            ready = self._edge.idle if step % _REST_STEPS == 0 else self._room
            wait_until(ready, 300.0, "the facility keeps up")
            if step % _TOLD_STEPS == 0:
                print(f"fan_in: {step * _STEP_S / 60:.0f} of {run.simulated_s / 60:.0f} minutes", file=sys.stderr)
            if step in looks:
                run.file_bytes.append(self._file_bytes())
                for sizes in run.sizes.values():
                    sizes.look()

    def _record(self, feed: Feed, number: int) -> Record:
        topic = self._edge.target.topic(feed.topic)
        return self._edge.numbering.record(topic, feed.stream, feed.make(number), feed.schema, time.time_ns())

    def _room(self) -> bool:
        return self._edge.sender.status().waiting < _MAX_WAITING

    def _cpu_s(self) -> dict[str, float]:
        return {name: cpu_s(pid) for name, pid in self._pids.items()}

    def _file_bytes(self) -> int:
        return sum(file.stat().st_size for file in self._edge.folder.glob(f"{FILE}*"))

    def _count(self, run: Run) -> None:
        [(run.stored, numbers)] = self._facility.rows(
            "SELECT count(*), count(DISTINCT stream * 10000000 + seq) FROM record"
        )
        run.twice, run.lost = run.stored - numbers, run.records - numbers
        # By the plates' own count, whatever the records' numbers say.
        found = [a for a in accounts(str(self._facility.database)).values() if isinstance(a, SourceAccount)]
        told = sum(a.stored - a.twice + a.on_wire + a.lost.total() for a in found)
        run.samples_silent = run.samples_sent - told


def session(folder: Path, simulated_s: float) -> Run:
    """A session of so long in `folder`."""
    made = Session(folder)
    try:
        return made.run(simulated_s)
    finally:
        made.close()


def measure(rounds: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Figures by key, and every look at the sizes; a round is ten minutes of the session's time."""
    with tempfile.TemporaryDirectory(prefix="port-fan-in-") as folder:
        run = session(Path(folder), rounds * _ROUND_S)
    detail = {name: {"rss": sizes.rss, "handles": sizes.handles} for name, sizes in run.sizes.items()}
    return run.figures(), {**detail, "spool_file": run.file_bytes, "took_s": run.took_s, "stored": run.stored}
