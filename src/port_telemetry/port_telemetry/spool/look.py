"""A look at a spool from outside, while its session runs or after. Changes nothing."""

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from port_telemetry.core.record import Lane
from port_telemetry.spool import schema
from port_telemetry.spool.database import FILE, SpoolError, holder

_NAME = "spool"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One sequence. acked: up to there the facility has it; last: the newest number on the disk.

    gaps, lost: gap records among what waits, and how many records they stand for. oldest_ns: stamp of the first that
    waits, 0 if none does.
    """

    topic: str
    epoch: int
    lane: Lane
    records: int
    bytes: int
    acked: int
    last: int
    gaps: int
    lost: int
    oldest_ns: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """A whole spool. holder: process that has it open, 0 if none; dead_letters: how many were put aside, by reason."""

    folder: Path
    holder: int
    streams: tuple[Waiting, ...]
    dead_letters: Mapping[str, int]
    quota_bytes: int
    file_bytes: int

    @property
    def records(self) -> int:
        return sum(stream.records for stream in self.streams)

    @property
    def bytes(self) -> int:
        """What waits takes of the quota."""
        return sum(stream.bytes for stream in self.streams)

    @property
    def gaps(self) -> int:
        return sum(stream.gaps for stream in self.streams)

    @property
    def lost(self) -> int:
        return sum(stream.lost for stream in self.streams)

    def by_lane(self) -> dict[Lane, int]:
        """Records that wait, of each priority."""
        counts: Counter[Lane] = Counter()
        for stream in self.streams:
            counts[stream.lane] += stream.records
        return {lane: counts[lane] for lane in Lane}

    def oldest_s(self, now_ns: int) -> float:
        """Age of the data that wait longest, in s; 0 if nothing waits."""
        stamps = [stream.oldest_ns for stream in self.streams if stream.records]
        return max(0.0, (now_ns - min(stamps)) / 1e9) if stamps else 0.0


def folder_of(where: Path) -> Path:
    """The spool that is meant by its own folder or by that of its session's evidence. Raises SpoolError."""
    for folder in (where, where / _NAME):
        if (folder / FILE).is_file():
            return folder
    raise SpoolError(f"{where}: no spool is here; name the folder of a session's evidence")


def look(folder: Path) -> Backlog:
    """The spool in `folder` at one moment. Raises SpoolError."""
    try:
        with contextlib.closing(_open(folder / FILE)) as db:
            db.execute("BEGIN")
            streams = tuple(_waiting(db, row) for row in db.execute(schema.STREAMS).fetchall())
            dead = dict(db.execute(schema.DEAD).fetchall())
            quota = db.execute(schema.GET_META, ("quota_bytes",)).fetchone()
    except sqlite3.OperationalError as error:
        raise SpoolError(f"{folder / FILE}: {error}; free some space or mend its rights") from error
    except sqlite3.Error as error:
        raise SpoolError(
            f"{folder / FILE} is damaged ({error}); keep it: `sqlite3 {folder / FILE} .recover` may still print "
            "records, and the session's recording has the measurements, too"
        ) from error
    size = sum(file.stat().st_size for file in folder.glob(f"{FILE}*"))
    return Backlog(folder, holder(folder), streams, dead, quota[0] if quota else 0, size)


def _open(file: Path) -> sqlite3.Connection:
    db = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version != schema.VERSION:
        db.close()
        raise SpoolError(f"{file} is of version {version}, this program reads {schema.VERSION}")
    return db


def _waiting(db: sqlite3.Connection, row: tuple[int, str, int, str, int, int, int, int]) -> Waiting:
    number, topic, epoch, _, lane, last, records, size = row
    gaps, lost = db.execute(schema.GAPS, (number,)).fetchone()
    first = db.execute(schema.FIRST, (number,)).fetchone()
    acked, oldest_ns = first or (last, 0)
    return Waiting(topic, epoch, Lane(lane), records, size, acked, last, gaps, int(lost), oldest_ns)
