"""All sessions of this user on this machine: where the evidence of each lies, and what became of it. SQLite.

The folders are the truth, the catalogue only remembers where they are; what it tells of one is read from it. A session
never waits for it.
"""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from port_session.session.log import read_lines

Kind = TypeVar("Kind")

_FILE = "sessions.sqlite"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS sessions (
    out TEXT PRIMARY KEY, started_ns INTEGER NOT NULL, session TEXT NOT NULL, ground TEXT NOT NULL,
    robot TEXT NOT NULL, team TEXT NOT NULL, trial TEXT NOT NULL, kind TEXT NOT NULL
)
"""
_WAIT_S = 5.0


def catalogue_file() -> Path:
    """Where it is kept."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "port" / _FILE


@dataclass(frozen=True)
class Entry:
    """One session. started_ns: system clock at its start. out: absolute, of its evidence."""

    out: str
    started_ns: int
    session: str
    ground: str
    robot: str
    team: str
    trial: str
    kind: str


@dataclass(frozen=True)
class Found:
    """What the folder of a session says now. state: GONE where there is no folder any more, UNFINISHED without an end.

    bytes: on the disk. runs: all, counting: those that have ended and are not void. reached: of the last run; None:
    its trial has no goal, or nobody knows.
    """

    state: str
    runs: int = 0
    counting: int = 0
    asked: int = 0
    stops: int = 0
    bytes: int = 0
    reached: bool | None = None


class Catalogue:
    """The catalogue in `file`, which is made where it is missing. Raises sqlite3.Error, OSError."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file
        with self._open() as database:
            database.execute(_SCHEMA)

    def remember(self, entry: Entry) -> None:
        """A session that starts, or a folder that was named."""
        values = tuple(entry.__dict__.values())
        with self._open() as database:
            database.execute(f"INSERT OR REPLACE INTO sessions VALUES ({', '.join('?' * len(values))})", values)

    def moved(self, before: str, after: str) -> None:
        """The folder of a session has another name now."""
        with self._open() as database:
            database.execute("UPDATE OR REPLACE sessions SET out = ? WHERE out = ?", (after, before))

    def forget(self, out: str) -> None:
        """Its folder is gone, and nobody wants to know of it."""
        with self._open() as database:
            database.execute("DELETE FROM sessions WHERE out = ?", (out,))

    def entries(self) -> list[Entry]:
        """All, the newest last."""
        with self._open() as database:
            rows = database.execute("SELECT * FROM sessions ORDER BY started_ns, out").fetchall()
        return [Entry(*row) for row in rows]

    def _open(self) -> "_Closing":
        return _Closing(sqlite3.connect(self._file, timeout=_WAIT_S))


class _Closing:
    """A connection as one transaction, closed at its end: sqlite3's own context leaves it open."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> sqlite3.Connection:
        return self._connection

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        with closing(self._connection):
            if error is None:
                self._connection.commit()


def entry_of(out: Path, description: dict[str, Any], started_ns: int) -> Entry:
    """Of the evidence in `out`, by the description of its session as `port up` understood it."""
    tree = description.get("description", {})
    session, trial = tree.get("session", {}), tree.get("trial", {})
    words = {key: str(session.get(key, "")) for key in ("session", "ground", "robot", "team", "trial")}
    return Entry(str(out.absolute()), started_ns, **words, kind=str(trial.get("kind", "")))


def look(out: Path) -> Found:
    """What is in the folder of a session now; what cannot be read counts as nothing."""
    if not out.is_dir():
        return Found("GONE")
    document = _document(out / "session.json")
    runs = [run for run in _of_kind(document, "runs", list) if isinstance(run, dict)]
    told = _of_kind(document, "outcome", dict).get("reached")
    return Found(
        state=_of_kind(document, "state", str) or "UNFINISHED", runs=len(runs),
        counting=sum(run.get("counts") is True for run in runs), asked=_of_kind(document, "runs_asked", int),
        stops=_stops(out / "stops.jsonl"), bytes=sum(_sizes(out)),
        reached=told if isinstance(told, bool) else None,
    )  # fmt: skip


def _of_kind(document: dict[str, Any], key: str, kind: type[Kind]) -> Kind:
    """What stands under `key`; an empty one where it is missing or of another kind."""
    value = document.get(key)
    return value if isinstance(value, kind) else kind()


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _stops(path: Path) -> int:
    """How many the log of stops tells of."""
    try:
        lines = read_lines(path)
    except OSError:
        return 0
    return sum(line.get("kind") == "stop_began" for line in lines)


def _sizes(folder: Path) -> Iterator[int]:
    """Of the files below; links are not followed."""
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                yield Path(root, name).lstat().st_size
            except OSError:
                continue
