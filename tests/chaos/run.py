"""The chaos run: a seed decides who is killed when; at the end everything stands again and is counted.

Two accounts are drawn up. By records: what was durable on the edge is at the facility, once and in order. By the
sources, which nobody kills: each sample that a plate sent is at the facility or recorded as lost, each stop is there.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from port_telemetry.core.encode import decode
from port_telemetry.core.source_account import SourceAccount
from port_telemetry.ingest.account import accounts, missing_events
from tests.broker import Broker
from tests.chaos.proxy import Cable
from tests.chaos.source import PLATES, wrench
from tests.facility import Facility
from tests.loopback import loopback
from tests.waiting import PATIENCE_S, wait_until

_VICTIMS = ("edge", "broker", "ingest", "edge's link", "ingest's link")


@dataclass
class Verdict:
    """What came out. durable: on the edge's disk; stored: at the facility; lost, twice, disordered, altered: of those.

    copies: thrown away by the ingest, because an ack was late or lost. sent, there, told: samples of the plates by
    their own count, of those at the facility, and recorded as lost; silent: neither. events: of the gate's log; absent:
    not at the facility.
    """

    kills: Counter[str] = field(default_factory=Counter)
    durable: int = 0
    stored: int = 0
    lost: int = 0
    twice: int = 0
    disordered: int = 0
    altered: int = 0
    copies: int = 0
    epochs: int = 0
    sent: int = 0
    there: int = 0
    told: int = 0
    silent: int = 0
    events: int = 0
    absent: int = 0
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        return not (self.lost or self.twice or self.disordered or self.altered or self.silent or self.absent)

    def table(self) -> str:
        """For people."""
        rows: list[tuple[str, Any]] = [(f"killed or cut: {name}", count) for name, count in sorted(self.kills.items())]
        rows += [("starts of the edge", self.epochs), ("durable on the edge", self.durable)]
        rows += [("stored at the facility", self.stored), ("copies thrown away", self.copies), ("lost", self.lost)]
        rows += [("stored twice", self.twice), ("out of order", self.disordered), ("altered", self.altered)]
        rows += [("samples that the plates sent", self.sent), ("  at the facility", self.there)]
        rows += [("  recorded as lost", self.told), ("  lost in silence", self.silent)]
        rows += [("events in the gate's log", self.events), ("  not at the facility", self.absent)]
        return "\n".join(f"{name:32} {value:>10}" for name, value in [*rows, ("seconds", round(self.seconds, 1))])


class Chaos:
    """Everything that can be killed, in `folder`, and the ground that cannot. rate_hz: blocks of both plates."""

    def __init__(self, folder: Path, seed: int, rate_hz: float) -> None:
        self._folder, self._chance = folder, random.Random(seed)
        self._broker = Broker(folder / "broker")
        self._cables = {"edge's link": Cable(self._broker.port), "ingest's link": Cable(self._broker.port)}
        port = self._cables["ingest's link"].port
        self._facility = Facility(folder / "facility", self._broker.folder, port)
        self._ledger, self._stop_log = folder / "ledger", folder / "stops.jsonl"
        self._counts = folder / "counts.json"
        self._environment = self._own_domain()
        self._parameters = self._write_parameters()
        self._edge = self._start_edge()
        self._source = self._start("tests.chaos.source", self._stop_log, self._counts, rate_hz)

    def run(self, kills: int, least: int = 100) -> Verdict:
        """Kill `kills` times, until more than `least` records were stored; let everything settle, count."""
        verdict, begin_s = Verdict(), time.monotonic()
        for _ in range(kills):
            time.sleep(self._chance.uniform(0.05, 1.0))
            victim = self._chance.choice(_VICTIMS)
            verdict.kills[victim] += 1
            self._strike(victim)
        wait_until(lambda: self._facility.taken() > least, 600.0, f"{least} records at the facility")
        self._settle()
        verdict.seconds = time.monotonic() - begin_s
        self._count(verdict)
        self._count_by_source(verdict)
        return verdict

    def close(self) -> None:
        for process in (self._edge, self._source):
            process.kill()
            process.wait()
        self._facility.kill()
        self._broker.stop()
        for cable in self._cables.values():
            cable.close()

    def _own_domain(self) -> dict[str, str]:
        """An environment in which the edge and its ground meet each other, as in a session, and nobody else."""
        return {**os.environ, **loopback(), "ROS_DOMAIN_ID": str(99 + os.getpid() % 3)}

    def _write_parameters(self) -> Path:
        file = self._folder / "telemetry.yaml"
        parameters = {
            "site": "hall", "edge": "edge-1", "session": "chaos", "port": self._cables["edge's link"].port,
            "user": "edge", "password_file": str(self._broker.password_file), "spool": str(self._folder / "spool"),
            "facility_key_file": str(self._broker.folder / "facility.pub"), "plates": list(PLATES),
            "stop_log": str(self._stop_log),
        }  # fmt: skip
        file.write_text(yaml.safe_dump({"/**": {"ros__parameters": parameters}}))
        return file

    def _start(self, module: str, *words: object) -> subprocess.Popen[bytes]:
        with (self._folder / f"{module}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", module, *map(str, words)], env=self._environment, stdout=log, stderr=log
            )

    def _start_edge(self) -> subprocess.Popen[bytes]:
        given = ("--ros-args", "-r", "__ns:=/chaos", "--params-file", self._parameters)
        self._epochs_before = self._epochs()
        return self._start("tests.chaos.edge", self._ledger, *given)

    def _strike(self, victim: str) -> None:
        away_s = self._chance.uniform(0.0, 0.5)
        if victim in self._cables:
            self._cables[victim].pull()
            time.sleep(away_s)
            self._cables[victim].plug()
            return
        kill, start = {"edge": (self._kill_edge, self._restart_edge), "broker": (self._broker.stop, self._broker.start),
                       "ingest": (self._facility.kill, self._facility.start)}[victim]  # fmt: skip
        kill()
        time.sleep(away_s)
        start()

    def _kill_edge(self) -> None:
        self._edge_has_begun()
        self._edge.kill()
        self._edge.wait()

    def _restart_edge(self) -> None:
        self._edge = self._start_edge()

    def _edge_has_begun(self) -> None:
        """An edge that has no samples on its disk yet has nothing to lose."""

        def started() -> bool:
            assert self._edge.poll() is None, "the edge ended by itself"
            return len(self._epochs()) > len(self._epochs_before)

        wait_until(started, PATIENCE_S, "the edge has samples on its disk")

    def _settle(self) -> None:
        """The ground says its last words to an edge that lives, and all that is durable reaches the facility."""
        self._edge_has_begun()
        self._source.send_signal(signal.SIGTERM)
        assert self._source.wait(PATIENCE_S) == 0
        self._edge.send_signal(signal.SIGTERM)
        assert self._edge.wait(PATIENCE_S) == 0
        self._restart_edge()
        wait_until(self._arrived, 180.0, f"all that is durable arrives; the ingest says: {self._facility.log[-2000:]}")

    def _arrived(self) -> bool:
        rows = self._facility.rows("SELECT topic, epoch, stored FROM epoch JOIN stream ON stream.id = stream")
        stored = {(topic, epoch): number for topic, epoch, number in rows}
        return all(stored.get(key, 0) >= last for key, last in self._durable().items())

    def _count(self, verdict: Verdict) -> None:
        durable = self._durable()
        stored: dict[tuple[str, int], list[int]] = {}
        rows = self._facility.rows(
            "SELECT topic, epoch, seq, payload FROM record JOIN stream ON stream.id = stream ORDER BY record.rowid"
        )
        for topic, epoch, seq, payload in rows:
            stored.setdefault((topic, epoch), []).append(seq)
            verdict.altered += topic.endswith("/samples") and altered(payload)
        told = self._told()
        for key, last in durable.items():
            numbers = {*stored.get(key, []), *told.get(key, [])}
            verdict.lost += last - len(numbers & set(range(1, last + 1)))
        for numbers_stored in stored.values():
            verdict.twice += len(numbers_stored) - len(set(numbers_stored))
            verdict.disordered += numbers_stored != sorted(numbers_stored)
        verdict.durable, verdict.stored = sum(durable.values()), len(rows)
        verdict.epochs = len(self._epochs())
        [(copies,)] = self._facility.rows("SELECT total(duplicates) FROM epoch")
        verdict.copies = int(copies)

    def _count_by_source(self, verdict: Verdict) -> None:
        """By what the ground says that it has sent."""
        said, store = json.loads(self._counts.read_text()), str(self._facility.database)
        found = accounts(store)
        verdict.sent = said["samples"] * len(PLATES)
        for account in found.values():
            assert isinstance(account, SourceAccount)
            verdict.there += account.stored - account.twice
            verdict.told += account.on_wire + account.lost.total()
        verdict.silent = verdict.sent - verdict.there - verdict.told
        verdict.events = said["events"]
        verdict.absent = len(missing_events(store, "safety/event", self._stop_log))

    def _told(self) -> dict[tuple[str, int], list[int]]:
        """Numbers that gap records stand for."""
        told: dict[tuple[str, int], list[int]] = {}
        rows = self._facility.rows("SELECT topic, epoch, first, last FROM gap JOIN stream ON stream.id = stream")
        for topic, epoch, first, last in rows:
            told.setdefault((topic, epoch), []).extend(range(first, last + 1))
        return told

    def _epochs(self) -> set[int]:
        """Starts of the edge in which it had samples on its disk."""
        return {epoch for topic, epoch in self._durable() if topic.endswith("/samples")}

    def _durable(self) -> dict[tuple[str, int], int]:
        last: dict[tuple[str, int], int] = {}
        if not self._ledger.exists():
            return last
        for line in self._ledger.read_text().splitlines():
            topic, epoch, number = line.split()
            last[topic, int(epoch)] = max(int(number), last.get((topic, int(epoch)), 0))
        return last


def altered(payload: bytes) -> bool:
    """Whether a block does not say what its plate said."""
    values = decode("application/cbor", payload)
    return not np.array_equal(values["wrench"], wrench(values["first_index"]))
