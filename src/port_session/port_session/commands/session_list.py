"""`port session list` and `show`: the sessions of this machine by the catalogue, each as its folder tells of it now."""

import argparse
import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from port_session.session.catalogue import Entry, Found

_FILTERS = ("session", "ground", "robot", "team", "trial", "kind")


def add(actions: Any) -> None:
    """The words of both."""
    listing = actions.add_parser("list", help="all sessions that ran on this machine, oldest first")
    for word in _FILTERS:
        listing.add_argument(f"--{word}", metavar="NAME", help=f"only those of this {word}")
    listing.add_argument("--state", metavar="STATE", help="only those in this state: completed, unfinished, gone …")
    listing.add_argument(
        "--since", type=_day, metavar="YYYY-MM-DD", help="only those that started on that day or later"
    )
    listing.add_argument("--add", type=Path, metavar="DIR", help="take in the evidence that lies there first")
    listing.add_argument("--forget-gone", action="store_true", help="take out those whose folder is gone first")
    listing.add_argument("--json", action="store_true", help="the same as JSON, for programs")
    listing.set_defaults(run=run_list)
    show = actions.add_parser("show", help="one session: its people, its runs, what was decided")
    show.add_argument("which", metavar="DIR|NAME", help="folder of its evidence, or its name: then the newest of it")
    show.add_argument("--json", action="store_true", help="the same as JSON, for programs")
    show.set_defaults(run=run_show)


def run_list(args: argparse.Namespace) -> int:
    """0, also where there is none; 2 where --add names no session."""
    from port_session.session.catalogue import Catalogue, catalogue_file

    catalogue = Catalogue(catalogue_file())
    if args.add is not None:
        catalogue.remember(_entry(args.add))
    found = [(entry, _look(entry)) for entry in catalogue.entries()]
    if args.forget_gone:
        for entry in (entry for entry, look in found if look.state == "GONE"):
            catalogue.forget(entry.out)
        found = [(entry, look) for entry, look in found if look.state != "GONE"]
    found = [(entry, look) for entry, look in found if _wanted(entry, look, args)]
    if args.json:
        print(json.dumps([{**entry.__dict__, **look.__dict__} for entry, look in found], indent=2))
    elif found:
        print(_table(found))
    else:
        print("no session is in the catalogue, or none that is asked for; take in a folder by --add DIR")
    return 0


def run_show(args: argparse.Namespace) -> int:
    """0; 2 where there is no such session."""
    from port_session.session.afterwards import DOCUMENT

    folder = _folder(args.which)
    document = _json(folder / DOCUMENT)
    if args.json:
        print(json.dumps(document, indent=2, ensure_ascii=False))
        return 0
    print("\n".join(_told(folder, document)))
    return 0


def _folder(which: str) -> Path:
    from port_session.commands.running import NotRunning
    from port_session.session.catalogue import Catalogue, catalogue_file

    if (Path(which) / "events.jsonl").is_file():
        return Path(which)
    named = [entry for entry in Catalogue(catalogue_file()).entries() if entry.session == which]
    if not named:
        raise NotRunning(
            f"{which} is no folder of a session's evidence, nor a session in the catalogue: port session list"
        )
    return Path(named[-1].out)


def _entry(folder: Path) -> "Entry":
    from port_session.session.catalogue import entry_of
    from port_session.supervisor.errors import StartError
    from port_session.supervisor.runtime import DESCRIPTION

    file = folder / DESCRIPTION
    if not file.is_file():
        raise StartError(f"{folder} holds no {DESCRIPTION}", "name the folder of a session's evidence")
    return entry_of(folder, _json(file), file.stat().st_mtime_ns)


def _look(entry: "Entry") -> "Found":
    from port_session.session.catalogue import look

    return look(Path(entry.out))


def _wanted(entry: "Entry", found: "Found", args: argparse.Namespace) -> bool:
    same = all(getattr(args, word) in (None, getattr(entry, word)) for word in _FILTERS)
    state = args.state is None or args.state.upper() == found.state
    return same and state and (args.since is None or entry.started_ns >= args.since)


def _table(found: "list[tuple[Entry, Found]]") -> str:
    head = ("started", "session", "robot", "team", "trial", "state", "runs", "stops", "MB", "evidence")
    rows = [head, *(_row(entry, look) for entry, look in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head) - 1)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]) for row in rows
    ]
    total = sum(look.bytes for _, look in found)
    return "\n".join([*lines, f"{len(found)} sessions, {total / 1e6:.0f} MB"])


def _row(entry: "Entry", found: "Found") -> tuple[str, ...]:
    started = datetime.datetime.fromtimestamp(entry.started_ns / 1e9).astimezone()
    runs = f"{found.counting}/{found.asked}" if found.asked else "-"
    return (
        f"{started:%Y-%m-%d %H:%M}", entry.session, entry.robot, entry.team, entry.trial, found.state.lower(), runs,
        str(found.stops), f"{found.bytes / 1e6:.0f}", entry.out,
    )  # fmt: skip


def _told(folder: Path, document: dict[str, Any]) -> list[str]:
    people = ", ".join(f"{role.replace('_', ' ')} {name}" for role, name in sorted(document.get("people", {}).items()))
    identity = [f"{key} {document[key]}" for key in ("robot", "team", "ground", "trial", "kind") if document.get(key)]
    lines = [
        f"{document.get('session', folder.name)}: {document.get('state', 'UNFINISHED')}", f"  {', '.join(identity)}",
        f"  people: {people or 'nobody is named'}", f"  evidence: {folder}",
    ]  # fmt: skip
    lines += [f"  {_run_told(run)}" for run in document.get("runs", [])]
    lines += [_event_told(event) for event in document.get("history", [])]
    return lines


def _run_told(run: dict[str, Any]) -> str:
    outcome = run.get("outcome", {}).get("reached")
    goal = "" if outcome is None else ", goal reached" if outcome else ", goal missed"
    void = f", void: {run['void']}" if run.get("void") else "" if run.get("ended_ns") else ", not ended"
    return f"run {run['number']}: {run['running_s']:.1f} s{goal}{void}"


def _event_told(event: dict[str, Any]) -> str:
    at = datetime.datetime.fromtimestamp(event["stamp_ns"] / 1e9).astimezone()
    refused = "" if event["accepted"] else "REFUSED "
    return (
        f"  {at:%H:%M:%S}  {refused}{event['command']:<9} {event['after'].lower():<10} {event['by']}: {event['reason']}"
    )


def _json(file: Path) -> dict[str, Any]:
    from port_session.supervisor.errors import StartError

    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise StartError(f"{file}: {error}", "`port session list` tells of others") from None
    return value if isinstance(value, dict) else {}


def _day(text: str) -> int:
    try:
        return int(datetime.datetime.fromisoformat(text).timestamp() * 1e9)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a day like 2026-11-30, got {text!r}") from None
