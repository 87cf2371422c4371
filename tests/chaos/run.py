"""The chaos run: a seed decides who is killed when; at the end everything stands again and is counted."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.broker import Broker
from tests.chaos.edge import content
from tests.chaos.proxy import Cable
from tests.facility import Facility
from tests.waiting import wait_until

_VICTIMS = ("edge", "broker", "ingest", "edge's link", "ingest's link")


@dataclass
class Verdict:
    """What came out. durable: on the edge's disk; stored: at the facility; lost, twice, disordered, altered: of those.

    copies: thrown away by the ingest, because an ack was late or lost.
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
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        return not (self.lost or self.twice or self.disordered or self.altered)

    def table(self) -> str:
        """For people."""
        rows: list[tuple[str, Any]] = [(f"killed or cut: {name}", count) for name, count in sorted(self.kills.items())]
        rows += [("starts of the edge", self.epochs), ("durable on the edge", self.durable)]
        rows += [("stored at the facility", self.stored), ("copies thrown away", self.copies), ("lost", self.lost)]
        rows += [("stored twice", self.twice), ("out of order", self.disordered), ("altered", self.altered)]
        return "\n".join(f"{name:32} {value:>10}" for name, value in [*rows, ("seconds", round(self.seconds, 1))])


class Chaos:
    """Everything that can be killed, in `folder`."""

    def __init__(self, folder: Path, seed: int, rate_hz: float) -> None:
        self._folder, self._chance, self._rate_hz = folder, random.Random(seed), rate_hz
        self._broker = Broker(folder / "broker")
        self._cables = {"edge's link": Cable(self._broker.port), "ingest's link": Cable(self._broker.port)}
        port = self._cables["ingest's link"].port
        self._facility = Facility(folder / "facility", self._broker.folder, port)
        self._ledger = folder / "ledger"
        self._edge = self._start_edge(rate_hz)

    def run(self, kills: int, least: int = 100) -> Verdict:
        """Kill `kills` times, until more than `least` records were durable; let everything settle, count."""
        verdict, begin_s = Verdict(), time.monotonic()
        for _ in range(kills):
            time.sleep(self._chance.uniform(0.05, 1.0))
            victim = self._chance.choice(_VICTIMS)
            verdict.kills[victim] += 1
            self._strike(victim)
        # Killed at once each time, an edge of a busy machine has nothing to lose yet.
        wait_until(lambda: sum(self._durable().values()) > least, 600.0, f"{least} records on the edge's disk")
        self._settle()
        verdict.seconds = time.monotonic() - begin_s
        self._count(verdict)
        return verdict

    def close(self) -> None:
        self._edge.kill()
        self._edge.wait()
        self._facility.kill()
        self._broker.stop()
        for cable in self._cables.values():
            cable.close()

    def _start_edge(self, rate_hz: float) -> subprocess.Popen[bytes]:
        words = [self._folder / "spool", self._cables["edge's link"].port, self._broker.password_file]
        words += [self._broker.folder / "facility.pub", self._ledger, rate_hz]
        return subprocess.Popen([sys.executable, "-m", "tests.chaos.edge", *map(str, words)], env=os.environ.copy())

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
        assert self._edge.poll() is None, "the edge ended by itself"
        self._edge.kill()
        self._edge.wait()

    def _restart_edge(self) -> None:
        self._edge = self._start_edge(self._rate_hz)

    def _settle(self) -> None:
        """The last edge makes nothing new; it ends when everything is acknowledged."""
        self._kill_edge()
        self._edge = self._start_edge(0.0)
        if self._edge.wait(180):
            raise RuntimeError(f"the last edge failed; the ingest says: {self._facility.log[-2000:]}")

    def _count(self, verdict: Verdict) -> None:
        durable = self._durable()
        stored: dict[tuple[str, int], list[int]] = {}
        rows = self._facility.rows(
            "SELECT topic, epoch, seq, payload FROM record JOIN stream ON stream.id = stream ORDER BY record.rowid"
        )
        for topic, epoch, seq, payload in rows:
            stored.setdefault((topic, epoch), []).append(seq)
            verdict.altered += payload != content(topic, epoch, seq)
        for key, last in durable.items():
            verdict.lost += last - len(set(stored.get(key, [])) & set(range(1, last + 1)))
        for numbers in stored.values():
            verdict.twice += len(numbers) - len(set(numbers))
            verdict.disordered += numbers != sorted(numbers)
        verdict.durable, verdict.stored = sum(durable.values()), len(rows)
        verdict.epochs = len({epoch for _, epoch in durable})
        [(copies,)] = self._facility.rows("SELECT total(duplicates) FROM epoch")
        verdict.copies = int(copies)

    def _durable(self) -> dict[tuple[str, int], int]:
        last: dict[tuple[str, int], int] = {}
        if not self._ledger.exists():
            return last
        for line in self._ledger.read_text().splitlines():
            topic, epoch, number = line.split()
            last[topic, int(epoch)] = max(int(number), last.get((topic, int(epoch)), 0))
        return last
