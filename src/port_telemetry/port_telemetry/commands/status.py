"""`port telemetry status`: what waits on this edge for the facility, of running and of ended sessions."""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from port_ros.runtime_folder import records
from port_telemetry.core.ack import REFUSED
from port_telemetry.core.words import age_text, size_text
from port_telemetry.spool import progress
from port_telemetry.spool.database import FILE, SpoolError
from port_telemetry.spool.look import Backlog, folder_of, look
from port_telemetry.spool.progress import Progress

_CLEAR = "\x1b[H\x1b[2J"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The words of this command."""
    parser = commands.add_parser("status", help="what waits on this edge for the facility, and how it goes")
    default = "of evidence; default: those of the sessions that run, and all below ./out"
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help=default)
    parser.add_argument("--watch", action="store_true", help="again every second, until Ctrl-C")
    parser.add_argument("--json", action="store_true", help="one JSON object a spool and line")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Print it. Raises SpoolError."""
    folders = [folder_of(folder) for folder in chosen.folders] or _found()
    while True:
        texts = [_as_json(*seen) if chosen.json else _as_text(*seen) for seen in map(_see, folders)]
        if chosen.watch and not chosen.json and sys.stdout.isatty():
            print(_CLEAR, end="")
        print("\n".join(texts) if chosen.json else "\n\n".join(texts), flush=True)
        if not chosen.watch:
            return 0
        time.sleep(1.0)


def _found() -> list[Path]:
    """The spools of the sessions that run, and of those whose evidence lies below ./out."""
    roots = {Path(record["out"]) for record in records().values()} | {Path("out")}
    folders = {file.parent.resolve() for root in roots for file in root.glob(f"**/spool/{FILE}")}
    if not folders:
        raise SpoolError("no session runs and no spool lies below ./out; name the folder of a session's evidence")
    return sorted(folders)


def _see(folder: Path) -> tuple[Backlog, Progress | None]:
    backlog, said = look(folder), progress.read(folder)
    # What the last sender said of its speed counts only while it lives.
    return backlog, said if backlog.holder else None


def summary(backlog: Backlog, said: Progress | None, now_ns: int) -> dict[str, Any]:
    """All of it as plain values; *_s in s, *_hz in records/s; left_s null where nobody can say."""
    values: dict[str, Any] = {
        "spool": str(backlog.folder), "process": backlog.holder, "waiting": backlog.records,
        "by_priority": {lane.name.lower(): count for lane, count in backlog.by_lane().items()},
        "oldest_s": round(backlog.oldest_s(now_ns), 3), "bytes": backlog.bytes, "quota_bytes": backlog.quota_bytes,
        "file_bytes": backlog.file_bytes, "gaps": backlog.gaps, "lost": backlog.lost,
        "dead_letters": sum(backlog.dead_letters.values()), "dead_letter_reasons": backlog.dead_letters,
        "refused": said.refused_records if said else 0, "connected": bool(said and said.connected),
        "failure": said.failure if said else "", "left_s": said.left_s if said else None,
        **{name: getattr(said, name) if said else 0.0 for name in ("offered_hz", "sent_hz", "acked_hz", "silence_s")},
    }  # fmt: skip
    values["streams"] = [
        {"topic": s.topic, "epoch": s.epoch, "priority": s.lane.name.lower(), "waiting": s.records, "bytes": s.bytes,
         "acked": s.acked, "last": s.last, "gaps": s.gaps, "lost": s.lost,
         "oldest_s": max(0.0, (now_ns - s.oldest_ns) / 1e9) if s.records else 0.0}
        for s in backlog.streams
    ]  # fmt: skip
    return values


def _as_json(backlog: Backlog, said: Progress | None) -> str:
    return orjson.dumps(summary(backlog, said, time.time_ns())).decode()


def _as_text(backlog: Backlog, said: Progress | None) -> str:
    return "\n".join(_lines(backlog, said, time.time_ns()))


def _lines(backlog: Backlog, said: Progress | None, now_ns: int) -> Iterator[str]:
    owner = f"process {backlog.holder}" if backlog.holder > 0 else "a process" if backlog.holder else "nobody sends it"
    yield f"{backlog.folder}: {owner}"
    waiting = ", ".join(f"{lane.name.lower()} {count}" for lane, count in backlog.by_lane().items() if count)
    oldest = f", the oldest {age_text(backlog.oldest_s(now_ns))} old" if backlog.records else ""
    yield f"  {backlog.records} records wait{f' ({waiting})' if waiting else ''}{oldest}"
    quota = f" of {size_text(backlog.quota_bytes)}" if backlog.quota_bytes else ""
    yield f"  {size_text(backlog.bytes)}{quota}, {size_text(backlog.file_bytes)} on the disk"
    if backlog.lost:
        yield f"  {backlog.lost} records are lost, said by {backlog.gaps} gaps"
    for reason, count in backlog.dead_letters.items():
        yield f"  {count} put aside as dead letters: {reason}"
    if said:
        yield f"  {link_line(said)}"
    elif backlog.records:
        yield f"  send it: port telemetry drain {backlog.folder}"
    refused = {(topic, epoch) for topic, epoch, _ in said.refused} if said else set()
    for s in backlog.streams:
        if s.records:
            age = age_text(max(0.0, (now_ns - s.oldest_ns) / 1e9))
            mark = "  refused" if (s.topic, s.epoch) in refused else ""
            yield f"    {s.lane.name.lower():12} {s.records:>8}  acked {s.acked} of {s.last}  {age:>7}  {s.topic}{mark}"


def link_line(said: Progress) -> str:
    """How a sender gets on, in a line."""
    if not said.connected:
        return f"not connected: {said.failure or f'connecting to {said.address}'}"
    left_s = said.left_s
    end = "nothing is left" if not said.waiting else "it does not get less" if left_s is None else ""
    end = end or f"about {age_text(left_s or 0.0)} left"
    refused = f"; {said.refused_records} of them refused: {REFUSED}" if said.refused else ""
    return f"{said.address}: {said.sent_hz:.0f}/s sent, {said.acked_hz:.0f}/s acknowledged; {end}{refused}"
