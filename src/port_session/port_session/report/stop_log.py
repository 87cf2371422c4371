"""The gate's stop log as it lies in a folder of evidence: whether its chain holds, and what it counts."""

import json
from dataclasses import dataclass
from pathlib import Path

from port_safety.evidence.hash_chain import Verification, verify
from port_safety.evidence.stop_log import Account, account
from port_session.report.evidence_files import read_file

#: What the gate of a session calls it.
NAME = "stops.jsonl"


@dataclass(frozen=True)
class StopLog:
    """One log: how far its chain holds, and what the lines up to there say."""

    verification: Verification
    account: Account

    @property
    def head(self) -> str:
        """Hash of the last line that holds; empty where none does."""
        return self.verification.heads[-1] if self.verification.heads else ""


def read(path: Path) -> StopLog:
    """Follow the chain in `path`. Raises OSError where it cannot be read."""
    verification = verify(read_file(path))
    return StopLog(verification, account(verification.records))


@dataclass(frozen=True)
class ToldHead:
    """What telemetry told the facility: the hash of the log's last line then, its number, and when (ISO 8601)."""

    sha256: str
    line: int
    time: str


def told_heads(path: Path) -> list[ToldHead]:
    """The rows that `port query safety/stop_log --format jsonl` prints. Raises OSError; ValueError for another file."""
    found = []
    for number, line in enumerate(read_file(path).splitlines(), 1):
        try:
            row = json.loads(line)
            found.append(ToldHead(str(row["head"]), int(row["lines"]), str(row["time"])))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"line {number} is no row of `port query safety/stop_log --format jsonl`") from error
    if not found:
        raise ValueError("is empty: the facility keeps no head of this log; is the edge's telemetry running?")
    return found


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def counted(log: StopLog) -> str:
    """How much of it holds, in words."""
    return f"{plural(len(log.verification.records), 'line')}, {plural(len(log.account.stops), 'stop')}"


def remarks(log: StopLog) -> list[str]:
    """What a reader must know although the chain holds, a line each."""
    told = log.account
    lines = [f"stop {event_id} began and was never told to its end" for event_id in told.unfinished]
    if told.unclosed:
        lines.append(
            f"without its last line {told.unclosed} of {plural(told.starts, 'time')}: the gate runs, was killed, or "
            "the end was cut off"
        )
    if told.not_kept:
        lines.append(f"{plural(told.not_kept, 'record')} never reached the disk, as the log itself says")
    if told.set_aside:
        lines.append(f"{plural(told.set_aside, 'torn end')} of an earlier gate set aside in a file of its own")
    return lines
