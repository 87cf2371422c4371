"""The facility's end for tests: a real `port ingest` process, and what its database holds."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.waiting import PATIENCE_S, wait_until


class Facility:
    """One ingest at the embedded broker whose folder is `broker`; `kill` and `start` again keep the database.

    In `edges` lie the keys of the edges that sign.
    """

    def __init__(self, folder: Path, broker: Path, port: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.database, self.out = folder / "facility.sqlite", folder / "ingest.json"
        self.edges = folder / "edges"
        self._log = folder / "ingest.log"
        self._command = [sys.executable, "-m", "port_telemetry.ingest.main", "--port", str(port)]
        self._command += ["--user", "facility", "--password-file", str(broker / "facility.password")]
        self._command += ["--key", str(broker / "facility.key"), "--store", str(self.database), "--out", str(self.out)]
        self._command += ["--edge-keys", str(self.edges)]
        self.start()

    def start(self) -> None:
        with self._log.open("a") as log:
            self.process = subprocess.Popen(self._command, env=os.environ.copy(), stderr=log)

    @property
    def log(self) -> str:
        return self._log.read_text()

    def connected(self) -> bool:
        return "connected to" in self.log

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def end(self) -> dict[str, Any]:
        """SIGTERM; returns the account it wrote."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE_S) == 0, self.log
        account: dict[str, Any] = json.loads(self.out.read_bytes())
        return account

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query of the database gives; empty while it is not made."""
        if not self.database.exists():
            return []
        db = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=5.0)
        try:
            return db.execute(query, values).fetchall()
        except sqlite3.OperationalError:
            return []
        finally:
            db.close()

    def numbers(self, ending: str) -> list[int]:
        """The stored numbers of the topics that end so, as they were stored."""
        query = "SELECT seq FROM record JOIN stream ON stream.id = stream WHERE topic LIKE ? ORDER BY record.rowid"
        return [row[0] for row in self.rows(query, f"%{ending}")]

    def taken(self) -> int:
        """How many records and live states are in its database; the broker's word for an edge's presence is none."""
        [(records,)] = self.rows("SELECT total(records) FROM epoch") or [(0,)]
        [(states,)] = self.rows("SELECT total(count) FROM live WHERE topic NOT LIKE '%/conn'") or [(0,)]
        return int(records + states)

    def gaps(self) -> list[tuple[int, int]]:
        return [(first, last) for first, last in self.rows("SELECT first, last FROM gap ORDER BY epoch, first")]

    def has(self, ending: str, count: int, timeout_s: float = PATIENCE_S) -> None:
        wait_until(
            lambda: len(self.numbers(ending)) >= count, timeout_s, what=f"{count} records of {ending}: {self.log}"
        )
